//! What stands on lines of its own.

use crate::ast::{Block, Inline, SourceRange};
use crate::parser::{Parser, Sink};
use crate::source::is_blank;

const MAX_HEADING: usize = 4;
const MIN_RULE: usize = 3;

impl Parser<'_> {
    /// The block at `pos`, which is inside the text, and where it ends.
    pub(crate) fn block(&mut self, pos: usize) -> (Block, usize) {
        self.quote(pos)
            .or_else(|| self.spoiler_block(pos))
            .or_else(|| self.code(pos))
            .or_else(|| self.horizontal_rule(pos))
            .or_else(|| self.table(pos))
            .or_else(|| self.heading(pos))
            .or_else(|| self.tasks(pos))
            .or_else(|| self.ordered_list(pos))
            .or_else(|| self.unordered_list(pos))
            .or_else(|| self.formula(pos))
            .or_else(|| self.line_break(pos))
            .or_else(|| self.paragraph(pos))
            .unwrap_or_else(|| {
                // Every character is a line break or an item of a line.
                let end = self.src.after_char(pos);
                (Block::Paragraph { value: vec![Inline::plain(self.src.slice(pos, end))] }, end)
            })
    }

    fn paragraph(&mut self, pos: usize) -> Option<(Block, usize)> {
        let (value, end) = self.line(pos)?;
        Some((Block::Paragraph { value }, end))
    }

    fn quote(&mut self, pos: usize) -> Option<(Block, usize)> {
        let mut value = Vec::new();
        let mut at = pos;
        while let Some((line, end)) = self.quote_line(at) {
            value.push(line);
            at = end;
        }
        (!value.is_empty()).then_some((Block::Quote { value }, at))
    }

    fn quote_line(&mut self, pos: usize) -> Option<(Block, usize)> {
        if !self.src.is(pos, b'>') {
            return None;
        }
        let from = self.src.skip(pos + 1, is_blank);
        match self.src.line_end(from) {
            Some(end) => Some((Block::Paragraph { value: vec![Inline::plain("")] }, end)),
            None => self.paragraph(from),
        }
    }

    fn spoiler_block(&mut self, pos: usize) -> Option<(Block, usize)> {
        if !self.src.has(pos, "||") {
            return None;
        }
        let first = self.src.line_end(pos + 2)?;
        let mut at = first;
        while !self.src.has(at, "||")
            && let Some(end) = self.line_end(at)
        {
            at = end;
        }
        let close = self.src.line_end(at).unwrap_or(at);
        if at == first || !self.src.has(close, "||") {
            return None;
        }
        let mut value = Vec::new();
        let mut line = first;
        while line < at
            && let Some((paragraph, end)) = self.paragraph(line)
        {
            value.push(paragraph);
            line = end;
        }
        Some((Block::SpoilerBlock { value }, close + 2))
    }

    /// Where the line of at least one item at `pos` ends.
    fn line_end(&mut self, pos: usize) -> Option<usize> {
        let mut at = pos;
        while let Some(next) = self.line_item(at, &mut Sink::nowhere()) {
            at = next;
        }
        (at > pos).then(|| self.src.line_end(at).unwrap_or(at))
    }

    fn horizontal_rule(&mut self, pos: usize) -> Option<(Block, usize)> {
        let from = self.src.skip(pos, is_blank);
        let to = self.src.skip(from, |byte| byte == b'-');
        if to - from < MIN_RULE {
            return None;
        }
        let end = self.src.skip(to, is_blank);
        let end = if end == self.src.len() { end } else { self.src.line_end(end)? };
        let fallback = SourceRange(self.src.utf16(from), self.src.utf16(to));
        Some((Block::HorizontalRule { fallback }, end))
    }

    fn heading(&mut self, pos: usize) -> Option<(Block, usize)> {
        let level = self.src.skip(pos, |byte| byte == b'#').min(pos + MAX_HEADING) - pos;
        if level == 0 {
            return None;
        }
        let (value, end) = self.line(self.after_blanks(pos + level)?)?;
        Some((Block::Heading { level: level as u8, value }, end))
    }

    fn line_break(&mut self, pos: usize) -> Option<(Block, usize)> {
        let end = self.src.line_end(self.src.skip(pos, is_blank))?;
        Some((Block::LineBreak, end))
    }
}
