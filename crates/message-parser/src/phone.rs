//! Phone numbers: `+` and digits, in parts.

use crate::ast::{Inline, Link, Plain};
use crate::parser::{Parser, Sink};

/// A shorter number is not one that can be called.
const MIN_DIGITS: usize = 5;

/// A phone number that was found.
pub(crate) struct Phone {
    pub(crate) end: usize,
    /// Its digits.
    pub(crate) number: String,
}

impl Parser<'_> {
    pub(crate) fn phone(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let phone = self.phone_end(pos)?;
        let text = self.src.slice(pos, phone.end);
        out.push(|| {
            if phone.number.len() < MIN_DIGITS {
                return Inline::plain(text);
            }
            let src = Plain(format!("tel:{}", phone.number));
            Inline::Link { value: Link { src, label: vec![Inline::plain(text)] } }
        });
        Some(phone.end)
    }

    /// `+1-2`, `+(1)-2`, `+(1)2-3`, `+(1)2` or `+1`.
    pub(crate) fn phone_end(&mut self, pos: usize) -> Option<Phone> {
        if !self.src.is(pos, b'+') {
            return None;
        }
        let mut end = if self.src.is(pos + 1, b'(') {
            let close = self.digits(pos + 2)?;
            if !self.src.is(close, b')') {
                return None;
            }
            // The area code alone is no number.
            let close = close + 1;
            if self.src.is(close, b'-') {
                return self.phone_found(pos, self.digits(close + 1)?);
            }
            self.digits(close)?
        } else {
            self.digits(pos + 1)?
        };
        if self.src.is(end, b'-')
            && let Some(second) = self.digits(end + 1)
        {
            end = second;
        }
        self.phone_found(pos, end)
    }

    fn phone_found(&self, pos: usize, end: usize) -> Option<Phone> {
        let number = self.src.slice(pos, end).chars().filter(char::is_ascii_digit).collect();
        Some(Phone { end, number })
    }

    /// End of one or more digits.
    pub(crate) fn digits(&self, pos: usize) -> Option<usize> {
        let end = self.src.skip(pos, |byte| byte.is_ascii_digit());
        (end > pos).then_some(end)
    }
}
