//! What rooms are.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, UserRef};
use gantry_store::vals;

use super::{AnyRoom, not_allowed};
use crate::rooms::sync::{self, Gone};
use crate::rooms::{rows, view};
use crate::teams;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Get>().endpoint::<Info>().endpoint::<NameExists>();
}

/// Lists the caller's rooms, or what changed in the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Get {
    /// Only what changed after this time, ISO 8601.
    updated_since: Option<String>,
}

/// The caller's rooms.
#[derive(Debug, Serialize, JsonSchema)]
struct GetReply {
    update: Vec<Room>,
    remove: Vec<Gone>,
}

impl Endpoint for Get {
    const SPEC: Spec = Spec::get("rooms.get", "rooms");
    type Guard = LoggedIn;
    type Reply = GetReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<GetReply> {
        let since = match self.updated_since.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(Timestamp::parse_iso(text).ok_or_else(|| {
                Error::new(
                    "error-updatedSince-param-invalid",
                    "The \"updatedSince\" query parameter must be a valid date.",
                )
            })?),
            None => None,
        };
        let inner = ctx.clone();
        let (update, remove) = ctx
            .read(async move |tx| {
                let update = view::rooms(&inner, tx, sync::rooms(&inner, tx, since).await?).await?;
                let remove = match since {
                    Some(since) => sync::gone(&inner, tx, since).await?,
                    None => Vec::new(),
                };
                Ok((update, remove))
            })
            .await?;
        Ok(GetReply { update, remove })
    }
}

/// Describes a room, with the room and the team that it belongs to.
#[derive(Debug, Deserialize, JsonSchema)]
struct Info {
    #[serde(flatten)]
    room: AnyRoom,
}

/// A room and where it belongs.
#[derive(Debug, Serialize, JsonSchema)]
struct InfoReply {
    room: Room,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<Team>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
}

/// A team in short.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Team {
    #[serde(rename = "_id")]
    id: String,
    name: Option<String>,
    room_id: String,
    /// 0 for public, 1 for private.
    #[serde(rename = "type")]
    kind: i64,
}

/// The room that a discussion hangs on, or the main room of the team.
#[derive(Debug, Serialize, JsonSchema)]
struct Parent {
    #[serde(rename = "_id")]
    id: String,
    t: RoomType,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    u: Option<UserRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sidepanel: Option<Value>,
}

impl From<Room> for Parent {
    fn from(mut room: Room) -> Self {
        Self {
            sidepanel: room.rest.remove("sidepanel"),
            id: room.id,
            t: room.t,
            name: room.name,
            fname: room.fname,
            prid: room.prid,
            u: room.u,
        }
    }
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("rooms.info", "rooms");
    type Guard = LoggedIn;
    type Reply = InfoReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<InfoReply> {
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let room = self.room.find_readable(&inner, tx, not_allowed).await?;
            let above = match &room.prid {
                Some(prid) => rows::by_id(tx, prid).await?,
                None => None,
            };
            let team = match &room.team_id {
                Some(team) => teams::rows::by_id(tx, team).await?,
                None => None,
            };
            let main = match &team {
                Some(team) => rows::by_id(tx, &team.room_id).await?,
                None => None,
            };
            let team = team.map(|team| Team {
                id: team.id,
                name: Some(team.name),
                room_id: team.room_id,
                kind: i64::from(team.private),
            });
            let parent = above.or(main.filter(|main| main.id != room.id)).map(Parent::from);
            Ok(InfoReply { room: view::room(&inner, tx, room).await?, team, parent })
        })
        .await
    }
}

/// Tells whether a channel or group of a name exists.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NameExists {
    /// The name.
    room_name: String,
}

/// Whether it does.
#[derive(Debug, Serialize, JsonSchema)]
struct Exists {
    exists: bool,
}

impl Endpoint for NameExists {
    const SPEC: Spec = Spec::get("rooms.nameExists", "rooms");
    type Guard = LoggedIn;
    type Reply = Exists;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Exists> {
        let folded = rows::fold(&self.room_name);
        let found = ctx
            .read(async move |tx| {
                Ok(tx
                    .query_opt("SELECT 1 FROM rooms WHERE name_folded = ?1", &vals![&folded])
                    .await?
                    .is_some())
            })
            .await?;
        Ok(Exists { exists: found })
    }
}
