//! Searching messages.
//!
//! Words are found wherever they stand in the text, whatever their case, and all of them must be there. The
//! filters (`from:`, `has:`, ...) are those of clients' search boxes.
//! Upstream: `apps/meteor/server/lib/parseMessageSearchQuery.ts`.

use std::sync::LazyLock;

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_store::dialect::escape_like;
use regex::{Captures, Regex};

use super::lists::contains;
use super::rows::raw;

/// Longest search text that is looked at, in bytes.
const MAX_TEXT: usize = 1000;
/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// What a search text asks for.
#[derive(Debug, Default, PartialEq)]
struct Query {
    from: Vec<String>,
    mention: Vec<String>,
    starred: bool,
    pinned: bool,
    /// Fields that the message must have, as they stand in its JSON.
    has: Vec<&'static str>,
    /// Texts inside attachments.
    in_file: Vec<String>,
    after: Option<i64>,
    before: Option<i64>,
    oldest_first: bool,
    words: Vec<String>,
}

static FILTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(from|mention|has|is|label|file-desc|file-title|before|after|on|order|sort):([\w.\-/]+)",
    )
    .expect("a literal pattern")
});

impl Query {
    fn parse(text: &str, me: &str) -> Self {
        let mut query = Self::default();
        let rest = FILTER.replace_all(text, |found: &Captures<'_>| {
            if query.filter(&found[1].to_lowercase(), &found[2], me) {
                String::new()
            } else {
                found[0].to_owned()
            }
        });
        let rest = rest.trim();
        // A regular expression is searched for as text: an expression from a request must not run here.
        let plain =
            rest.strip_prefix('/').and_then(|text| text.rsplit_once('/')).map_or(rest, |(inside, _)| inside);
        query.words = plain.split_whitespace().map(str::to_lowercase).collect();
        query
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
            ("label" | "file-desc" | "file-title", text) => self.in_file.push(text.to_owned()),
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

    fn is_empty(&self) -> bool {
        *self == Self { oldest_first: self.oldest_first, ..Self::default() }
    }
}

/// The start of a day written as `dd/mm/yyyy` (or with `-` or `.`), in milliseconds.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split(['/', '-', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Timestamp::parse_iso(&format!("{year}-{month:0>2}-{day:0>2}T00:00:00.000Z")).map(Timestamp::millis)
}

/// Finds messages of one room, or without one of all rooms that the caller is in; newest first.
///
/// # Errors
/// The database's.
pub async fn find(ctx: &Ctx, tx: &Tx, text: &str, rid: Option<&str>, window: Window) -> Result<Vec<RawJson>> {
    let caller = ctx.caller()?;
    let query = Query::parse(&text[..text.floor_char_boundary(MAX_TEXT)], &caller.username);
    if query.is_empty() {
        return Ok(Vec::new());
    }
    // Every condition below is a literal; what the user typed is bound.
    let mut sql =
        "SELECT m.doc FROM messages m WHERE NOT m.hidden AND (m.t IS NULL OR m.t <> 'rm')".to_owned();
    let mut bound: Vec<String> = Vec::new();
    let mut bind = |value: String| {
        bound.push(value);
        format!("?{}", bound.len())
    };
    match rid {
        Some(rid) => sql.push_str(&format!(" AND m.rid = {}", bind(rid.to_owned()))),
        None => sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.rid = m.rid AND s.uid = {})",
            bind(caller.uid.clone())
        )),
    }
    for word in &query.words {
        sql.push_str(&format!(" AND m.folded LIKE {} ESCAPE '\\'", bind(contains(word))));
    }
    for name in &query.has {
        sql.push_str(&format!(" AND m.doc LIKE {} ESCAPE '\\'", bind(format!("%{}%", escape_like(name)))));
    }
    for text in &query.in_file {
        sql.push_str(&format!(" AND m.folded LIKE {} ESCAPE '\\'", bind(contains(text))));
    }
    let mut named = |names: &[String], with: fn(String) -> String| {
        let conditions: Vec<String> = names.iter().map(|name| with(bind(contains(name)))).collect();
        if conditions.is_empty() { String::new() } else { format!(" AND ({})", conditions.join(" OR ")) }
    };
    let from = named(&query.from, |p| {
        format!(
            "EXISTS (SELECT 1 FROM users u WHERE u.id = m.uid AND u.username_folded LIKE {p} ESCAPE '\\')"
        )
    });
    let mention = named(&query.mention, |p| {
        format!(
            "EXISTS (SELECT 1 FROM message_mentions x JOIN users u ON u.id = x.target WHERE x.mid = m.id \
             AND u.username_folded LIKE {p} ESCAPE '\\')"
        )
    });
    sql.push_str(&from);
    sql.push_str(&mention);
    if query.starred {
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM message_stars x WHERE x.mid = m.id AND x.uid = {})",
            bind(caller.uid.clone())
        ));
    }
    if query.pinned {
        sql.push_str(" AND m.pinned");
    }
    let mut p: Vec<Val<'_>> = bound.iter().map(Val::from).collect();
    let mut number = |value: i64| {
        p.push(value.into());
        format!("?{}", p.len())
    };
    if let Some(after) = query.after {
        sql.push_str(&format!(" AND m.ts > {}", number(after)));
    }
    if let Some(before) = query.before {
        sql.push_str(&format!(" AND m.ts < {}", number(before)));
    }
    let direction = if query.oldest_first { "ASC" } else { "DESC" };
    let (count, offset) = (number(window.count), number(window.offset));
    sql.push_str(&format!(" ORDER BY m.ts {direction}, m.id {direction} LIMIT {count} OFFSET {offset}"));
    raw(tx.query_dyn(&sql, &p).await?)
}

/// Whether a search over all rooms is switched on.
pub fn global(ctx: &Ctx) -> bool {
    ctx.settings.flag_by_id("Search.defaultProvider.GlobalSearchEnabled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_taken_out_of_the_text() {
        let query = Query::parse("from:me Deploy from:bob has:star is:pinned order:asc now", "Alice");
        assert_eq!(query.from, ["alice", "bob"]);
        assert!(query.starred && query.pinned && query.oldest_first);
        assert_eq!(query.words, ["deploy", "now"]);
        assert!(Query::parse("  ", "alice").is_empty());
        assert!(Query::parse("order:desc", "alice").is_empty());
    }

    #[test]
    fn what_looks_like_a_filter_and_is_none_stays_text() {
        assert_eq!(Query::parse("is:open before:tomorrow", "a").words, ["is:open", "before:tomorrow"]);
    }

    #[test]
    fn days_have_a_beginning_and_an_end() {
        let query = Query::parse("on:2/1/1970", "a");
        assert_eq!((query.after, query.before), (Some(DAY - 1), Some(2 * DAY)));
        assert_eq!(Query::parse("/a.b/i", "a").words, ["a.b"]);
    }
}
