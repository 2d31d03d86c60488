//! The parser's state, and how content is measured and built.

use crate::ast::{Block, Inline, Root};
use crate::memo::{Ask, Content, Memo, Open, Run};
use crate::options::Options;
use crate::reduce::reduce;
use crate::source::{Source, is_break};

/// Where nodes go: nowhere while recognizing.
pub(crate) struct Sink<'a>(Option<&'a mut Vec<Inline>>);

impl<'a> Sink<'a> {
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    pub(crate) fn into(nodes: &'a mut Vec<Inline>) -> Self {
        Self(Some(nodes))
    }

    pub(crate) fn builds(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn push(&mut self, node: impl FnOnce() -> Inline) {
        if let Some(nodes) = &mut self.0 {
            nodes.push(node());
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.push(|| Inline::plain(text));
    }

    pub(crate) fn extend(&mut self, more: Vec<Inline>) {
        if let Some(nodes) = &mut self.0 {
            nodes.extend(more);
        }
    }
}

pub(crate) struct Parser<'t> {
    pub(crate) src: Source<'t>,
    pub(crate) options: &'t Options,
    pub(crate) memo: Memo,
    pub(crate) formulas: crate::katex::Ends,
    pub(crate) spoilers_known: bool,
    /// Positions on the way of the sequences that are being measured.
    path: Vec<usize>,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, options: &'t Options) -> Self {
        Self {
            src: Source::new(text),
            options,
            memo: Memo::new(text.len()),
            formulas: crate::katex::Ends::default(),
            spoilers_known: false,
            path: Vec::new(),
        }
    }

    pub(crate) fn root(mut self) -> Root {
        if u32::try_from(self.src.len() + 2).is_err() {
            // Positions are kept in 32 bits.
            return Root(vec![Block::Paragraph { value: vec![Inline::plain(self.src.text)] }]);
        }
        if let Some(block) = self.big_emoji() {
            return Root(vec![block]);
        }
        let mut blocks = Vec::new();
        let mut pos = 0;
        while pos < self.src.len() {
            let (block, end) = self.block(pos);
            debug_assert!(end > pos, "a block consumes text");
            blocks.push(block);
            pos = end;
        }
        Root(blocks)
    }

    /// One item of `content` at `pos`: where it ends.
    pub(crate) fn item(&mut self, content: Content, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        match content {
            Content::Line => self.inline_item(pos, out),
            Content::Spoiler => self.spoiler_item(pos, out),
            Content::Bold => self.bold_item(open, pos, out),
            Content::Italic => self.italic_item(open, pos, out),
            Content::Strike => self.strike_item(open, pos, out),
            Content::LinkTitle => self.title_item(open, pos, out),
        }
    }

    /// Where the items of `content` that start at `pos` end.
    pub(crate) fn content_end(&mut self, content: Content, open: Open, pos: usize) -> usize {
        self.steps_end(Ask::End(content, open), pos, |parser, at| {
            parser.item(content, open, at, &mut Sink::nowhere())
        })
    }

    /// Where a sequence of steps ends. Sequences that meet go on together, so
    /// every position on the way is told the end.
    pub(crate) fn steps_end(
        &mut self,
        ask: Ask,
        pos: usize,
        step: impl Fn(&mut Self, usize) -> Option<usize>,
    ) -> usize {
        let base = self.path.len();
        let mut at = pos;
        let end = loop {
            if let Some(Some(end)) = self.memo.get(ask, at) {
                break end;
            }
            self.path.push(at);
            match step(self, at) {
                Some(next) => at = next,
                None => break at,
            }
        };
        self.memo.set_all(ask, &self.path[base..], end);
        self.path.truncate(base);
        end
    }

    /// The nodes of the items between two positions that `content_end` related.
    pub(crate) fn content(&mut self, content: Content, open: Open, from: usize, to: usize) -> Vec<Inline> {
        let mut nodes = Vec::new();
        let mut at = from;
        while at < to {
            match self.item(content, open, at, &mut Sink::into(&mut nodes)) {
                Some(next) => at = next,
                None => break,
            }
        }
        reduce(nodes)
    }

    /// Where the run that starts at `pos` ends. The whole run is remembered,
    /// also what lies before `pos`: not all questions come from left to right.
    pub(crate) fn run(&mut self, run: Run, pos: usize) -> usize {
        let ask = Ask::Run(run);
        if let Some(Some(end)) = self.memo.get(ask, pos) {
            return end;
        }
        let accepted = run.accepted();
        let end = self.src.skip(pos, accepted);
        if end > pos {
            let start = self.src.skip_back(pos, accepted);
            self.memo.fill(ask, start, end, Some(end));
        }
        end
    }

    pub(crate) fn at_line_break(&self, pos: usize) -> bool {
        self.src.byte(pos).is_some_and(is_break)
    }
}
