//! Methods that find rooms.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use crate::access::can_access;
use crate::rooms::browsing::{Browse, Browsed};
use crate::rooms::lists::{RoomList, containing};
use crate::rooms::refusals::{invalid_room, not_allowed};
use crate::rooms::sync::{self, Gone};
use crate::rooms::{rows, view};
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<RoomsGet>()
        .method::<GetRoomByTypeAndName>()
        .method::<GetRoomIdByNameOrId>()
        .method::<GetRoomNameById>()
        .method::<GetRoomById>()
        .method::<GetRoomJoinCode>()
        .method::<GetTotalChannels>()
        .method::<ChannelsList>()
        .method::<BrowseChannels>();
}

/// Lists the caller's rooms, or what changed in the list since a time.
#[derive(Debug, Deserialize)]
struct RoomsGet {
    since: Option<Timestamp>,
}

/// All rooms, or changes.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum RoomsReply {
    All(Vec<Room>),
    Changes { update: Vec<Room>, remove: Vec<Gone> },
}

impl Method for RoomsGet {
    const SPEC: MethodSpec = MethodSpec::new("rooms/get", "rooms");
    type Guard = Anyone;
    type Reply = RoomsReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<RoomsReply> {
        let inner = ctx.clone();
        if ctx.caller.is_none() {
            if !ctx.settings.get(keys::Accounts_AllowAnonymousRead) {
                return Ok(RoomsReply::All(Vec::new()));
            }
            let mut rooms = ctx.read(async move |tx| rows::defaults(tx).await).await?;
            rooms.retain(|room| room.t == RoomType::Channel && room.team_id.is_none());
            return Ok(RoomsReply::All(rooms));
        }
        ctx.read(async move |tx| {
            let update = sync::rooms(&inner, tx, self.since).await?;
            match self.since {
                None => Ok(RoomsReply::All(update)),
                Some(since) => {
                    Ok(RoomsReply::Changes { update, remove: sync::gone(&inner, tx, since).await? })
                }
            }
        })
        .await
    }
}

/// Finds a room by its type and its name or id.
#[derive(Debug, Deserialize)]
struct GetRoomByTypeAndName {
    t: String,
    name: String,
}

impl Method for GetRoomByTypeAndName {
    const SPEC: MethodSpec = MethodSpec::new("getRoomByTypeAndName", "rooms");
    type Guard = Anyone;
    type Reply = Room;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Room> {
        const METHOD: &str = "getRoomByTypeAndName";
        if ctx.caller.is_none() && !ctx.settings.get(keys::Accounts_AllowAnonymousRead) {
            return Err(crate::rooms::refusals::invalid_user(METHOD));
        }
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let room = rows::by_id_or_name(tx, &self.name).await?.filter(|room| room.t.as_str() == self.t);
            let mut room = room.ok_or_else(|| invalid_room(METHOD))?;
            if !can_access(&inner, tx, &room).await? {
                return Err(Error::new("error-no-permission", "No permission")
                    .with_details(json!({ "method": METHOD })));
            }
            if inner.caller.is_some() && !inner.may("preview-c-room") {
                room.last_message = None;
            }
            Ok(view::stored(&inner, room))
        })
        .await
    }
}

/// The room of that id or name, if the caller may see it.
async fn visible(ctx: &Ctx, tx: &Tx, room: Option<Room>, method: &str) -> Result<Room> {
    match room {
        Some(room) if can_access(ctx, tx, &room).await? => Ok(room),
        _ => Err(not_allowed(method)),
    }
}

/// Finds the id of a room by its id or name.
#[derive(Debug, Deserialize)]
struct GetRoomIdByNameOrId {
    rid: String,
}

impl Method for GetRoomIdByNameOrId {
    const SPEC: MethodSpec = MethodSpec::new("getRoomIdByNameOrId", "rooms");
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<String> {
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let found = rows::by_id_or_name(tx, &self.rid).await?;
            Ok(visible(&inner, tx, found, "getRoomIdByNameOrId").await?.id)
        })
        .await
    }
}

/// Tells the name of a room.
#[derive(Debug, Deserialize)]
struct GetRoomNameById {
    rid: String,
}

impl Method for GetRoomNameById {
    const SPEC: MethodSpec = MethodSpec::new("getRoomNameById", "rooms");
    type Guard = LoggedIn;
    type Reply = Option<String>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Option<String>> {
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let found = rows::by_id(tx, &self.rid).await?.ok_or_else(|| not_allowed("getRoomNameById"))?;
            if subs::exists(tx, &found.id, inner.uid()).await? {
                return Ok(found.name);
            }
            Ok(visible(&inner, tx, Some(found), "getRoomNameById").await?.name)
        })
        .await
    }
}

/// Describes a room.
#[derive(Debug, Deserialize)]
struct GetRoomById {
    rid: String,
}

impl Method for GetRoomById {
    const SPEC: MethodSpec = MethodSpec::new("getRoomById", "rooms").rate(10, 60_000);
    type Guard = LoggedIn;
    type Reply = Room;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Room> {
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let found = rows::by_id(tx, &self.rid).await?;
            Ok(view::stored(&inner, visible(&inner, tx, found, "getRoomById").await?))
        })
        .await
    }
}

/// Tells the code that joining a room takes; `false` if there is none.
#[derive(Debug, Deserialize)]
struct GetRoomJoinCode {
    rid: String,
}

impl Method for GetRoomJoinCode {
    const SPEC: MethodSpec = MethodSpec::new("getRoomJoinCode", "rooms");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        if !ctx.may("view-join-code") {
            return Err(Error::new("error-not-authorized", "Not authorized")
                .with_details(json!({ "method": "getJoinCode" })));
        }
        let code = ctx.read(async move |tx| rows::join_code(tx, &self.rid).await).await?;
        Ok(code.map_or(Value::Bool(false), Value::String))
    }
}

/// Counts the public channels.
#[derive(Debug, Deserialize)]
struct GetTotalChannels {}

impl Method for GetTotalChannels {
    const SPEC: MethodSpec = MethodSpec::new("getTotalChannels", "rooms");
    type Guard = LoggedIn;
    type Reply = i64;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<i64> {
        ctx.read(async move |tx| {
            let row = tx.query_opt("SELECT COUNT(*) FROM rooms WHERE t = 'c'", &vals![]).await?;
            row.map_or(Ok(0), |row| Ok(row.int(0)?))
        })
        .await
    }
}

/// Lists channels and groups whose names contain a text.
#[derive(Debug, Deserialize)]
struct ChannelsList {
    filter: String,
    channel_type: String,
    limit: Option<i64>,
    sort: Option<String>,
}

/// A room in short.
#[derive(Debug, Serialize)]
struct Short {
    #[serde(rename = "_id")]
    id: String,
    name: Option<String>,
    t: RoomType,
}

/// Rooms in short.
#[derive(Debug, Serialize)]
struct ChannelsReply {
    channels: Vec<Short>,
}

impl Method for ChannelsList {
    const SPEC: MethodSpec = MethodSpec::new("channelsList", "rooms");
    type Guard = LoggedIn;
    type Reply = ChannelsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ChannelsReply> {
        let order = if self.sort.as_deref() == Some("name") { "COALESCE(r.name, '')" } else { "r.msgs DESC" };
        let window = Window { offset: 0, count: self.limit.filter(|limit| *limit > 0).unwrap_or(i64::MAX) };
        let (filter, pattern) = (!self.filter.trim().is_empty(), containing(&self.filter));
        let mut kinds: Vec<&'static str> = Vec::new();
        if self.channel_type != "private" {
            if ctx.may("view-c-room") {
                kinds.push("(r.t = 'c' AND (r.team_id IS NULL OR r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?3)))");
            } else if ctx.may("view-joined-room") {
                kinds.push("(r.t = 'c' AND r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?3))");
            }
        }
        if self.channel_type != "public" && ctx.may("view-p-room") {
            kinds.push("(r.t = 'p' AND r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?3))");
        }
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let mut channels = Vec::new();
            for kind in &kinds {
                let named = "(NOT ?1 OR r.name_folded LIKE ?2 ESCAPE '\\')";
                let list = RoomList::new(&[*kind, named], order.to_owned());
                let (rooms, _) = list.page(&inner, tx, &vals![filter, &pattern, inner.uid()], window).await?;
                channels.extend(rooms.into_iter().map(|room| Short {
                    id: room.id,
                    name: room.name,
                    t: room.t,
                }));
            }
            Ok(ChannelsReply { channels })
        })
        .await
    }
}

/// Searches the directory: channels, teams or users.
#[derive(Debug, Deserialize)]
struct BrowseChannels {
    params: Option<Browse>,
}

impl Method for BrowseChannels {
    const SPEC: MethodSpec = MethodSpec::new("browseChannels", "rooms").rate(100, 100_000);
    type Guard = Anyone;
    type Reply = Option<Browsed>;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Option<Browsed>> {
        if ctx.caller.is_none() {
            return Ok(None);
        }
        let (inner, browse) = (ctx.clone(), self.params.unwrap_or_default());
        ctx.read(async move |tx| browse.find(&inner, tx).await).await
    }
}
