//! Reading a room's messages.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_protocol::objects::{Room, RoomType, SystemMessages};

use super::place::Place;
use super::rows::{self, HistoryQuery};
use super::{for_user, place};

/// Later than every message.
pub const END: Timestamp = Timestamp::from_millis(gantry_protocol::timestamp::MAX_MILLIS);
/// Earlier than every message.
pub const START: Timestamp = Timestamp::from_millis(-gantry_protocol::timestamp::MAX_MILLIS);

/// A page of a room's history.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Messages, newest first.
    pub messages: Vec<RawJson>,
    /// The oldest unread message that is not in the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_unread: Option<RawJson>,
    /// How many unread messages are not in the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_not_loaded: Option<i64>,
}

/// Types of system messages that a room does not show: its own list, or the workspace's.
/// Upstream: `apps/meteor/app/lib/server/lib/getHiddenSystemMessages.ts`.
pub fn hidden_types(ctx: &Ctx, room: &Room) -> Vec<String> {
    if let Some(SystemMessages::Kinds(kinds)) = &room.sys_mes {
        return kinds.clone();
    }
    let split = |kind: String| match kind.as_str() {
        "mute_unmute" => vec!["user-muted".to_owned(), "user-unmuted".to_owned()],
        _ => vec![kind],
    };
    ctx.settings.get(keys::Hide_System_Messages).into_iter().flat_map(split).collect()
}

/// The room if the caller may read its history: a channel must be joined, or previewed by permission.
///
/// # Errors
/// The database's.
pub async fn readable(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Option<Place>> {
    let Some(place) = place::readable(ctx, tx, rid).await? else { return Ok(None) };
    let preview = ctx.caller.is_none() || ctx.may("preview-c-room");
    let open = place.room.t != RoomType::Channel || preview || place.member.is_some();
    Ok(open.then_some(place))
}

/// A page of messages. With `unread_since`, the unread messages before the page are counted.
///
/// # Errors
/// The database's.
pub async fn page(
    ctx: &Ctx,
    tx: &Tx,
    query: HistoryQuery,
    unread_since: Option<Timestamp>,
) -> Result<History> {
    let docs = rows::history(tx, &query).await?;
    let oldest = docs.last().map(|doc| doc.parse::<Times>()).transpose().map_err(Error::internal)?;
    let messages = for_user::list(ctx, tx, docs).await?;
    let mut history = History { messages, first_unread: None, unread_not_loaded: None };
    if let (Some(since), Some(oldest)) = (unread_since, oldest)
        && oldest.ts > since
    {
        let before = HistoryQuery { before: oldest.ts, after: since, offset: 0, count: 1, ..query };
        history.unread_not_loaded = Some(rows::count_history(tx, &before).await?);
        history.first_unread = rows::history_from_oldest(tx, &before).await?.pop();
    }
    Ok(history)
}

/// The time of a stored message, read without the rest.
#[derive(Deserialize)]
struct Times {
    ts: Timestamp,
}

/// The whole history of a room, for queries that narrow it.
pub fn everything(ctx: &Ctx, room: &Room) -> HistoryQuery {
    HistoryQuery {
        rid: room.id.clone(),
        before: END,
        after: START,
        with_threads: true,
        hide: hidden_types(ctx, room),
        offset: 0,
        count: 20,
    }
}
