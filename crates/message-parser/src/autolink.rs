//! Addresses and e-mail addresses in plain text.

use crate::ast::{Inline, Link, Plain};
use crate::host;
use crate::memo::{Ask, Run};
use crate::parser::{Parser, Sink};
use crate::source::{is_extra, is_space};
use crate::tables;

/// Longest scheme of an address.
const MAX_SCHEME: usize = 32;

impl Parser<'_> {
    pub(crate) fn autolink(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let delimiter = self.run(Run::BeforeDelimiter, pos);
        if !self.src.is(delimiter, b'.') && !self.src.has(delimiter, "://") {
            return None;
        }
        let head = self.address_head(pos)?;
        let token = self.run(Run::Token, head);
        let end = self.trailing_extra(token).max(head);
        let text = self.src.slice(pos, end);
        let domains = &self.options.custom_domains;
        out.push(|| match host::address(text, domains) {
            Some(src) => Inline::Link { value: Link { src: Plain(src), label: vec![Inline::plain(text)] } },
            None => Inline::plain(text),
        });
        Some(end)
    }

    pub(crate) fn email(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let at = self.run(Run::BeforeAt, pos);
        if !self.src.is(at, b'@') {
            return None;
        }
        let from = if self.src.has(pos, "mailto:") { pos + 7 } else { pos };
        let at = self.local_part_end(from)?;
        if !self.src.is(at, b'@') {
            return None;
        }
        let end = self.domain(at + 1)?;
        let text = self.src.slice(from, end);
        out.push(|| match host::mail(text) {
            Some(src) => Inline::Link { value: Link { src: Plain(src), label: vec![Inline::plain(text)] } },
            None => Inline::plain(text),
        });
        Some(end)
    }

    /// A local part is dotted parts that start with a letter or the like. From
    /// everywhere in it that could be a start, it ends at the same place.
    fn local_part_end(&mut self, pos: usize) -> Option<usize> {
        if !self.src.char(pos).is_some_and(tables::is_local_part_start) {
            return None;
        }
        let end = self.steps_end(Ask::LocalPart, pos, |parser, at| {
            let c = parser.src.char(at)?;
            let goes_on = if c == '.' {
                parser.src.char(at + 1).is_some_and(tables::is_local_part_start)
            } else {
                tables::is_local_part_start(c) || is_local_part_mark(c)
            };
            goes_on.then(|| at + c.len_utf8())
        });
        Some(end)
    }

    /// `_example.org` is text: the domain is not a link.
    pub(crate) fn underscored_domain(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.is(pos, b'_') {
            return None;
        }
        let end = self.domain(pos + 1)?;
        if self.src.is(end, b'_') {
            return None;
        }
        out.text(self.src.slice(pos, end));
        Some(end)
    }

    /// Scheme and authority, or host and port.
    pub(crate) fn address_head(&mut self, pos: usize) -> Option<usize> {
        if let Some(scheme) = self.scheme_end(pos)
            && self.src.has(scheme, "//")
        {
            let user = scheme + 2;
            let host = self.user_info_end(user).unwrap_or(user);
            if let Some(end) = self.host(host) {
                return Some(end);
            }
        }
        self.host(pos)
    }

    /// End of `scheme:`.
    pub(crate) fn scheme_end(&self, pos: usize) -> Option<usize> {
        let limit = (pos + MAX_SCHEME).min(self.src.len());
        let is_scheme = |at: &usize| {
            let byte = self.src.bytes[*at];
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-')
        };
        let end = pos + (pos..limit).take_while(is_scheme).count();
        (end > pos && self.src.is(end, b':')).then_some(end + 1)
    }

    /// End of `user@` or `user:password@`.
    fn user_info_end(&self, pos: usize) -> Option<usize> {
        let is_user = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'&' | b'+' | b'_' | b'#' | b'?' | b'-')
        };
        let mut end = self.src.skip(pos, is_user);
        if end == pos {
            return None;
        }
        if self.src.is(end, b':') {
            let password = self.src.skip(end + 1, is_user);
            if password > end + 1 {
                end = password;
            }
        }
        self.src.is(end, b'@').then_some(end + 1)
    }

    fn host(&mut self, pos: usize) -> Option<usize> {
        let end = self.domain(pos)?;
        let port = if self.src.is(end, b':') { self.digits(end + 1) } else { None };
        Some(port.unwrap_or(end))
    }

    /// End of labels with a dot between them, or of `localhost`.
    fn domain(&mut self, pos: usize) -> Option<usize> {
        const LOCALHOST: &str = "localhost";
        if self.src.has(pos, LOCALHOST) {
            return Some(pos + LOCALHOST.len());
        }
        if self.src.is(pos, b'_') {
            return None;
        }
        let label = self.label_end(pos);
        if label == pos {
            return None;
        }
        if let Some(known) = self.memo.get(Ask::DomainTail, label) {
            return known;
        }
        let mut end = label;
        while self.src.is(end, b'.') {
            let next = self.label_end(end + 1);
            if next == end + 1 {
                break;
            }
            end = next;
        }
        let found = (end > label).then_some(end);
        self.memo.set(Ask::DomainTail, label, found);
        found
    }

    fn label_end(&mut self, pos: usize) -> usize {
        self.steps_end(Ask::Label, pos, |parser, at| {
            let byte = parser.src.byte(at)?;
            if matches!(byte, b'_' | b'-') {
                // The reference parser takes the next character along, even a dot.
                let next = at + 1;
                return parser
                    .src
                    .byte(next)
                    .filter(|&byte| !is_never_label(byte))
                    .map(|_| parser.src.after_char(next));
            }
            is_label(byte).then(|| parser.src.after_char(at))
        })
    }

    /// Start of the punctuation that ends at `end`, where a token ends.
    pub(crate) fn trailing_extra(&mut self, end: usize) -> usize {
        if let Some(Some(start)) = self.memo.get(Ask::TrailingExtra, end) {
            return start;
        }
        debug_assert!(self.src.byte(end).is_none_or(is_space), "a token ends here");
        let start = self.src.skip_back(end, is_extra);
        self.memo.set(Ask::TrailingExtra, end, Some(start));
        start
    }
}

fn is_label(byte: u8) -> bool {
    !is_never_label(byte) && !is_extra(byte) && !matches!(byte, b'$' | b'@' | b'&' | b'+' | b'#' | b'?')
}

fn is_never_label(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'\\' | b'/' | b'|' | b'>' | b'<' | b'%' | b'`' | b'[' | b']')
}

fn is_local_part_mark(c: char) -> bool {
    c.is_ascii() && b"!#$%&'*+/=?^_`{|}~-".contains(&(c as u8))
}
