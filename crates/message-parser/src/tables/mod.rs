//! Tables that are too long to stand beside the code that reads them.

use std::sync::LazyLock;

mod letters;
mod local_part;

/// Domain endings, sorted by bytes, one a line.
static SUFFIX_TEXT: &str = include_str!("suffixes.txt");
static SUFFIXES: LazyLock<Vec<&'static str>> = LazyLock::new(|| SUFFIX_TEXT.lines().collect());

fn in_ranges(ranges: &[(u16, u16)], c: char) -> bool {
    let Ok(code) = u16::try_from(u32::from(c)) else { return false };
    let at = ranges.partition_point(|&(_, last)| last < code);
    ranges.get(at).is_some_and(|&(first, _)| first <= code)
}

/// Letters and digits of names (`@user`, `#channel`), and what may follow an
/// `@` or `#` in the middle of a word.
pub(crate) fn is_name_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && in_ranges(letters::NAME, c))
}

/// Characters of names: letters, digits, `-`, `_` and `.`.
pub(crate) fn is_name_char(c: char) -> bool {
    matches!(c, '-' | '_' | '.') || is_name_letter(c)
}

/// Characters that may start each dotted part of the local part of an e-mail
/// address. Everything beyond the basic plane may.
pub(crate) fn is_local_part_start(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii() && (u32::from(c) > 0xffff || in_ranges(local_part::LOCAL_PART, c)))
}

/// Whether the lower-case `label` (or `label.label`) is a public domain ending.
pub(crate) fn is_suffix(label: &str) -> bool {
    SUFFIXES.binary_search(&label).is_ok()
}
