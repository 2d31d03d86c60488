//! What is already known about a position.

use crate::source::{is_blank, is_extra, is_space};

/// Which emphasis is open around a position; an open kind does not nest in
/// itself, which is what bounds the depth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open(pub(crate) u8);

impl Open {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const BOLD: Self = Self(1);
    pub(crate) const ITALIC: Self = Self(2);
    pub(crate) const STRIKE: Self = Self(4);
    pub(crate) const REFERENCE: Self = Self(8);

    pub(crate) fn has(self, kind: Self) -> bool {
        self.0 & kind.0 != 0
    }

    pub(crate) fn with(self, kind: Self) -> Self {
        Self(self.0 | kind.0)
    }
}

/// A sequence of items that ends where no further item matches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Bold,
    Italic,
    Strike,
    LinkTitle,
    Spoiler,
    /// A line of text. Only asked for single items, never for its end.
    Line,
}

/// A question about a position whose answer is remembered.
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    /// Where the content that starts here ends.
    End(Content, Open),
    /// Whether the emoticon here counts (see `emoticon.rs`).
    Emoticon(Content, Open),
    /// Where the run of equal or alike characters that starts here ends.
    Run(Run),
    /// Where the target of a link in `[...](...)` that starts here ends.
    Target,
    /// Where the body of an address in `[...](...)` ends.
    TargetBody,
    /// Where the punctuation that ends here starts.
    TrailingExtra,
    /// Where the local part of an e-mail address that starts here ends.
    LocalPart,
    /// Where the label of a domain that starts here ends.
    Label,
    /// Where the domain whose first label ends here ends.
    DomainTail,
    /// Where the mention whose name starts here ends.
    Name,
    /// Where the spoiler that starts here ends.
    Spoiler,
    /// Where the sequence of joined emoji that starts here ends.
    JoinedEmoji,
}

/// Characters that are passed over together.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Blank,
    Asterisk,
    Underscore,
    Tilde,
    At,
    /// Text of a link's title in which nothing can start.
    Title,
    /// Up to a blank or `@`.
    BeforeAt,
    /// Up to a blank or one of `: . / @`.
    BeforeDelimiter,
    /// Up to a blank.
    Token,
    /// Punctuation that may not end an address.
    Extra,
    /// The same in `[...](...)`.
    TargetExtra,
    /// What an address may hold in `<...|...>` and in parentheses.
    AddressText,
}

impl Run {
    /// Which bytes belong to the run.
    pub(crate) fn accepted(self) -> fn(u8) -> bool {
        match self {
            Self::Blank => is_blank,
            Self::Asterisk => |byte| byte == b'*',
            Self::Underscore => |byte| byte == b'_',
            Self::Tilde => |byte| byte == b'~',
            Self::At => |byte| byte == b'@',
            Self::Title => |byte| !is_space(byte) && !matches!(byte, b']' | b'(' | b')' | b'*' | b'_' | b'~'),
            Self::BeforeAt => |byte| !is_space(byte) && byte != b'@',
            Self::BeforeDelimiter => |byte| !is_space(byte) && !matches!(byte, b':' | b'.' | b'/' | b'@'),
            Self::Token => |byte| !is_space(byte),
            Self::Extra => is_extra,
            Self::TargetExtra => {
                |byte| matches!(byte, b'.' | b',' | b'!' | b'%' | b'*' | b'"' | b'\'' | b':' | b';' | b'=')
            }
            Self::AddressText => {
                |byte| matches!(byte, b'!'..=b'~' | 0x80..) && !matches!(byte, b')' | b'\\' | b'|')
            }
        }
    }
}

const CONTENTS: usize = 6;
const OPENS: usize = 16;
const RUNS: usize = 12;
const RUN_BASE: usize = 2 * CONTENTS * OPENS;
const OTHER_BASE: usize = RUN_BASE + RUNS;
const SLOTS: usize = OTHER_BASE + 9;

impl Ask {
    fn slot(self) -> usize {
        match self {
            Self::End(content, open) => content as usize * OPENS + usize::from(open.0),
            Self::Emoticon(content, open) => (CONTENTS + content as usize) * OPENS + usize::from(open.0),
            Self::Run(run) => RUN_BASE + run as usize,
            Self::Target => OTHER_BASE,
            Self::TargetBody => OTHER_BASE + 1,
            Self::TrailingExtra => OTHER_BASE + 2,
            Self::DomainTail => OTHER_BASE + 3,
            Self::Name => OTHER_BASE + 4,
            Self::Spoiler => OTHER_BASE + 5,
            Self::JoinedEmoji => OTHER_BASE + 6,
            Self::Label => OTHER_BASE + 7,
            Self::LocalPart => OTHER_BASE + 8,
        }
    }
}

/// Answers by question and position. A question's table is made when it is
/// first answered: a short message asks few.
pub(crate) struct Memo {
    tables: Vec<Vec<u32>>,
    positions: usize,
}

const UNKNOWN: u32 = 0;
const NOTHING: u32 = 1;
const FIRST: u32 = 2;

impl Memo {
    pub(crate) fn new(len: usize) -> Self {
        Self { tables: vec![Vec::new(); SLOTS], positions: len + 1 }
    }

    /// The answer, if it is known: `Some(None)` is "nothing matches here".
    pub(crate) fn get(&self, ask: Ask, pos: usize) -> Option<Option<usize>> {
        match self.tables[ask.slot()].get(pos).copied().unwrap_or(UNKNOWN) {
            UNKNOWN => None,
            NOTHING => Some(None),
            end => Some(Some((end - FIRST) as usize)),
        }
    }

    pub(crate) fn set(&mut self, ask: Ask, pos: usize, answer: Option<usize>) {
        let value = encode(answer);
        self.table(ask)[pos] = value;
    }

    /// Gives all the positions the same answer.
    pub(crate) fn set_all(&mut self, ask: Ask, positions: &[usize], answer: usize) {
        if positions.is_empty() {
            return;
        }
        let value = encode(Some(answer));
        let table = self.table(ask);
        for &pos in positions {
            table[pos] = value;
        }
    }

    /// Gives all positions from `from` up to `to` (excluded) the same answer.
    pub(crate) fn fill(&mut self, ask: Ask, from: usize, to: usize, answer: Option<usize>) {
        let value = encode(answer);
        self.table(ask)[from..to].fill(value);
    }

    fn table(&mut self, ask: Ask) -> &mut Vec<u32> {
        let positions = self.positions;
        let table = &mut self.tables[ask.slot()];
        if table.is_empty() {
            *table = vec![UNKNOWN; positions];
        }
        table
    }
}

fn encode(answer: Option<usize>) -> u32 {
    // Texts are shorter than 4 GiB: `Parser::new` sees to it.
    answer.map_or(NOTHING, |end| end as u32 + FIRST)
}
