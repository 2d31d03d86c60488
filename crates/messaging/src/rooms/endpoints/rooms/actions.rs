//! What one does to a room: settings, archive, delete, leave, hide, favourite, notifications, prune.

use gantry_kernel::prelude::*;

use super::super::membership::truthy;
use super::super::reading::time;
use super::{AnyRoom, required};
use crate::access::can_access;
use crate::rooms::prune::{self, Prune};
use crate::rooms::reply::Done;
use crate::rooms::settings::{self, Changes};
use crate::rooms::{archive, delete, joining, notifications, rows, sidebar};

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<SaveRoomSettings>()
        .endpoint::<ChangeArchivationState>()
        .endpoint::<Delete>()
        .endpoint::<Join>()
        .endpoint::<Leave>()
        .endpoint::<Hide>()
        .endpoint::<Open>()
        .endpoint::<Favorite>()
        .endpoint::<SaveNotification>()
        .endpoint::<CleanHistory>();
}

/// Changes several properties of a room at once.
#[derive(Debug, Deserialize, JsonSchema)]
struct SaveRoomSettings {
    /// Room id.
    rid: Option<String>,
    #[serde(flatten)]
    changes: Changes,
}

/// The room that was changed.
#[derive(Debug, Serialize, JsonSchema)]
struct Rid {
    rid: String,
}

impl Endpoint for SaveRoomSettings {
    const SPEC: Spec = Spec::post("rooms.saveRoomSettings", "rooms");
    type Guard = LoggedIn;
    type Reply = Rid;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Rid> {
        let rid = self.rid.unwrap_or_default();
        settings::save_all(ctx, &rid, self.changes).await?;
        Ok(Rid { rid })
    }
}

/// Archives a room or opens an archived one again.
#[derive(Debug, Deserialize, JsonSchema)]
struct ChangeArchivationState {
    /// Room id.
    rid: String,
    /// `archive`, or anything else to open it again.
    action: Option<String>,
}

impl Endpoint for ChangeArchivationState {
    const SPEC: Spec = Spec::post("rooms.changeArchivationState", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let (inner, archived) = (ctx.clone(), self.action.as_deref() == Some("archive"));
        ctx.write(async move |tx| archive::set(&inner, tx, &self.rid, archived).await).await?;
        Ok(Done {})
    }
}

/// Deletes a room with all messages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Delete {
    /// Room id.
    room_id: Option<String>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("rooms.delete", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let (inner, rid) = (ctx.clone(), required(self.room_id, "roomId")?);
        ctx.write(async move |tx| delete::erase(&inner, tx, &rid).await).await?;
        Ok(Done {})
    }
}

/// Joins a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Join {
    #[serde(flatten)]
    room: AnyRoom,
    /// The code that the room asks for.
    join_code: Option<String>,
}

/// The room after joining it.
#[derive(Debug, Serialize, JsonSchema)]
struct RoomReply {
    room: gantry_protocol::objects::Room,
}

impl Endpoint for Join {
    const SPEC: Spec = Spec::post("rooms.join", "rooms");
    type Guard = LoggedIn;
    type Reply = RoomReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoomReply> {
        let inner = ctx.clone();
        let room = ctx
            .write(async move |tx| {
                let room = self.room.find(tx).await?;
                joining::join(&inner, tx, &room.id, self.join_code.as_deref()).await?;
                crate::rooms::view::fresh(&inner, tx, &room.id).await
            })
            .await?;
        Ok(RoomReply { room })
    }
}

/// Leaves a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Leave {
    #[serde(flatten)]
    room: AnyRoom,
}

impl Endpoint for Leave {
    const SPEC: Spec = Spec::post("rooms.leave", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let room = self.room.find(tx).await?;
            joining::leave(&inner, tx, &room.id).await
        })
        .await?;
        Ok(Done {})
    }
}

/// Takes a room out of the caller's list until something new is said in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Hide {
    /// Room id.
    room_id: String,
}

impl Endpoint for Hide {
    const SPEC: Spec = Spec::post("rooms.hide", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            readable(&inner, tx, &self.room_id).await?;
            sidebar::hide(&inner, tx, &self.room_id).await
        })
        .await?;
        Ok(Done {})
    }
}

/// Puts a room back into the caller's list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Open {
    /// Room id.
    room_id: String,
}

impl Endpoint for Open {
    const SPEC: Spec = Spec::post("rooms.open", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            readable(&inner, tx, &self.room_id).await?;
            sidebar::open(&inner, tx, &self.room_id).await
        })
        .await?;
        Ok(Done {})
    }
}

async fn readable(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    let room = rows::by_id(tx, rid).await?;
    match room {
        Some(room) if can_access(ctx, tx, &room).await? => Ok(()),
        _ => Err(Error::unauthorized()),
    }
}

/// Marks a room as one of the caller's favourites, or takes the mark away.
#[derive(Debug, Deserialize, JsonSchema)]
struct Favorite {
    #[serde(flatten)]
    room: AnyRoom,
    /// Whether it is a favourite.
    favorite: Option<bool>,
}

impl Endpoint for Favorite {
    const SPEC: Spec = Spec::post("rooms.favorite", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        if self.favorite.is_none() {
            return Err(Error::message("The 'favorite' param is required"));
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let room = self.room.find(tx).await?;
            sidebar::favourite(&inner, tx, &room.id, self.favorite).await
        })
        .await?;
        Ok(Done {})
    }
}

/// Changes how the caller is notified of what happens in a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SaveNotification {
    /// Room id.
    room_id: Option<String>,
    /// Values by preference, for example `{"desktopNotifications": "mentions"}`.
    notifications: Option<serde_json::Map<String, Value>>,
}

impl Endpoint for SaveNotification {
    const SPEC: Spec = Spec::post("rooms.saveNotification", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let rid = required(self.room_id, "roomId")?;
        let wanted = self.notifications.filter(|wanted| !wanted.is_empty());
        let wanted = wanted.ok_or_else(|| Error::message("The 'notifications' param is required"))?;
        let changes = wanted
            .into_iter()
            .map(|(field, value)| match value {
                Value::String(value) => Ok((field, value)),
                _ => Err(Error::match_failed()),
            })
            .collect::<Result<Vec<_>>>()?;
        let inner = ctx.clone();
        ctx.write(async move |tx| notifications::save(&inner, tx, &rid, &changes).await).await?;
        Ok(Done {})
    }
}

/// Deletes messages of a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CleanHistory {
    /// Room id.
    room_id: String,
    /// Newest time, ISO 8601.
    latest: String,
    /// Oldest time, ISO 8601.
    oldest: String,
    /// Messages of exactly these times go too.
    inclusive: Option<bool>,
    /// At most so many; 0 for all.
    limit: Option<i64>,
    /// Pinned messages stay.
    exclude_pinned: Option<Value>,
    /// Files go and messages stay.
    files_only: Option<Value>,
    /// Threads stay.
    ignore_threads: Option<Value>,
    /// Messages that open a discussion stay.
    ignore_discussion: Option<Value>,
    /// Only messages of users of these names.
    users: Option<Vec<String>>,
}

/// How many messages went.
#[derive(Debug, Serialize, JsonSchema)]
struct Cleaned {
    #[serde(rename = "_id")]
    id: String,
    count: i64,
}

impl Endpoint for CleanHistory {
    const SPEC: Spec = Spec::post("rooms.cleanHistory", "rooms");
    type Guard = LoggedIn;
    type Reply = Cleaned;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Cleaned> {
        let on = |value: &Option<Value>| value.as_ref().is_some_and(truthy);
        let prune = Prune {
            latest: time(&self.latest)?,
            oldest: time(&self.oldest)?,
            inclusive: self.inclusive.unwrap_or(false),
            limit: self.limit.unwrap_or(0),
            exclude_pinned: on(&self.exclude_pinned),
            files_only: on(&self.files_only),
            ignore_discussion: on(&self.ignore_discussion),
            ignore_threads: on(&self.ignore_threads),
            users: self.users.unwrap_or_default(),
        };
        let named = AnyRoom { room_id: Some(self.room_id.clone()), room_name: None };
        let inner = ctx.clone();
        let refused = || Error::new("error-not-allowed", "User does not have access to the room");
        ctx.read(async move |tx| named.find_readable(&inner, tx, refused).await).await?;
        let count = prune::room(ctx, &self.room_id, &prune).await?;
        Ok(Cleaned { id: self.room_id, count })
    }
}
