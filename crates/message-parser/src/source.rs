//! The text and its bytes.

/// Bytes between two remembered UTF-16 offsets.
const STEP: usize = 64;

pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    pub(crate) bytes: &'t [u8],
    /// UTF-16 code units before every `STEP`th byte; empty for ASCII.
    units: Vec<u32>,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut units = Vec::new();
        if !text.is_ascii() {
            let mut sum = 0;
            for (at, byte) in text.bytes().enumerate() {
                if at % STEP == 0 {
                    units.push(sum);
                }
                sum += units_of(byte);
            }
        }
        Self { text, bytes: text.as_bytes(), units }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(crate) fn byte(&self, pos: usize) -> Option<u8> {
        self.bytes.get(pos).copied()
    }

    #[inline]
    pub(crate) fn is(&self, pos: usize, byte: u8) -> bool {
        self.byte(pos) == Some(byte)
    }

    /// Whether `literal`, which is not empty, stands at `pos`.
    #[inline]
    pub(crate) fn has(&self, pos: usize, literal: &str) -> bool {
        self.byte(pos) == literal.bytes().next() && self.bytes[pos..].starts_with(literal.as_bytes())
    }

    pub(crate) fn char(&self, pos: usize) -> Option<char> {
        self.text.get(pos..)?.chars().next()
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> &'t str {
        &self.text[from..to]
    }

    /// First position from `pos` on whose byte is not `accepted`. A predicate
    /// must treat all bytes from 0x80 on alike.
    pub(crate) fn skip(&self, pos: usize, accepted: impl Fn(u8) -> bool) -> usize {
        let rest = &self.bytes[pos.min(self.len())..];
        pos + rest.iter().position(|&byte| !accepted(byte)).unwrap_or(rest.len())
    }

    /// First position from which all bytes up to `pos` are `accepted`.
    pub(crate) fn skip_back(&self, pos: usize, accepted: impl Fn(u8) -> bool) -> usize {
        pos - self.bytes[..pos].iter().rev().take_while(|&&byte| accepted(byte)).count()
    }

    /// End of the character at `pos`, which must be inside the text.
    pub(crate) fn after_char(&self, pos: usize) -> usize {
        let width = match self.bytes[pos] {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        pos + width
    }

    /// End of the line break at `pos`, if there is one.
    pub(crate) fn line_end(&self, pos: usize) -> Option<usize> {
        match self.byte(pos)? {
            b'\n' => Some(pos + 1),
            b'\r' if self.is(pos + 1, b'\n') => Some(pos + 2),
            b'\r' => Some(pos + 1),
            _ => None,
        }
    }

    /// UTF-16 code units before `pos`.
    pub(crate) fn utf16(&self, pos: usize) -> usize {
        let Some(&start) = self.units.get(pos / STEP).or(self.units.last()) else { return pos };
        let from = (pos / STEP).min(self.units.len() - 1) * STEP;
        start as usize + self.bytes[from..pos].iter().map(|&byte| units_of(byte) as usize).sum::<usize>()
    }
}

/// UTF-16 code units of the character that starts with this byte.
fn units_of(byte: u8) -> u32 {
    match byte {
        0x80..0xc0 => 0,
        0xf0.. => 2,
        _ => 1,
    }
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

pub(crate) fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

pub(crate) fn is_space(byte: u8) -> bool {
    is_blank(byte) || is_break(byte)
}

/// Text that may stand before a mention, in an image's label and after nothing
/// else: no brackets, no marks of emphasis.
pub(crate) fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'\'' | b'+'..=b'Z' | b'a'..=b'z' | 0x80..)
}

/// Punctuation that belongs to the sentence when it ends an address.
pub(crate) fn is_extra(byte: u8) -> bool {
    matches!(byte, b'.' | b',' | b'!' | b'%' | b'~' | b'*' | b'"' | b'\'' | b':' | b';' | b'(' | b')' | b'=')
}
