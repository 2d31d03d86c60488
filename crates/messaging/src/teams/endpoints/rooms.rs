//! The rooms of a team.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use crate::teams::guard::{InTeam, TeamOf, about_team};
use crate::teams::lists::{self, ChildKind, RoomOfMember};
use crate::teams::{refused, rooms, rows};

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<AddRooms>()
        .endpoint::<RemoveRoom>()
        .endpoint::<UpdateRoom>()
        .endpoint::<ListRooms>()
        .endpoint::<ListRoomsOfUser>()
        .endpoint::<ListChildren>();
}

about_team!(AddRooms, RemoveRoom, ListRooms, ListRoomsOfUser);

/// Puts rooms that the caller owns into a team.
#[derive(Debug, Deserialize, JsonSchema)]
struct AddRooms {
    #[serde(flatten)]
    team: TeamOf,
    /// Room ids.
    rooms: Vec<String>,
}

/// Rooms.
#[derive(Debug, Serialize, JsonSchema)]
struct Rooms {
    rooms: Vec<Room>,
}

/// A room.
#[derive(Debug, Serialize, JsonSchema)]
struct OneRoom {
    room: Room,
}

impl Endpoint for AddRooms {
    const SPEC: Spec = Spec::post("teams.addRooms", "teams");
    type Guard = InTeam;
    type Reply = Rooms;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Rooms> {
        if !within.may(ctx, "move-room-to-team") {
            return Err(refused("error-no-permission-team-channel").with_status(403));
        }
        let inner = ctx.clone();
        let rooms = ctx.write(async move |tx| rooms::add(&inner, tx, &within, &self.rooms).await).await?;
        Ok(Rooms { rooms })
    }
}

/// Takes a room out of a team; it stays as a room of the workspace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RemoveRoom {
    #[serde(flatten)]
    team: TeamOf,
    /// Room id.
    room_id: String,
}

impl Endpoint for RemoveRoom {
    const SPEC: Spec = Spec::post("teams.removeRoom", "teams");
    type Guard = InTeam;
    type Reply = OneRoom;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<OneRoom> {
        within.ensure(ctx, &["remove-team-channel"])?;
        let inner = ctx.clone();
        let room = ctx.write(async move |tx| rooms::remove(&inner, tx, &within, &self.room_id).await).await?;
        Ok(OneRoom { room })
    }
}

/// Says whether the members of a team join a room of it by themselves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateRoom {
    /// Room id.
    room_id: String,
    /// They do, those who are in the team at once.
    is_default: bool,
}

impl Endpoint for UpdateRoom {
    const SPEC: Spec = Spec::post("teams.updateRoom", "teams");
    type Guard = LoggedIn;
    type Reply = OneRoom;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneRoom> {
        let inner = ctx.clone();
        let room = ctx
            .write(async move |tx| {
                let within = team_of_room(&inner, tx, &self.room_id).await?;
                let within = within.ok_or_else(|| refused("team-does-not-exist"))?;
                within.ensure(&inner, &["edit-team-channel"])?;
                rooms::set_default(&inner, tx, &within, &self.room_id, self.is_default).await
            })
            .await?;
        Ok(OneRoom { room })
    }
}

/// The team that a room belongs to.
async fn team_of_room(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Option<InTeam>> {
    let room = crate::rooms::rows::by_id(tx, rid).await?.ok_or_else(|| refused("invalid-room"))?;
    let team = room.team_id.ok_or_else(|| refused("room-not-on-team"))?;
    match rows::by_id(tx, &team).await? {
        Some(team) => Ok(Some(InTeam::load(ctx, tx, team).await?)),
        None => Ok(None),
    }
}

/// Lists the rooms of a team that the caller may see.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListRooms {
    #[serde(flatten)]
    team: TeamOf,
    /// Part of the name.
    filter: Option<String>,
    /// `autoJoin` for the rooms that members join by themselves.
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of rooms.
#[derive(Debug, Serialize, JsonSchema)]
struct RoomsPage<R> {
    rooms: Vec<R>,
    total: i64,
    count: usize,
    offset: i64,
}

impl Endpoint for ListRooms {
    const SPEC: Spec = Spec::get("teams.listRooms", "teams");
    type Guard = InTeam;
    type Reply = RoomsPage<Room>;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Self::Reply> {
        let window = self.page.window(ctx);
        let inner = ctx.clone();
        let (rooms, total) = ctx
            .read(async move |tx| {
                let filter = self.filter.as_deref().filter(|text| !text.is_empty());
                let only_default = self.kind.as_deref() == Some("autoJoin");
                lists::rooms(&inner, tx, &within, (filter, only_default), window).await
            })
            .await?;
        Ok(RoomsPage { count: rooms.len(), rooms, total, offset: window.offset })
    }
}

/// Lists the rooms of a team that somebody is in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListRoomsOfUser {
    #[serde(flatten)]
    team: TeamOf,
    /// Who.
    user_id: String,
    /// `true` for only those that they may delete.
    can_user_delete: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for ListRoomsOfUser {
    const SPEC: Spec = Spec::get("teams.listRoomsOfUser", "teams");
    type Guard = InTeam;
    type Reply = RoomsPage<RoomOfMember>;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Self::Reply> {
        if self.user_id != ctx.uid() {
            within.ensure(ctx, &["view-all-team-channels"])?;
        }
        let window = self.page.window(ctx);
        let inner = ctx.clone();
        let (rooms, total) = ctx
            .read(async move |tx| {
                let roles = users::by_id(tx, &self.user_id).await?.map(|user| user.roles).unwrap_or_default();
                let deletable = self.can_user_delete.as_deref() == Some("true");
                let who = (self.user_id.as_str(), roles.as_slice());
                lists::rooms_of_member(&inner, tx, &within, who, deletable, window).await
            })
            .await?;
        Ok(RoomsPage { count: rooms.len(), rooms, total, offset: 0 })
    }
}

/// Lists the rooms of a team and the discussions of its main room that the caller may see.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListChildren {
    /// Team id.
    team_id: Option<String>,
    /// Team name.
    team_name: Option<String>,
    /// A room of the team; give one of the three.
    room_id: Option<String>,
    /// Part of the name.
    filter: Option<String>,
    /// Only `channels` or only `discussions`.
    #[serde(rename = "type")]
    kind: Option<ChildKind>,
    #[serde(flatten)]
    page: Page,
}

/// A page of rooms.
#[derive(Debug, Serialize, JsonSchema)]
struct Children {
    data: Vec<Room>,
    total: i64,
    offset: i64,
    count: i64,
}

impl ListChildren {
    async fn team(&self, ctx: &Ctx, tx: &Tx) -> Result<InTeam> {
        let missing = || Error::not_found("Resource not found");
        if let Some(rid) = &self.room_id {
            let other = self.team_id.is_some() || self.team_name.is_some();
            return match rid.as_str() {
                _ if other => Err(Error::invalid_params("must match exactly one schema in oneOf")),
                "" => Err(missing()),
                rid => team_of_room(ctx, tx, rid).await?.ok_or_else(missing),
            };
        }
        let named = TeamOf { team_id: self.team_id.clone(), team_name: self.team_name.clone() };
        let team = named.find(tx).await?.ok_or_else(missing)?;
        InTeam::load(ctx, tx, team).await
    }
}

impl Endpoint for ListChildren {
    const SPEC: Spec = Spec::get("teams.listChildren", "teams");
    type Guard = LoggedIn;
    type Reply = Children;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Children> {
        let window = self.page.window(ctx);
        let inner = ctx.clone();
        let (data, total) = ctx
            .read(async move |tx| {
                let within = self.team(&inner, tx).await?;
                let wanted = (self.filter.as_deref(), self.kind);
                lists::children(&inner, tx, &within, wanted, &self.page, window).await
            })
            .await?;
        Ok(Children { data, total, offset: window.offset, count: window.count })
    }
}
