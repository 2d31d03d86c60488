//! What a search text asks for.
//! Upstream: `apps/meteor/server/lib/parseMessageSearchQuery.ts`.

use std::sync::LazyLock;

use gantry_protocol::Timestamp;
use gantry_store::search::fold;
use regex::{Captures, Regex, RegexBuilder};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;
/// Largest compiled size of a pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// What a search text asks for. All of it must hold.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Parts of usernames: the author has one of them.
    pub(super) from: Vec<String>,
    /// Parts of usernames: somebody with one of them is mentioned.
    pub(super) mention: Vec<String>,
    pub(super) starred: bool,
    pub(super) pinned: bool,
    /// Fields that the message must have, as they stand in its JSON.
    pub(super) has: Vec<&'static str>,
    /// Folded texts inside attachments.
    pub(super) in_file: Vec<String>,
    pub(super) after: Option<i64>,
    pub(super) before: Option<i64>,
    pub(super) oldest_first: bool,
    /// Folded words and phrases that the text contains.
    pub(super) texts: Vec<String>,
    /// Folded words and phrases that it does not contain.
    pub(super) without: Vec<String>,
    /// A pattern that it matches.
    pub(super) pattern: Option<Regex>,
}

static FILTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(from|mention|has|is|label|file-desc|file-title|before|after|on|order|sort):([\w.\-/]+)",
    )
    .expect("a literal pattern")
});
static SLASHED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^/(.+)/([imxs]*)$").expect("a literal pattern"));
static TERM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(-?)"([^"]+)"|(\S+)"#).expect("a literal pattern"));

impl Query {
    /// Reads a search text. `me` is the username that `from:me` means; `expressions` takes every text for a
    /// pattern (`Message_AlwaysSearchRegExp`).
    pub(super) fn parse(text: &str, me: &str, expressions: bool) -> Self {
        let mut query = Self::default();
        let rest = FILTER.replace_all(text, |found: &Captures<'_>| {
            if query.filter(&found[1].to_lowercase(), &found[2], me) {
                String::new()
            } else {
                found[0].to_owned()
            }
        });
        query.words(rest.trim(), expressions);
        query
    }

    /// Takes what is left when the filters are taken out.
    fn words(&mut self, text: &str, expressions: bool) {
        let slashed = SLASHED.captures(text);
        let asked = match &slashed {
            Some(found) => Some((found[1].to_owned(), found[2].to_owned())),
            None if expressions && !text.is_empty() => Some((text.to_owned(), "i".to_owned())),
            None => None,
        };
        if let Some((pattern, flags)) = asked {
            self.pattern = compile(&pattern, &flags);
            // What does not compile here is looked for as it stands.
            if self.pattern.is_none() {
                self.texts.push(fold(&pattern));
            }
            return;
        }
        for found in TERM.captures_iter(text) {
            let (excluded, term) = match (found.get(2), found.get(3)) {
                (Some(phrase), _) => (!found[1].is_empty(), phrase.as_str()),
                (None, Some(word)) => match word.as_str().strip_prefix('-') {
                    Some(word) if word.starts_with(char::is_alphanumeric) => (true, word),
                    _ => (false, word.as_str()),
                },
                (None, None) => continue,
            };
            if excluded { &mut self.without } else { &mut self.texts }.push(fold(term));
        }
    }

    /// Takes one filter; `false` if it is none after all.
    fn filter(&mut self, name: &str, value: &str, me: &str) -> bool {
        match (name, value.to_lowercase().as_str()) {
            ("from", "me") => self.from.push(me.to_lowercase()),
            ("from", name) => self.from.push(name.to_owned()),
            ("mention", name) => self.mention.push(name.to_owned()),
            ("has", "star") => self.starred = true,
            ("has", "pin") | ("is", "pinned") => self.pinned = true,
            ("has", "url" | "link") => self.has.push("\"urls\":[{"),
            ("has", "location" | "map") => self.has.push("\"location\":{"),
            ("label" | "file-desc" | "file-title", text) => self.in_file.push(fold(text)),
            ("before", date) => return day(date).map(|day| self.before = Some(day + 1)).is_some(),
            ("after", date) => return day(date).map(|day| self.after = Some(day + DAY - 1)).is_some(),
            ("on", date) => {
                return day(date)
                    .map(|day| (self.after, self.before) = (Some(day - 1), Some(day + DAY)))
                    .is_some();
            }
            ("order" | "sort", direction) if direction.starts_with("asc") => self.oldest_first = true,
            ("order" | "sort", direction) if direction.starts_with("desc") => self.oldest_first = false,
            _ => return false,
        }
        true
    }

    /// Whether nothing is asked for: such a search finds nothing. What must not be there is no question alone.
    pub(super) fn is_empty(&self) -> bool {
        let people = self.from.is_empty() && self.mention.is_empty() && !self.starred;
        let kinds = !self.pinned && self.has.is_empty() && self.in_file.is_empty();
        let times = self.after.is_none() && self.before.is_none();
        people && kinds && times && self.texts.is_empty() && self.pattern.is_none()
    }
}

/// A pattern that runs in time proportional to the text, whatever it is; `None` if it is none or too large.
fn compile(pattern: &str, flags: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .ignore_whitespace(flags.contains('x'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(MAX_PATTERN)
        .dfa_size_limit(MAX_PATTERN)
        .build()
        .ok()
}

/// The start of a day written as `dd/mm/yyyy` (or with `-` or `.`), in milliseconds.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split(['/', '-', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Timestamp::parse_iso(&format!("{year}-{month:0>2}-{day:0>2}T00:00:00.000Z")).map(Timestamp::millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Query {
        Query::parse(text, "Alice", false)
    }

    #[test]
    fn filters_are_taken_out_of_the_text() {
        let query = parse("from:me Deploy from:bob has:star is:pinned order:asc now");
        assert_eq!(query.from, ["alice", "bob"]);
        assert!(query.starred && query.pinned && query.oldest_first);
        assert_eq!(query.texts, ["deploy", "now"]);
        assert!(parse("  ").is_empty());
        assert!(parse("order:desc").is_empty());
        assert!(parse("-deploy").is_empty());
    }

    #[test]
    fn what_looks_like_a_filter_and_is_none_stays_text() {
        assert_eq!(parse("is:open before:tomorrow").texts, ["is:open", "before:tomorrow"]);
    }

    #[test]
    fn phrases_are_one_text_and_a_minus_excludes() {
        let query = parse(r#""Blue  moon" -red -"old moon" a-b - -- "open"#);
        assert_eq!(query.texts, ["blue  moon", "a-b", "-", "--", "\"open"]);
        assert_eq!(query.without, ["red", "old moon"]);
    }

    #[test]
    fn days_have_a_beginning_and_an_end() {
        let query = parse("on:2/1/1970");
        assert_eq!((query.after, query.before), (Some(DAY - 1), Some(2 * DAY)));
    }

    #[test]
    fn patterns_stand_between_slashes() {
        assert!(parse("/A.c/i").pattern.unwrap().is_match("xabcx"));
        assert!(!parse("/A.c/").pattern.unwrap().is_match("xabcx"));
        let broken = parse("/a(/");
        assert!(broken.pattern.is_none());
        assert_eq!(broken.texts, ["a("]);
        let huge = parse("/((a{99}){99}){99}/");
        assert!(huge.pattern.is_none());
        assert!(Query::parse("^a$", "", true).pattern.unwrap().is_match("A"));
    }
}
