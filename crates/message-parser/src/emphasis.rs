//! Bold, italic and struck-through text.
//!
//! Each kind has its own content: the other kinds nest in it, and it ends at
//! its own mark. A mark may be single or double.

use crate::ast::Inline;
use crate::memo::{Content, Open, Run};
use crate::parser::{Parser, Sink};
use crate::reduce::reduce;
use crate::source::is_blank;

/// Content and end of a piece of emphasis.
struct Span {
    from: usize,
    to: usize,
    end: usize,
}

impl Parser<'_> {
    pub(crate) fn emphasis(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        self.bold(open, pos, out)
            .or_else(|| self.italic(open, pos, out))
            .or_else(|| self.strike(open, pos, out))
    }

    /// Marks around nothing but blanks are text, as in `* *`.
    pub(crate) fn blank_emphasis(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let mark = match self.src.byte(pos)? {
            b'*' => Run::Asterisk,
            b'_' => Run::Underscore,
            b'~' => Run::Tilde,
            _ => return None,
        };
        let blank = self.run(mark, pos);
        let closing = self.run(Run::Blank, blank);
        let end = self.run(mark, closing);
        if closing == blank || end == closing {
            return None;
        }
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// Content between marks of `width` bytes.
    fn marked(&mut self, content: Content, open: Open, mark: u8, width: usize, pos: usize) -> Option<Span> {
        if !(0..width).all(|at| self.src.is(pos + at, mark)) {
            return None;
        }
        let from = pos + width;
        let to = self.content_end(content, open, from);
        if to == from || !(0..width).all(|at| self.src.is(to + at, mark)) {
            return None;
        }
        Some(Span { from, to, end: to + width })
    }

    fn bold(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        if open.has(Open::BOLD) || !self.src.is(pos, b'*') {
            return None;
        }
        let open = open.with(Open::BOLD);
        let span = self
            .marked(Content::Bold, open, b'*', 2, pos)
            .or_else(|| self.marked(Content::Bold, open, b'*', 1, pos))?;
        if out.builds() {
            let value = self.content(Content::Bold, open, span.from, span.to);
            out.push(|| Inline::Bold { value });
        }
        Some(span.end)
    }

    fn strike(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        if open.has(Open::STRIKE) || !self.src.is(pos, b'~') {
            return None;
        }
        let open = open.with(Open::STRIKE);
        let span = self
            .marked(Content::Strike, open, b'~', 2, pos)
            .or_else(|| self.marked(Content::Strike, open, b'~', 1, pos))?;
        if out.builds() {
            let value = self.content(Content::Strike, open, span.from, span.to);
            out.push(|| Inline::Strike { value });
        }
        Some(span.end)
    }

    fn italic(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        if open.has(Open::ITALIC) {
            return None;
        }
        match self.src.byte(pos)? {
            b'_' => {}
            byte if byte.is_ascii_alphanumeric() => return self.word_before_underscore(pos, out),
            _ => return None,
        }
        let open = open.with(Open::ITALIC);
        let double = self.marked(Content::Italic, open, b'_', 2, pos);
        if let Some(span) = &double {
            let end = self.src.skip(span.end, |byte| byte.is_ascii_alphanumeric());
            if end > span.end {
                return Some(self.text_around(open, "__", span, end, out));
            }
        }
        let single = self.marked(Content::Italic, open, b'_', 1, pos);
        if let Some(span) = &single {
            let end = self.src.skip(span.end, |byte| byte.is_ascii_alphabetic());
            if end > span.end {
                return Some(self.text_around(open, "_", span, end, out));
            }
        }
        let span = double.or(single)?;
        if out.builds() {
            let value = self.content(Content::Italic, open, span.from, span.to);
            out.push(|| Inline::Italic { value });
        }
        Some(span.end)
    }

    /// `snake_` in `snake_case` starts nothing.
    fn word_before_underscore(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let mut end = self.src.skip(pos, |byte| byte.is_ascii_alphanumeric());
        if !self.src.is(end, b'_') {
            return None;
        }
        end += if self.src.is(end + 1, b'_') { 2 } else { 1 };
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// `_this_word` is not italic, but what is in it counts.
    fn text_around(&mut self, open: Open, mark: &str, span: &Span, end: usize, out: &mut Sink) -> usize {
        if out.builds() {
            let mut nodes = vec![Inline::plain(mark)];
            nodes.extend(self.content(Content::Italic, open, span.from, span.to));
            nodes.push(Inline::plain(mark));
            nodes.push(Inline::plain(self.src.slice(span.end, end)));
            out.extend(reduce(nodes));
        }
        end
    }

    /// An item of bold text that is more than a character.
    pub(crate) fn bold_preferred(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        match self.src.byte(pos)? {
            b'~' => self.strike(open, pos, out),
            b'_' => self.italic(open, pos, out),
            byte => self.nested_item(Content::Bold, open, byte, pos, out),
        }
    }

    pub(crate) fn bold_item(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        self.bold_preferred(open, pos, out).or_else(|| self.rest(pos, b"*", b"_~", out))
    }

    /// An item of italic text that is more than a character.
    pub(crate) fn italic_preferred(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        match self.src.byte(pos)? {
            b'~' => self.strike(open, pos, out),
            b'_' => None,
            byte => self.nested_item(Content::Italic, open, byte, pos, out),
        }
    }

    pub(crate) fn italic_item(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        self.italic_preferred(open, pos, out).or_else(|| self.rest(pos, b"_", b"*~", out))
    }

    pub(crate) fn strike_item(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        self.strike_run(pos, out)
            .or_else(|| self.escaped_timestamp(pos, out))
            .or_else(|| match self.src.byte(pos)? {
                b'~' => None,
                b'_' => self.italic(open, pos, out),
                byte => self.nested_item(Content::Strike, open, byte, pos, out),
            })
            .or_else(|| self.rest(pos, b"~", STRIKE_STARTS, out))
    }

    /// What the kinds of emphasis have in common. A byte tells what may start.
    fn nested_item(
        &mut self,
        content: Content,
        open: Open,
        byte: u8,
        pos: usize,
        out: &mut Sink,
    ) -> Option<usize> {
        match byte {
            b' ' | b'\t' => return self.blank(pos, out),
            b'`' => return self.inline_code(pos, out),
            b'[' => return self.reference(open, pos, out),
            b'*' => self.bold(open, pos, out),
            b'<' => self.timestamp(pos, out).or_else(|| self.reference(open, pos, out)),
            _ => None,
        }
        .or_else(|| self.user_in_word(pos, out))
        .or_else(|| self.channel_mention(pos, out))
        .or_else(|| self.italic(open, pos, out))
        .or_else(|| self.emoji(pos, out))
        .or_else(|| match content {
            Content::Strike => self.bare_emoticon(pos, out),
            _ => self.emoticon(content, open, pos, out),
        })
    }

    /// Text up to the mark that ends it, a blank or the end of the line. A mark
    /// of another kind is passed over alone, so that it can start something.
    fn rest(&mut self, pos: usize, end: &[u8], alone: &[u8], out: &mut Sink) -> Option<usize> {
        let byte = self.src.byte(pos)?;
        if byte == b'\n' || byte == b' ' || end.contains(&byte) {
            return None;
        }
        let to = if alone.contains(&byte) {
            self.src.after_char(pos)
        } else {
            self.src.skip(pos, |byte| {
                byte != b'\n' && byte != b' ' && !end.contains(&byte) && !alone.contains(&byte)
            })
        };
        out.text(self.src.slice(pos, to));
        Some(to)
    }

    /// In struck-through text, plain text goes before everything else.
    fn strike_run(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let mut end = pos;
        while let Some(c) = self.src.char(end) {
            if is_strike_stop(c) {
                break;
            }
            end += c.len_utf8();
        }
        if end == pos {
            return None;
        }
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// An item of a link's title.
    pub(crate) fn title_item(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        if self.src.byte(pos).is_some_and(is_blank) {
            return self.blank(pos, out);
        }
        self.emphasis(open, pos, out).or_else(|| self.title_text(pos, out))
    }
}

/// First bytes of what may start something in struck-through text.
const STRIKE_STARTS: &[u8] = b"*_:`@#[]\\<!|\xe2\xf0";

/// What may start something in struck-through text, or ends it.
fn is_strike_stop(c: char) -> bool {
    matches!(
        c,
        '\n' | '~' | ' ' | '*' | '_' | ':' | '`' | '@' | '#' | '[' | ']' | '\\' | '<' | '!' | '|'
        | '\u{2300}'..='\u{27bf}' | '\u{1f000}'..='\u{1fbff}'
    )
}
