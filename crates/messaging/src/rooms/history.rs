//! Reading what was said in a room: histories by time, and lists of messages by what they are.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_store::vals;

use crate::messages::for_user;
use crate::messages::history::{END, History, START, hidden_types, page, readable};
use crate::messages::rows::{HistoryQuery, raw};

/// Which part of a room's history is asked for.
#[derive(Clone, Debug)]
pub struct Span {
    /// Newest time; nothing for now.
    pub latest: Option<Timestamp>,
    /// Oldest time; nothing for the beginning.
    pub oldest: Option<Timestamp>,
    /// Messages of exactly these times belong to it.
    pub inclusive: bool,
    /// Messages to skip, and how many to return.
    pub window: Window,
    /// Tell how many messages lie between `oldest` and what is returned.
    pub unreads: bool,
    /// Replies that stay in their thread are shown too.
    pub threads: bool,
}

/// A part of a room's history, newest first; nothing for a caller who may not read it.
/// Upstream: `apps/meteor/app/lib/server/methods/getChannelHistory.ts`.
///
/// # Errors
/// The database's.
pub async fn read(ctx: &Ctx, tx: &Tx, rid: &str, span: &Span) -> Result<Option<History>> {
    let Some(place) = readable(ctx, tx, rid).await? else { return Ok(None) };
    let step = i64::from(span.inclusive);
    let query = HistoryQuery {
        rid: rid.to_owned(),
        before: span.latest.map_or(END, |time| time.plus_millis(step)),
        after: span.oldest.map_or(START, |time| time.plus_millis(-step)),
        with_threads: span.threads,
        hide: hidden_types(ctx, &place.room),
        offset: span.window.offset,
        count: span.window.count,
    };
    let mut history = page(ctx, tx, query, span.oldest.filter(|_| span.unreads)).await?;
    if span.unreads && history.unread_not_loaded.is_none() {
        history.unread_not_loaded = Some(0);
    }
    Ok(Some(history))
}

/// Which messages of a room a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those that mention one of these users.
    pub mention_ids: Vec<String>,
    /// Only those that one of these users starred.
    pub starred_ids: Vec<String>,
    /// Only pinned ones.
    pub pinned: bool,
    /// Oldest first.
    pub ascending: bool,
}

/// A page of a room's messages, and how many there are in all. Whether the caller may read them is decided
/// before.
///
/// # Errors
/// The database's.
pub async fn list(
    ctx: &Ctx,
    tx: &Tx,
    rid: &str,
    filter: &Filter,
    window: Window,
) -> Result<(Vec<RawJson>, i64)> {
    const CONDITIONS: &str = "rid = ?1 AND NOT hidden AND (NOT ?2 OR pinned) \
         AND (NOT ?3 OR id IN (SELECT mid FROM message_mentions WHERE rid = ?1 AND target IN list(?4))) \
         AND (NOT ?5 OR id IN (SELECT mid FROM message_stars WHERE rid = ?1 AND uid IN list(?6)))";
    let direction = if filter.ascending { "ASC" } else { "DESC" };
    let (mentions, stars) = (filter.mention_ids.as_slice(), filter.starred_ids.as_slice());
    let values = vals![rid, filter.pinned, !mentions.is_empty(), mentions, !stars.is_empty(), stars];
    let total = tx.query_dyn(&format!("SELECT COUNT(*) FROM messages WHERE {CONDITIONS}"), &values).await?;
    let sql = format!(
        "SELECT doc FROM messages WHERE {CONDITIONS} ORDER BY ts {direction}, id {direction} LIMIT ?7 OFFSET ?8"
    );
    let mut all = values.to_vec();
    all.extend(vals![window.count, window.offset]);
    let messages = for_user::list(ctx, tx, raw(tx.query_dyn(&sql, &all).await?)?).await?;
    Ok((messages, total.first().map_or(Ok(0), |row| row.int(0))?))
}

/// How many messages a room shows from one time to another, both included.
///
/// # Errors
/// The database's.
pub async fn count_between(tx: &Tx, rid: &str, from: Timestamp, until: Timestamp) -> Result<i64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) FROM messages WHERE rid = ?1 AND ts >= ?2 AND ts <= ?3 AND NOT hidden",
            &vals![rid, from.millis(), until.millis()],
        )
        .await?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}
