//! Reading what was said in a room.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, RoomType, SystemMessages};
use gantry_store::vals;

use super::{rows, view};
use crate::access::can_access;
use crate::messages::rows::HistoryQuery;
use crate::subscriptions::rows as subs;

/// The time after every message.
pub const END: Timestamp = Timestamp::from_millis(i64::MAX / 4);
/// The time before every message.
pub const START: Timestamp = Timestamp::from_millis(i64::MIN / 4);

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

/// A part of a room's history, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// The messages.
    pub messages: Vec<Message>,
    /// The oldest message after `oldest` that is not among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_unread: Option<Box<Message>>,
    /// How many there are like it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_not_loaded: Option<i64>,
}

/// A part of a room's history; nothing for a caller who may not read it.
/// Upstream: `apps/meteor/app/lib/server/methods/getChannelHistory.ts`.
///
/// # Errors
/// The database's.
pub async fn read(ctx: &Ctx, tx: &Tx, rid: &str, span: &Span) -> Result<Option<History>> {
    let Some(room) = rows::by_id(tx, rid).await? else { return Ok(None) };
    if !may_read(ctx, tx, &room).await? {
        return Ok(None);
    }
    let step = i64::from(span.inclusive);
    let shift = |time: Timestamp, by: i64| Timestamp::from_millis(time.millis().saturating_add(by));
    let query = HistoryQuery {
        rid: rid.to_owned(),
        before: shift(span.latest.unwrap_or(END), step),
        after: shift(span.oldest.unwrap_or(START), -step),
        with_threads: span.threads,
        hide: hidden_types(ctx, &room),
        offset: span.window.offset,
        count: span.window.count,
    };
    let messages: Vec<Message> = crate::messages::rows::history(tx, &query)
        .await?
        .iter()
        .map(|text| Ok(view::message(ctx, text.parse().map_err(Error::internal)?)))
        .collect::<Result<_>>()?;
    let mut history = History { messages, first_unread: None, unread_not_loaded: None };
    if span.unreads {
        let (first, count) = unread_before(tx, &query, history.messages.last(), span.oldest).await?;
        history.first_unread = first.map(|message| Box::new(view::message(ctx, message)));
        history.unread_not_loaded = Some(count);
    }
    Ok(Some(history))
}

/// What lies between `oldest` and the oldest message that is returned.
async fn unread_before(
    tx: &Tx,
    query: &HistoryQuery,
    reached: Option<&Message>,
    oldest: Option<Timestamp>,
) -> Result<(Option<Message>, i64)> {
    let (Some(reached), Some(oldest)) = (reached, oldest) else { return Ok((None, 0)) };
    if reached.ts <= oldest {
        return Ok((None, 0));
    }
    let found = tx
        .query_opt(
            "SELECT COUNT(*), MIN(ts) FROM messages WHERE rid = ?1 AND ts < ?2 AND ts > ?3 AND NOT hidden \
             AND (?4 OR tmid IS NULL OR tshow) AND (t IS NULL OR t NOT IN list(?5))",
            &vals![
                &query.rid,
                reached.ts.millis(),
                oldest.millis(),
                query.with_threads,
                query.hide.as_slice()
            ],
        )
        .await?;
    let Some(found) = found else { return Ok((None, 0)) };
    let (count, Some(first)) = (found.int(0)?, found.opt_int(1)?) else { return Ok((None, 0)) };
    let row = tx
        .query_opt(
            "SELECT doc FROM messages WHERE rid = ?1 AND ts = ?2 AND NOT hidden ORDER BY id LIMIT 1",
            &vals![&query.rid, first],
        )
        .await?;
    let first = row.map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).transpose()?;
    Ok((first, count))
}

/// Whether the caller may read a room's messages: a channel that they have not joined only with the
/// permission to preview it.
///
/// # Errors
/// The database's.
pub async fn may_read(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<bool> {
    if !can_access(ctx, tx, room).await? {
        return Ok(false);
    }
    let preview = room.t != RoomType::Channel || ctx.caller.is_none() || ctx.may("preview-c-room");
    Ok(preview || subs::exists(tx, &room.id, ctx.uid()).await?)
}

/// Types of system messages that a room's history leaves out: the room's own list, or else the workspace's.
/// Upstream: `apps/meteor/app/lib/server/lib/getHiddenSystemMessages.ts`.
pub fn hidden_types(ctx: &Ctx, room: &Room) -> Vec<String> {
    let listed = match &room.sys_mes {
        Some(SystemMessages::Kinds(kinds)) => kinds.clone(),
        _ => ctx.settings.get(keys::Hide_System_Messages),
    };
    let mut types = Vec::with_capacity(listed.len() + 1);
    for kind in listed {
        if kind == "mute_unmute" {
            types.extend(["user-muted".to_owned(), "user-unmuted".to_owned()]);
        } else {
            types.push(kind);
        }
    }
    types
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
) -> Result<(Vec<Message>, i64)> {
    const CONDITIONS: &str = "rid = ?1 AND NOT hidden AND (NOT ?2 OR pinned) \
         AND (NOT ?3 OR id IN (SELECT mid FROM message_mentions WHERE rid = ?1 AND target IN list(?4))) \
         AND (NOT ?5 OR id IN (SELECT mid FROM message_stars WHERE rid = ?1 AND uid IN list(?6)))";
    let direction = if filter.ascending { "ASC" } else { "DESC" };
    let (mentions, stars) = (filter.mention_ids.as_slice(), filter.starred_ids.as_slice());
    let total = tx
        .query_dyn(
            &format!("SELECT COUNT(*) FROM messages WHERE {CONDITIONS}"),
            &vals![rid, filter.pinned, !mentions.is_empty(), mentions, !stars.is_empty(), stars],
        )
        .await?;
    let rows = tx
        .query_dyn(
            &format!(
                "SELECT doc FROM messages WHERE {CONDITIONS} ORDER BY ts {direction}, id {direction} LIMIT ?7 OFFSET ?8"
            ),
            &vals![
                rid,
                filter.pinned,
                !mentions.is_empty(),
                mentions,
                !stars.is_empty(),
                stars,
                window.count,
                window.offset
            ],
        )
        .await?;
    let messages = rows
        .iter()
        .map(|row| Ok(view::message(ctx, serde_json::from_str(row.str(0)?).map_err(Error::internal)?)))
        .collect::<Result<_>>()?;
    Ok((messages, total.first().map_or(Ok(0), |row| row.int(0))?))
}

/// How many messages of a room a member has not read.
///
/// # Errors
/// The database's.
pub async fn count_between(tx: &Tx, rid: &str, after: Timestamp, until: Timestamp) -> Result<i64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) FROM messages WHERE rid = ?1 AND ts >= ?2 AND ts <= ?3 AND NOT hidden",
            &vals![rid, after.millis(), until.millis()],
        )
        .await?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}
