//! `:shortcode:` and Unicode emoji, and messages of emoji alone.

use crate::ast::{Block, Emoji, Inline, Plain};
use crate::memo::Ask;
use crate::parser::{Parser, Sink};
use crate::source::is_space;

/// Most emoji that a message of emoji shows big.
const MAX_BIG: usize = 3;

const JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';

impl Parser<'_> {
    /// The whole message, if it is one to three emoji.
    pub(crate) fn big_emoji(&mut self) -> Option<Block> {
        let mut value = Vec::new();
        let mut pos = self.src.skip(0, is_space);
        while value.len() < MAX_BIG {
            let mut out = Sink::into(&mut value);
            let Some(end) = self.emoji(pos, &mut out).or_else(|| self.bare_emoticon(pos, &mut out)) else {
                break;
            };
            pos = self.src.skip(end, is_space);
        }
        (!value.is_empty() && pos == self.src.len()).then_some(Block::BigEmoji { value })
    }

    pub(crate) fn emoji(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let byte = self.src.byte(pos)?;
        if byte == b':' {
            return self.short_code(pos, out);
        }
        if byte.is_ascii() && !is_keycap_base(char::from(byte)) {
            return None;
        }
        let end = self.unicode_emoji(pos)?;
        out.push(|| Inline::Emoji(Emoji::Unicode { unicode: self.src.slice(pos, end).to_owned() }));
        Some(end)
    }

    fn short_code(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let end = self
            .src
            .skip(pos + 1, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'.'));
        if end == pos + 1 || !self.src.is(end, b':') {
            return None;
        }
        out.push(|| {
            let code = self.src.slice(pos + 1, end);
            Inline::Emoji(Emoji::Short { value: Plain(code.to_owned()), short_code: code.to_owned() })
        });
        Some(end + 1)
    }

    fn unicode_emoji(&mut self, pos: usize) -> Option<usize> {
        self.tagged_flag(pos)
            .or_else(|| self.keycap(pos))
            .or_else(|| self.joined(pos))
            .or_else(|| self.single(pos))
            .or_else(|| self.country_flag(pos))
    }

    /// End of the character at `pos` if it is `accepted`.
    fn take(&self, pos: usize, accepted: impl Fn(char) -> bool) -> Option<usize> {
        self.src.char(pos).filter(|&c| accepted(c)).map(|c| pos + c.len_utf8())
    }

    /// The flag of a region: a black flag and the letters of its code as tags.
    fn tagged_flag(&self, pos: usize) -> Option<usize> {
        let first = self.take(pos, |c| c == BLACK_FLAG)?;
        let mut end = first;
        while let Some(next) = self.take(end, |c| matches!(c, '\u{e0020}'..='\u{e007e}')) {
            end = next;
        }
        if end == first { None } else { self.take(end, |c| c == CANCEL_TAG) }
    }

    fn keycap(&self, pos: usize) -> Option<usize> {
        let base = self.take(pos, is_keycap_base)?;
        let styled = self.take(base, |c| c == EMOJI_STYLE).unwrap_or(base);
        self.take(styled, |c| c == KEYCAP)
    }

    /// One or more emoji with joiners between them. Nothing at all when one is
    /// missing after the last joiner.
    fn joined(&mut self, pos: usize) -> Option<usize> {
        let mut starts = Vec::new();
        let mut at = pos;
        let found = loop {
            if let Some(known) = self.memo.get(Ask::JoinedEmoji, at) {
                break known;
            }
            starts.push(at);
            let Some(end) = self.joinable(at) else { break None };
            match self.take(end, |c| c == JOINER) {
                Some(next) => at = next,
                None => break Some(end),
            }
        };
        for start in starts {
            self.memo.set(Ask::JoinedEmoji, start, found);
        }
        found
    }

    /// An emoji that joins with others, with its style and skin tone.
    fn joinable(&self, pos: usize) -> Option<usize> {
        let end = match self.src.char(pos)? {
            '\u{1f900}'..='\u{1fbff}' => self.src.after_char(pos),
            c if is_joinable(c) => self.styled(pos),
            _ => return None,
        };
        Some(self.take(end, |c| matches!(c, '\u{1f3fb}'..='\u{1f3ff}')).unwrap_or(end))
    }

    fn single(&self, pos: usize) -> Option<usize> {
        let c = self.src.char(pos)?;
        if is_single(c) {
            return Some(self.styled(pos));
        }
        if is_text_by_default(c) {
            return self.take(self.src.after_char(pos), |c| c == EMOJI_STYLE);
        }
        None
    }

    /// End of the character and of the style that may follow.
    fn styled(&self, pos: usize) -> usize {
        let end = self.src.after_char(pos);
        self.take(end, |c| matches!(c, '\u{fe00}'..='\u{fe0f}')).unwrap_or(end)
    }

    fn country_flag(&self, pos: usize) -> Option<usize> {
        let is_letter = |c| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        self.take(self.take(pos, is_letter)?, is_letter)
    }
}

fn is_keycap_base(c: char) -> bool {
    matches!(c, '0'..='9' | '#' | '*')
}

fn is_joinable(c: char) -> bool {
    matches!(
        c,
        '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{2600}'..='\u{27bf}'
            | '\u{2194}' | '\u{2195}' | '\u{2b1b}' | '\u{2b1c}'
            | '\u{1f7e0}'..='\u{1f7eb}' | '\u{1f7f0}'
    )
}

/// Emoji by themselves. A failed sequence of joined ones leaves only some.
fn is_single(c: char) -> bool {
    matches!(
        c,
        '\u{1f600}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{2300}'..='\u{23ff}'
            | '\u{2600}'..='\u{27bf}' | '\u{2b1b}' | '\u{2b1c}' | '\u{1f7e0}'..='\u{1f7eb}' | '\u{1f7f0}'
            | '\u{1f0cf}' | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}'
            | '\u{1f232}'..='\u{1f23a}' | '\u{1f250}' | '\u{1f251}'
    )
}

/// Characters that are emoji only with the emoji style after them.
fn is_text_by_default(c: char) -> bool {
    matches!(
        c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2196}'..='\u{2199}'
            | '\u{21a9}' | '\u{21aa}' | '\u{24c2}' | '\u{25aa}' | '\u{25ab}' | '\u{25b6}' | '\u{25c0}'
            | '\u{25fb}'..='\u{25fe}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b07}' | '\u{2b50}'
            | '\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f004}' | '\u{1f170}'
            | '\u{1f171}' | '\u{1f17e}' | '\u{1f17f}' | '\u{1f202}' | '\u{1f21a}' | '\u{1f22f}'
    )
}
