//! The parser's state, and how content is measured and built.

use crate::ast::{Block, Inline, Root};
use crate::memo::{Ask, Content, Memo, Open, Run};
use crate::options::Options;
use crate::reduce::reduce;
use crate::source::{Source, is_blank, is_break, is_extra, is_space};
use crate::tables;

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
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, options: &'t Options) -> Self {
        Self {
            src: Source::new(text),
            options,
            memo: Memo::new(text.len()),
            formulas: crate::katex::Ends::default(),
            spoilers_known: false,
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
        let ask = Ask::End(content, open);
        let mut starts = Vec::new();
        let mut at = pos;
        let end = loop {
            if let Some(Some(end)) = self.memo.get(ask, at) {
                break end;
            }
            starts.push(at);
            match self.item(content, open, at, &mut Sink::nowhere()) {
                Some(next) => at = next,
                None => break at,
            }
        };
        for start in starts {
            self.memo.set(ask, start, Some(end));
        }
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

    /// Where the run that starts at `pos` ends.
    pub(crate) fn run(&mut self, run: Run, pos: usize) -> usize {
        let ask = Ask::Run(run);
        if let Some(Some(end)) = self.memo.get(ask, pos) {
            return end;
        }
        let end = match run {
            Run::Blank => self.src.skip(pos, is_blank),
            Run::Asterisk => self.src.skip(pos, |byte| byte == b'*'),
            Run::Underscore => self.src.skip(pos, |byte| byte == b'_'),
            Run::Tilde => self.src.skip(pos, |byte| byte == b'~'),
            Run::At => self.src.skip(pos, |byte| byte == b'@'),
            Run::Label => self.src.skip(pos, is_label),
            Run::BeforeAt => self.src.skip(pos, |byte| !is_space(byte) && byte != b'@'),
            Run::BeforeDelimiter => {
                self.src.skip(pos, |byte| !is_space(byte) && !matches!(byte, b':' | b'.' | b'/' | b'@'))
            }
            Run::Token => self.src.skip(pos, |byte| !is_space(byte)),
            Run::Extra => self.src.skip(pos, is_extra),
            Run::TargetExtra => self.src.skip(pos, is_target_extra),
            Run::AddressText => self.src.skip(pos, is_address_text),
            Run::LocalPart => self.local_part_end(pos),
        };
        self.memo.fill(ask, pos, end, Some(end));
        end
    }

    fn local_part_end(&self, pos: usize) -> usize {
        let mut at = pos;
        while let Some(c) = self.src.char(at) {
            if c == '.' {
                if !self.src.char(at + 1).is_some_and(tables::is_local_part_start) {
                    break;
                }
            } else if !tables::is_local_part_start(c) && !is_local_part_mark(c) {
                break;
            }
            at += c.len_utf8();
        }
        at
    }

    pub(crate) fn at_line_break(&self, pos: usize) -> bool {
        self.src.byte(pos).is_some_and(is_break)
    }
}

fn is_label(byte: u8) -> bool {
    match byte {
        b'_' | b'-' => true,
        b'$' | b'@' | b'&' | b'+' | b'#' | b'?' => false,
        b'\\' | b'/' | b'|' | b'>' | b'<' | b'%' | b'`' | b'[' | b']' => false,
        _ => !is_extra(byte) && !is_space(byte),
    }
}

fn is_target_extra(byte: u8) -> bool {
    matches!(byte, b'.' | b',' | b'!' | b'%' | b'*' | b'"' | b'\'' | b':' | b';' | b'=')
}

fn is_address_text(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0x80..) && !matches!(byte, b')' | b'\\' | b'|')
}

fn is_local_part_mark(c: char) -> bool {
    matches!(
        c,
        '!' | '#'
            | '$'
            | '%'
            | '&'
            | '\''
            | '*'
            | '+'
            | '/'
            | '='
            | '?'
            | '^'
            | '_'
            | '`'
            | '{'
            | '|'
            | '}'
            | '~'
            | '-'
    )
}
