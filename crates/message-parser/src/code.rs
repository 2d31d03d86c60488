//! Fenced code.

use crate::ast::{Block, CodeLine, Plain};
use crate::parser::Parser;

const FENCE: &str = "```";
const NO_LANGUAGE: &str = "none";

impl Parser<'_> {
    /// A fence, a language if need be, lines, and a fence at the start of a line.
    pub(crate) fn code(&self, pos: usize) -> Option<(Block, usize)> {
        if !self.src.has(pos, FENCE) {
            return None;
        }
        let language = pos + FENCE.len();
        let language_end = self
            .src
            .skip(language, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'-' | b'.'));
        let mut at = self.src.line_end(language_end)?;
        let mut lines = Vec::new();
        while let Some((line, end)) = self.code_line(at) {
            lines.push(line);
            at = end;
        }
        let fence = self.src.line_end(at)?;
        if lines.is_empty() || !self.src.has(fence, FENCE) {
            return None;
        }
        let value = lines.into_iter().map(|line| CodeLine { value: Plain(line.to_owned()) }).collect();
        let language = match self.src.slice(language, language_end) {
            "" => NO_LANGUAGE.to_owned(),
            language => language.to_owned(),
        };
        Some((Block::Code { language, value }, fence + FENCE.len()))
    }

    /// A line, with the line break before it if there is one; so an empty line
    /// at the start of the code is not seen.
    fn code_line(&self, pos: usize) -> Option<(&str, usize)> {
        let end = self.code_text_end(pos);
        if end > pos {
            return Some((self.src.slice(pos, end), end));
        }
        if !self.src.is(pos, b'\n') {
            return None;
        }
        let end = self.code_text_end(pos + 1);
        if end > pos + 1 {
            return Some((self.src.slice(pos + 1, end), end));
        }
        (!self.src.has(pos + 1, FENCE)).then_some(("", pos + 1))
    }

    /// End of a line's text, which holds at most two backticks in a row.
    fn code_text_end(&self, pos: usize) -> usize {
        let mut at = pos;
        loop {
            at = self.src.skip(at, |byte| !matches!(byte, b'\r' | b'\n' | b'`'));
            let ticks = self.src.skip(at, |byte| byte == b'`');
            if ticks == at || ticks - at >= FENCE.len() {
                return at;
            }
            at = ticks;
        }
    }
}
