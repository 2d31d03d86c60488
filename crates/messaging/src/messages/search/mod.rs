//! Searching messages.
//!
//! Words are found wherever they stand in the text, whatever their case, and all of them must be there; a
//! phrase stands in quotation marks. The filters (`from:`, `has:`, ...) are those of clients' search boxes.

mod query;

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_store::dialect::escape_like;
use gantry_store::search::{candidates, catch_up, is_due};
use gantry_store::vals;

use self::query::Query;
use super::rows::raw;
use crate::subscriptions;

/// Longest search text that is looked at, in bytes.
const MAX_TEXT: usize = 1000;
/// Rooms of up to so many messages are read through: that is as fast as asking the index.
const SMALL_ROOM: i64 = 2000;
/// A search that the index narrows down to so many messages compares those. Where there are more, the newest
/// messages hold a page of them.
const MAX_CANDIDATES: usize = 2000;
/// Messages that are read at a time, and at most, while looking for a pattern.
const PATTERN_STEP: i64 = 500;
const PATTERN_REACH: i64 = 20_000;

/// Messages that are indexed in one transaction: a few milliseconds of work.
const INDEXING_BATCH: i64 = 200;

/// Where a search looks.
#[derive(Clone, Copy, Debug)]
pub enum In<'a> {
    /// In this room, which has so many messages. Whether the caller may read it is the caller's question.
    Room(&'a str, i64),
    /// In all rooms that the caller is in.
    MyRooms,
}

/// Finds messages, newest first.
///
/// # Errors
/// The database's.
pub async fn find(ctx: &Ctx, tx: &Tx, text: &str, place: In<'_>, window: Window) -> Result<Vec<RawJson>> {
    let caller = ctx.caller()?;
    let expressions = ctx.settings.flag_by_id("Message_AlwaysSearchRegExp");
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let query = Query::parse(text, &caller.username, expressions);
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let (rooms, small) = match place {
        In::Room(rid, msgs) => (vec![rid.to_owned()], msgs <= SMALL_ROOM),
        In::MyRooms => (subscriptions::rows::room_ids_of(tx, &caller.uid).await?, false),
    };
    if rooms.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = query.texts.iter().chain(&query.in_file).cloned().collect();
    let few = if small { None } else { candidates(tx, &rooms, &texts, MAX_CANDIDATES).await? };
    if few.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let wanted = Wanted::new(&query, rooms, few, &caller.uid);
    match &query.pattern {
        None => raw(wanted.select(tx, &query, window).await?),
        Some(pattern) => matching(tx, &wanted, &query, window, |text| pattern.is_match(text)).await,
    }
}

/// The page of those wanted messages whose text matches, of the newest [`PATTERN_REACH`].
async fn matching(
    tx: &Tx,
    wanted: &Wanted,
    query: &Query,
    window: Window,
    matches: impl Fn(&str) -> bool,
) -> Result<Vec<RawJson>> {
    #[derive(Deserialize)]
    struct Text {
        #[serde(default)]
        msg: String,
    }
    let mut skip = window.offset;
    let mut found = Vec::new();
    for offset in (0..PATTERN_REACH).step_by(PATTERN_STEP as usize) {
        let step = Window { offset, count: PATTERN_STEP };
        let read = raw(wanted.select(tx, query, step).await?)?;
        let last = (read.len() as i64) < PATTERN_STEP;
        for doc in read {
            let text: Text = doc.parse().map_err(Error::internal)?;
            if !matches(&text.msg) {
                continue;
            }
            skip -= 1;
            if skip < 0 {
                found.push(doc);
            }
            if found.len() as i64 == window.count {
                return Ok(found);
            }
        }
        if last {
            break;
        }
    }
    Ok(found)
}

/// The condition of a search, and what is bound in it.
struct Wanted {
    sql: String,
    texts: Vec<String>,
    rooms: Vec<String>,
    few: Option<Vec<String>>,
}

impl Wanted {
    /// Every condition is a literal; what the user typed is bound. `?1` and `?2` are the window, `?3` and `?4`
    /// lists of rooms and messages.
    fn new(query: &Query, rooms: Vec<String>, few: Option<Vec<String>>, uid: &str) -> Self {
        let mut sql = "NOT m.hidden AND (m.t IS NULL OR m.t <> 'rm')".to_owned();
        // One room is compared as such, so that its index gives the order.
        sql.push_str(if rooms.len() == 1 { " AND m.rid = ?3" } else { " AND m.rid IN list(?3)" });
        let mut texts = Vec::new();
        let mut bind = |value: String| {
            texts.push(value);
            format!("?{}", texts.len() + 4)
        };
        let contains = |text: &String| format!("%{}%", escape_like(text));
        for text in query.texts.iter().chain(&query.in_file) {
            sql.push_str(&format!(" AND m.folded LIKE {} ESCAPE '\\'", bind(contains(text))));
        }
        for text in &query.without {
            sql.push_str(&format!(
                " AND COALESCE(m.folded, '') NOT LIKE {} ESCAPE '\\'",
                bind(contains(text))
            ));
        }
        for name in &query.has {
            sql.push_str(&format!(
                " AND m.doc LIKE {} ESCAPE '\\'",
                bind(format!("%{}%", escape_like(name)))
            ));
        }
        let mut one_of = |names: &[String], with: fn(&str) -> String| {
            let tests: Vec<String> = names.iter().map(|name| with(&bind(contains(name)))).collect();
            if tests.is_empty() { String::new() } else { format!(" AND ({})", tests.join(" OR ")) }
        };
        sql.push_str(&one_of(&query.from, |p| {
            format!(
                "EXISTS (SELECT 1 FROM users u WHERE u.id = m.uid AND u.username_folded LIKE {p} ESCAPE '\\')"
            )
        }));
        sql.push_str(&one_of(&query.mention, |p| {
            format!(
                "EXISTS (SELECT 1 FROM message_mentions x JOIN users u ON u.id = x.target WHERE x.mid = m.id \
                 AND u.username_folded LIKE {p} ESCAPE '\\')"
            )
        }));
        if query.starred {
            sql.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM message_stars x WHERE x.mid = m.id AND x.uid = {})",
                bind(uid.to_owned())
            ));
        }
        if query.pinned {
            sql.push_str(" AND m.pinned");
        }
        Self { sql, texts, rooms, few }
    }

    async fn select(&self, tx: &Tx, query: &Query, window: Window) -> Result<Vec<Row>> {
        let rooms = match self.rooms.as_slice() {
            [only] => Val::from(only),
            rooms => Val::from(rooms),
        };
        let mut p = vals![window.count, window.offset, rooms, self.few.as_deref()].to_vec();
        p.extend(self.texts.iter().map(Val::from));
        // The few are looked up by their ids before anything else is asked: a room's index, which has them in
        // order, would be read from its end to its beginning.
        let source = match self.few {
            Some(_) => {
                "WITH few AS MATERIALIZED (SELECT * FROM messages WHERE id IN list(?4)) SELECT m.doc FROM few m"
            }
            None => "SELECT m.doc FROM messages m",
        };
        let only = if self.few.is_some() { "" } else { "CAST(?4 AS TEXT) IS NULL AND " };
        let mut sql = format!("{source} WHERE {only}{}", self.sql);
        for (condition, time) in [(" AND m.ts > ?", query.after), (" AND m.ts < ?", query.before)] {
            if let Some(time) = time {
                p.push(time.into());
                sql.push_str(&format!("{condition}{}", p.len()));
            }
        }
        let direction = if query.oldest_first { "ASC" } else { "DESC" };
        sql.push_str(&format!(" ORDER BY m.ts {direction}, m.id {direction} LIMIT ?1 OFFSET ?2"));
        Ok(tx.query_dyn(&sql, &p).await?)
    }
}

/// Takes all changed messages into the index, a batch at a time, so that other writes come in between.
///
/// # Errors
/// The database's.
pub async fn index(kernel: Arc<Kernel>) -> Result<()> {
    let ctx = Ctx::internal(&kernel);
    while ctx.read(async |tx| Ok(is_due(tx).await?)).await? {
        ctx.write(async |tx| Ok(catch_up(tx, INDEXING_BATCH).await?)).await?;
    }
    Ok(())
}

/// Whether a search over all rooms is switched on.
pub fn global(ctx: &Ctx) -> bool {
    ctx.settings.flag_by_id("Search.defaultProvider.GlobalSearchEnabled")
}
