//! `@user` and `#channel`.

use crate::ast::{Inline, Plain};
use crate::memo::{Ask, Run};
use crate::parser::{Parser, Sink};
use crate::source::is_text;
use crate::tables::{is_name_char, is_name_letter};

impl Parser<'_> {
    /// One or more `@` and a name, which may have a server: `@user:server.org`.
    pub(crate) fn user_mention(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.is(pos, b'@') {
            return None;
        }
        let from = self.run(Run::At, pos);
        let end = self.user_name_end(from)?;
        out.push(|| Inline::MentionUser { value: Plain(self.src.slice(from, end).to_owned()) });
        Some(end)
    }

    /// In emphasis, an `@` inside a word mentions nobody.
    pub(crate) fn user_in_word(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let Some(end) = self.mark_in_word(pos, b'@') else { return self.user_mention(pos, out) };
        // Several marks shrink to one, as in the reference parser.
        out.push(|| {
            let written = self.src.slice(pos, end);
            let first = written.chars().next().unwrap_or('@');
            let last = written.chars().next_back().unwrap_or('@');
            Inline::plain(format!("{first}@{last}"))
        });
        Some(end)
    }

    pub(crate) fn channel_mention(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if let Some(end) = self.mark_in_word(pos, b'#') {
            out.text(self.src.slice(pos, end));
            return Some(end);
        }
        if !self.src.is(pos, b'#') {
            return None;
        }
        let end = self.name_end(pos + 1);
        if end == pos + 1 {
            return None;
        }
        out.push(|| Inline::MentionChannel { value: Plain(self.src.slice(pos + 1, end).to_owned()) });
        Some(end)
    }

    /// A character of text, a mark and a letter: where the letter ends. An `@`
    /// may be repeated.
    fn mark_in_word(&mut self, pos: usize, mark: u8) -> Option<usize> {
        // Characters beyond the basic plane do not count: they are two UTF-16
        // units, and the reference parser looks at one.
        if !self.src.byte(pos).is_some_and(|byte| is_text(byte) && byte < 0xf0) {
            return None;
        }
        let at = self.src.after_char(pos);
        if !self.src.is(at, mark) {
            return None;
        }
        let letter = if mark == b'@' { self.run(Run::At, at) } else { at + 1 };
        let c = self.src.char(letter).filter(|&c| is_name_letter(c))?;
        Some(letter + c.len_utf8())
    }

    fn user_name_end(&mut self, from: usize) -> Option<usize> {
        if let Some(known) = self.memo.get(Ask::Name, from) {
            return known;
        }
        let mut end = self.name_end(from);
        if end > from && (self.src.is(end, b':') || self.src.is(end, b'@')) {
            let server = self.name_end(end + 1);
            if server > end + 1 {
                end = server;
            }
        }
        let found = (end > from && !self.src.slice(from, end).ends_with("__")).then_some(end);
        self.memo.set(Ask::Name, from, found);
        found
    }

    fn name_end(&self, from: usize) -> usize {
        let rest = self.src.text.get(from..).unwrap_or_default();
        from + rest.find(|c| !is_name_char(c)).unwrap_or(rest.len())
    }
}
