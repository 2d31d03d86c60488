//! Methods that read messages: `getMessages`, `getSingleMessage`, `loadNextMessages`, `loadMissedMessages`,
//! `loadSurroundingMessages`, `getChannelHistory`, `messages/get`, `getUserMentionsByChannel`

use std::collections::BTreeSet;

use gantry_protocol::RawJson;

use super::super::history::{self, History};
use super::super::rows::{self, HistoryQuery};
use super::super::sync::{self, At, Changes};
use super::super::{for_user, lists, place};
use super::*;

fn refused(method: &'static str) -> Error {
    Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": method }))
}

/// A list of messages.
#[derive(Debug, Serialize)]
pub(super) struct Messages {
    messages: Vec<RawJson>,
}

/// Messages that one call asks for.
const MAX_IDS: usize = 1000;

/// `getMessages [ids]`
#[derive(Debug, Deserialize)]
pub(super) struct GetMessages {
    ids: Vec<String>,
}

impl Method for GetMessages {
    const SPEC: MethodSpec = MethodSpec::new("getMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Vec<RawJson>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<RawJson>> {
        if self.ids.len() > MAX_IDS {
            return Err(Error::match_failed());
        }
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let messages = rows::by_ids(tx, &self.ids).await?;
            let rids: BTreeSet<&str> = messages.iter().map(|message| message.rid.as_str()).collect();
            for rid in rids {
                if place::readable(&inner, tx, rid).await?.is_none() {
                    return Err(refused("getSingleMessage"));
                }
            }
            let docs = messages.iter().map(RawJson::new).collect::<std::result::Result<Vec<_>, _>>();
            for_user::list(&inner, tx, docs.map_err(Error::internal)?).await
        })
        .await
    }
}

/// `getSingleMessage [id]`: null if there is no such message.
#[derive(Debug, Deserialize)]
pub(super) struct GetSingleMessage {
    id: String,
}

impl Method for GetSingleMessage {
    const SPEC: MethodSpec = MethodSpec::new("getSingleMessage", TAG);
    type Guard = LoggedIn;
    type Reply = Option<RawJson>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Option<RawJson>> {
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let Some(message) = rows::by_id(tx, &self.id).await? else { return Ok(None) };
            match place::readable(&inner, tx, &message.rid).await? {
                Some(_) => for_user::one(&inner, tx, message).await.map(Some),
                None => Err(refused("getSingleMessage")),
            }
        })
        .await
    }
}

/// `loadNextMessages [rid, end, limit]`: messages after `end`, oldest first.
#[derive(Debug, Deserialize)]
pub(super) struct LoadNextMessages {
    rid: String,
    end: Option<Timestamp>,
    limit: Option<i64>,
}

impl Method for LoadNextMessages {
    const SPEC: MethodSpec = MethodSpec::new("loadNextMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        if self.rid.is_empty() {
            return Err(Error::new("error-invalid-room", "Invalid room")
                .with_details(json!({ "method": "loadNextMessages" })));
        }
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            place::readable(&inner, tx, &self.rid).await?.ok_or_else(|| refused("loadNextMessages"))?;
            let query = HistoryQuery {
                after: self.end.unwrap_or(history::START),
                count: page_size(self.limit, 20),
                ..whole(&self.rid)
            };
            let messages = for_user::list(&inner, tx, rows::history_from_oldest(tx, &query).await?).await?;
            Ok(Messages { messages })
        })
        .await
    }
}

/// All messages of a room, system messages included.
fn whole(rid: &str) -> HistoryQuery {
    HistoryQuery {
        rid: rid.to_owned(),
        before: history::END,
        after: history::START,
        with_threads: true,
        hide: Vec::new(),
        offset: 0,
        count: MAX_PAGE,
    }
}

/// `loadMissedMessages [rid, start]`: messages after `start`, newest first; `false` if the room is closed to the
/// caller.
#[derive(Debug, Deserialize)]
pub(super) struct LoadMissedMessages {
    rid: String,
    start: Timestamp,
}

impl Method for LoadMissedMessages {
    const SPEC: MethodSpec = MethodSpec::new("loadMissedMessages", TAG);
    type Guard = MaybeLoggedIn;
    type Reply = OrFalse<Vec<RawJson>>;

    async fn call(self, _: MaybeLoggedIn, ctx: &Ctx) -> Result<OrFalse<Vec<RawJson>>> {
        if self.rid.is_empty() {
            // Upstream names another method here.
            return Err(Error::new("error-invalid-room", "Invalid room")
                .with_details(json!({ "method": "getUsersOfRoom" })));
        }
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            if place::readable(&inner, tx, &self.rid).await?.is_none() {
                return Ok(OrFalse::False);
            }
            let query = HistoryQuery { after: self.start, ..whole(&self.rid) };
            Ok(OrFalse::Found(for_user::list(&inner, tx, rows::history(tx, &query).await?).await?))
        })
        .await
    }
}

/// `loadSurroundingMessages [message, limit, showThreadMessages]`: of the message only `_id` counts.
#[derive(Debug, Deserialize)]
pub(super) struct LoadSurroundingMessages {
    message: Value,
    limit: Option<i64>,
    show_thread_messages: Option<bool>,
}

/// A message and what stands around it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Surrounding {
    messages: Vec<RawJson>,
    more_before: bool,
    more_after: bool,
}

impl Method for LoadSurroundingMessages {
    const SPEC: MethodSpec = MethodSpec::new("loadSurroundingMessages", TAG);
    type Guard = LoggedIn;
    type Reply = OrFalse<Surrounding>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OrFalse<Surrounding>> {
        let Value::Object(message) = &self.message else { return Err(Error::match_failed()) };
        let id = message.get("_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let others = (page_size(self.limit, 50) - 1).max(0);
        let with_threads = self.show_thread_messages.unwrap_or(true);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let Some(middle) = rows::by_id(tx, &id).await? else { return Ok(OrFalse::False) };
            if place::readable(&inner, tx, &middle.rid).await?.is_none() {
                return Ok(OrFalse::False);
            }
            let (before, after) = ((others + 1) / 2, others / 2);
            let around = HistoryQuery { with_threads, ..whole(&middle.rid) };
            let older = HistoryQuery { before: middle.ts, count: before, ..around.clone() };
            let newer = HistoryQuery { after: middle.ts, count: after, ..around };
            let mut messages = rows::history(tx, &older).await?;
            let more_before = messages.len() as i64 == before;
            messages.push(RawJson::new(&middle).map_err(Error::internal)?);
            let later = rows::history_from_oldest(tx, &newer).await?;
            let more_after = later.len() as i64 == after;
            messages.extend(later);
            let messages = for_user::list(&inner, tx, messages).await?;
            Ok(OrFalse::Found(Surrounding { messages, more_before, more_after }))
        })
        .await
    }
}

/// `getChannelHistory [{rid, latest, oldest, inclusive, offset, count, unreads, showThreadMessages}]`
#[derive(Debug, Deserialize)]
pub(super) struct GetChannelHistory {
    range: Range,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    rid: String,
    latest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    inclusive: Option<bool>,
    offset: Option<i64>,
    count: Option<i64>,
    unreads: Option<bool>,
    show_thread_messages: Option<bool>,
}

impl Method for GetChannelHistory {
    const SPEC: MethodSpec = MethodSpec::new("getChannelHistory", TAG);
    type Guard = LoggedIn;
    type Reply = OrFalse<History>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OrFalse<History>> {
        channel_history(ctx, self.range).await
    }
}

async fn channel_history(ctx: &Ctx, range: Range) -> Result<OrFalse<History>> {
    let inner = ctx.clone();
    ctx.read(async move |tx| {
        let Some(place) = history::readable(&inner, tx, &range.rid).await? else { return Ok(OrFalse::False) };
        let edge = i64::from(range.inclusive.unwrap_or(false));
        let query = HistoryQuery {
            before: range.latest.map_or(history::END, |latest| latest.plus_millis(edge)),
            after: range.oldest.map_or(history::START, |oldest| oldest.plus_millis(-edge)),
            with_threads: range.show_thread_messages.unwrap_or(true),
            offset: range.offset.unwrap_or(0).max(0),
            count: page_size(range.count, 20),
            ..history::everything(&inner, &place.room)
        };
        let unreads = range.unreads.unwrap_or(false);
        let mut page = history::page(&inner, tx, query, range.oldest.filter(|_| unreads)).await?;
        if unreads {
            page.unread_not_loaded.get_or_insert(0);
        }
        Ok(OrFalse::Found(page))
    })
    .await
}

/// `messages/get [rid, {lastUpdate, latestDate, oldestDate, inclusive, count, unreads, next, previous, type}]`
#[derive(Debug, Deserialize)]
pub(super) struct MessagesGet {
    rid: String,
    options: Option<GetOptions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetOptions {
    last_update: Option<Timestamp>,
    latest_date: Option<Timestamp>,
    oldest_date: Option<Timestamp>,
    inclusive: Option<bool>,
    count: Option<i64>,
    unreads: Option<bool>,
    next: Option<Value>,
    previous: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Changes, or a page of history.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Got {
    /// What changed.
    Changes(Changes),
    /// A page.
    Page(OrFalse<History>),
}

impl Method for MessagesGet {
    const SPEC: MethodSpec = MethodSpec::new("messages/get", TAG);
    type Guard = LoggedIn;
    type Reply = Got;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Got> {
        let options = self.options.unwrap_or_default();
        let (rid, inner) = (self.rid, ctx.clone());
        if rid.is_empty() {
            return Err(Error::new("error-invalid-room", "Invalid room")
                .with_details(json!({ "method": "messages/get" })));
        }
        if let Some(since) = options.last_update {
            return ctx
                .read(async move |tx| Ok(Got::Changes(sync::since(&inner, tx, &rid, since).await?)))
                .await;
        }
        if let Some((cursor, forward)) = options
            .next
            .as_ref()
            .map(|next| (next, true))
            .or(options.previous.as_ref().map(|previous| (previous, false)))
        {
            let ms =
                cursor.as_i64().or_else(|| cursor.as_str()?.parse().ok()).ok_or_else(Error::match_failed)?;
            let deleted = options.kind.as_deref() == Some("DELETED");
            let at = At { ms, forward, deleted, count: options.count.unwrap_or(20).clamp(1, 100) };
            return ctx.read(async move |tx| Ok(Got::Changes(sync::page(&inner, tx, &rid, at).await?))).await;
        }
        let room = rid.clone();
        let readable =
            ctx.read(async move |tx| Ok(place::readable(&inner, tx, &room).await?.is_some())).await?;
        if !readable {
            return Err(refused("messages/get"));
        }
        let range = Range {
            rid,
            latest: options.latest_date,
            oldest: options.oldest_date,
            inclusive: options.inclusive,
            offset: None,
            count: options.count,
            unreads: options.unreads,
            show_thread_messages: None,
        };
        Ok(Got::Page(channel_history(ctx, range).await?))
    }
}

/// `getUserMentionsByChannel [{roomId, options: {limit, skip, sort}}]`
#[derive(Debug, Deserialize)]
pub(super) struct GetUserMentionsByChannel {
    of: Mentions,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mentions {
    room_id: String,
    options: Option<Skip>,
}

#[derive(Debug, Default, Deserialize)]
struct Skip {
    limit: Option<i64>,
    skip: Option<i64>,
}

impl Method for GetUserMentionsByChannel {
    const SPEC: MethodSpec = MethodSpec::new("getUserMentionsByChannel", TAG);
    type Guard = LoggedIn;
    type Reply = Vec<RawJson>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<RawJson>> {
        let inner = ctx.clone();
        let options = self.of.options.unwrap_or_default();
        let window =
            Window { offset: options.skip.unwrap_or(0).max(0), count: page_size(options.limit, MAX_PAGE) };
        ctx.read(async move |tx| {
            if place::readable(&inner, tx, &self.of.room_id).await?.is_none() {
                return Err(Error::new("error-invalid-room", "Invalid room")
                    .with_details(json!({ "method": "getUserMentionsByChannel" })));
            }
            let listed = lists::mentions(tx, &self.of.room_id, inner.uid(), "m.ts DESC", window).await?;
            for_user::list(&inner, tx, listed.messages).await
        })
        .await
    }
}
