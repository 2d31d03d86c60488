//! Items of a line: what may stand anywhere in running text.

use crate::ast::{Inline, Plain, Rgba};
use crate::memo::{Ask, Content, Open, Run};
use crate::parser::{Parser, Sink};
use crate::source::{is_blank, is_break, is_text};

impl Parser<'_> {
    /// An item of a line. Where none matches, a caller takes one character.
    pub(crate) fn inline_item(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let byte = self.src.byte(pos)?;
        if byte >= 0x80 || byte.is_ascii_alphanumeric() {
            return self.word(pos, out);
        }
        match byte {
            b' ' | b'\t' => self.blank(pos, out),
            b'\\' => self
                .escaped_timestamp(pos, out)
                .or_else(|| self.inline_formula(pos, out))
                .or_else(|| self.escaped(pos, out)),
            b'[' => self.reference(Open::NONE, pos, out),
            b'<' => self.timestamp(pos, out).or_else(|| self.reference(Open::NONE, pos, out)),
            b'!' => self.image(pos, out),
            b'|' => self.spoiler(pos, out),
            b'@' => self.user_mention(pos, out),
            b'`' => self.inline_code(pos, out),
            b'+' => self.phone(pos, out),
            b'$' => self.inline_formula(pos, out),
            b':' => self.emoji(pos, out),
            b'-' => self.dash_before_face(pos, out),
            _ => None,
        }
        .or_else(|| match byte {
            // These put the emoticon before everything below.
            b'<' | b':' | b'-' => self.emoticon(Content::Line, Open::NONE, pos, out),
            _ => None,
        })
        .or_else(|| self.word(pos, out))
    }

    /// What does not depend on a mark at its start.
    fn word(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        self.email(pos, out)
            .or_else(|| self.underscored_domain(pos, out))
            .or_else(|| self.autolink(pos, out))
            .or_else(|| self.blank_emphasis(pos, out))
            .or_else(|| self.emphasis(Open::NONE, pos, out))
            .or_else(|| self.channel_mention(pos, out))
            .or_else(|| self.emoji(pos, out))
            .or_else(|| self.dash_before_face(pos, out))
            .or_else(|| self.emoticon(Content::Line, Open::NONE, pos, out))
            .or_else(|| self.color(pos, out))
            .or_else(|| self.plain_run(pos, out))
    }

    pub(crate) fn blank(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.byte(pos).is_some_and(is_blank) {
            return None;
        }
        let end = self.run(Run::Blank, pos);
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// `\*`: the mark without its meaning.
    fn escaped(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        match self.src.byte(pos + 1)? {
            b'*' | b'_' | b'~' | b'`' | b'#' | b'.' => {
                out.text(self.src.slice(pos + 1, pos + 2));
                Some(pos + 2)
            }
            _ => None,
        }
    }

    fn plain_run(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let end = self.src.skip(pos, is_plain);
        if end == pos {
            return None;
        }
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// The one character that a line takes where no item matches.
    pub(crate) fn any_in_line(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if self.src.byte(pos).is_none_or(is_break) {
            return None;
        }
        let end = self.src.after_char(pos);
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// An item or any character, up to the end of the line.
    pub(crate) fn line_item(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        self.inline_item(pos, out).or_else(|| self.any_in_line(pos, out))
    }

    pub(crate) fn inline_code(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.is(pos, b'`') {
            return None;
        }
        let end = self.src.skip(pos + 1, |byte| !matches!(byte, b'`' | b'\n'));
        if end == pos + 1 || !self.src.is(end, b'`') {
            return None;
        }
        out.push(|| Inline::InlineCode { value: Plain(self.src.slice(pos + 1, end).to_owned()) });
        Some(end + 1)
    }

    fn spoiler(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.has(pos, "||") {
            return None;
        }
        self.know_spoilers();
        let end = self.memo.get(Ask::Spoiler, pos).flatten()?;
        if out.builds() {
            let value = self.content(Content::Spoiler, Open::NONE, pos + 2, end - 2);
            out.push(|| Inline::Spoiler { value });
        }
        Some(end)
    }

    /// Finds all spoilers from the last to the first. An emoticon before `||`
    /// asks whether a spoiler follows, and that spoiler may hold such an
    /// emoticon: this way the answer is always known.
    fn know_spoilers(&mut self) {
        if self.spoilers_known {
            return;
        }
        self.spoilers_known = true;
        for pos in (0..self.src.len()).rev() {
            if !self.src.has(pos, "||") {
                continue;
            }
            let end = self.content_end(Content::Spoiler, Open::NONE, pos + 2);
            let found = end > pos + 2 && self.src.has(end, "||");
            self.memo.set(Ask::Spoiler, pos, found.then_some(end + 2));
        }
    }

    pub(crate) fn spoiler_item(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if self.src.has(pos, "||") { None } else { self.line_item(pos, out) }
    }

    /// `-_-` that goes on is a dash and what follows: the emoticon stands alone.
    fn dash_before_face(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.has(pos, "-_-") || pos + 3 >= self.src.len() {
            return None;
        }
        out.text("-");
        Some(pos + 1)
    }

    fn color(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        const START: &str = "color:#";
        if !self.options.colors || !self.src.has(pos, START) {
            return None;
        }
        let from = pos + START.len();
        let nibble =
            |at: usize| self.src.byte(at).and_then(|byte| char::from(byte).to_digit(16)).map(|d| d as u8);
        let digits = (from..from + 8).take_while(|&at| nibble(at).is_some()).count();
        let mut parts = [0, 0, 0, 255];
        let end = if digits >= 6 {
            let pairs = digits / 2;
            for (at, part) in parts.iter_mut().enumerate().take(pairs) {
                *part = nibble(from + 2 * at)? * 16 + nibble(from + 2 * at + 1)?;
            }
            from + 2 * pairs
        } else if digits >= 3 {
            let count = digits.min(4);
            for (at, part) in parts.iter_mut().enumerate().take(count) {
                *part = nibble(from + at)? * 17;
            }
            from + count
        } else {
            return None;
        };
        if self.src.byte(end).is_some_and(is_text) {
            return None;
        }
        let [r, g, b, a] = parts;
        out.push(|| Inline::Color { value: Rgba { r, g, b, a } });
        Some(end)
    }
}

/// Text that nothing can start in once it has begun.
fn is_plain(byte: u8) -> bool {
    !matches!(
        byte,
        b'*' | b'_'
            | b'~'
            | b'`'
            | b':'
            | b'\n'
            | b'<'
            | b'['
            | b']'
            | b'!'
            | b' '
            | b'\t'
            | b'('
            | b')'
            | b'\\'
            | b'|'
    )
}
