//! `[title](target)`, `<target|title>` and `![label](target)`.

use crate::ast::{Image, Inline, Link, Plain};
use crate::memo::{Ask, Content, Open, Run};
use crate::parser::{Parser, Sink};
use crate::source::{is_space, is_text};

impl Parser<'_> {
    pub(crate) fn reference(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        if open.has(Open::REFERENCE) {
            return None;
        }
        match self.src.byte(pos)? {
            b'[' => self.bracket_reference(open.with(Open::REFERENCE), pos, out),
            b'<' => self.angle_reference(pos, out),
            _ => None,
        }
    }

    fn bracket_reference(&mut self, open: Open, pos: usize, out: &mut Sink) -> Option<usize> {
        let from = pos + 1;
        let to = self.content_end(Content::LinkTitle, open, from);
        if !self.src.has(to, "](") {
            return None;
        }
        let target = to + 2;
        let end = self.target(target)?;
        if !self.src.is(end, b')') {
            return None;
        }
        if out.builds() {
            let src = self.target_text(target, end);
            let label = if to > from {
                self.content(Content::LinkTitle, open, from, to)
            } else {
                vec![Inline::plain(src.as_str())]
            };
            out.push(|| Inline::Link { value: Link { src: Plain(src), label } });
        }
        Some(end + 1)
    }

    /// Text of a title: a run without marks, or any character that does not
    /// end the title.
    pub(crate) fn title_text(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let byte = self.src.byte(pos)?;
        let run = self.run(Run::Title, pos);
        let end = if run > pos {
            run
        } else if byte == b']' && self.ends_title(pos) {
            return None;
        } else {
            self.src.after_char(pos)
        };
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// Whether the bracket here belongs to the target, or to a title before
    /// another link.
    fn ends_title(&self, pos: usize) -> bool {
        if self.src.has(pos, "](") && pos + 2 < self.src.len() {
            return true;
        }
        if !self.src.has(pos, "] [") {
            return false;
        }
        let bracket = self.src.skip(pos + 3, |byte| byte != b']');
        self.src.has(bracket, "](")
    }

    fn angle_reference(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let target = pos + 1;
        let bar = match self.address_head(target) {
            Some(head) => self.angle_body_end(head),
            None => match self.scheme_end(target) {
                Some(scheme) if self.angle_body_end(scheme) > scheme => self.angle_body_end(scheme),
                _ => self.phone_end(target)?.end,
            },
        };
        if !self.src.is(bar, b'|') {
            return None;
        }
        let end = self.src.skip(bar + 1, |byte| byte >= b' ' && !matches!(byte, b'<' | b'>' | b'|'));
        if end == bar + 1 || !self.src.is(end, b'>') {
            return None;
        }
        if out.builds() {
            let src = Plain(self.target_text(target, bar));
            let label = vec![Inline::plain(self.src.slice(bar + 1, end))];
            out.push(|| Inline::Link { value: Link { src, label } });
        }
        Some(end + 1)
    }

    pub(crate) fn image(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.has(pos, "![") {
            return None;
        }
        let from = pos + 2;
        let to = self.image_label_end(from);
        if !self.src.has(to, "](") {
            return None;
        }
        let end = self.target(to + 2)?;
        if !self.src.is(end, b')') {
            return None;
        }
        if out.builds() {
            let src = self.target_text(to + 2, end);
            let label = if to > from { self.src.slice(from, to).to_owned() } else { src.clone() };
            out.push(|| Inline::Image { value: Image { src: Plain(src), label: Plain(label) } });
        }
        Some(end + 1)
    }

    /// End of an image's label: text, with blanks around it. `from` if there is none.
    fn image_label_end(&mut self, from: usize) -> usize {
        let text = self.run(Run::Blank, from);
        let blank = self.src.skip(text, is_text);
        if blank == text { from } else { self.run(Run::Blank, blank) }
    }

    /// Where the target of `](...)` ends: an address, anything with a scheme,
    /// or a phone number.
    fn target(&mut self, pos: usize) -> Option<usize> {
        if let Some(known) = self.memo.get(Ask::Target, pos) {
            return known;
        }
        let end = if let Some(head) = self.address_head(pos) {
            Some(self.target_body_end(head))
        } else {
            let scheme = self.scheme_end(pos);
            let body = scheme.map(|scheme| self.target_body_end(scheme));
            match body.filter(|&body| Some(body) > scheme) {
                Some(body) => Some(body),
                None => self.phone_end(pos).map(|phone| phone.end),
            }
        };
        self.memo.set(Ask::Target, pos, end);
        end
    }

    /// The target as clients open it.
    fn target_text(&mut self, from: usize, to: usize) -> String {
        let scheme = self.scheme_end(from).filter(|&scheme| scheme < to);
        if self.address_head(from).is_none()
            && scheme.is_none()
            && let Some(phone) = self.phone_end(from)
        {
            return format!("tel:{}", phone.number);
        }
        self.src.slice(from, to).to_owned()
    }

    /// Body of an address in a target: balanced parentheses are part of it,
    /// punctuation before a blank is not.
    fn target_body_end(&mut self, pos: usize) -> usize {
        self.steps_end(Ask::TargetBody, pos, Self::target_body_step)
    }

    fn target_body_step(&mut self, pos: usize) -> Option<usize> {
        match self.src.byte(pos)? {
            b'(' => {
                let close = self.run(Run::AddressText, pos + 1);
                self.src.is(close, b')').then_some(close + 1)
            }
            b')' => None,
            _ if self.run(Run::AddressText, pos) == pos => None,
            _ => {
                let extra = self.run(Run::TargetExtra, pos);
                if extra > pos && self.src.byte(extra).is_some_and(is_space) {
                    return None;
                }
                Some(self.src.after_char(pos))
            }
        }
    }

    /// Body of an address in `<...|...>`: up to what it may not hold, without
    /// the punctuation before a blank or the end.
    fn angle_body_end(&mut self, pos: usize) -> usize {
        let stop = self.run(Run::AddressText, pos);
        let extra = self.run(Run::Extra, stop);
        if self.src.byte(extra).is_none_or(is_space) {
            self.trailing_extra(extra).max(pos).min(stop)
        } else {
            stop
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, parse};

    fn json(text: &str) -> String {
        serde_json::to_string(&parse(text, &Options::default())).expect("a tree is valid JSON")
    }

    #[test]
    fn a_target_may_hold_parentheses() {
        assert!(json("[x](https://a.org/b_(c))").contains(r#""value":"https://a.org/b_(c)""#));
    }

    #[test]
    fn a_phone_number_is_a_target() {
        assert!(json("[call](+(55)11-12345)").contains(r#""value":"tel:551112345""#));
    }

    #[test]
    fn an_empty_title_shows_the_target() {
        assert!(
            json("[](https://a.org)").contains(r#""label":[{"type":"PLAIN_TEXT","value":"https://a.org"}]"#)
        );
    }
}
