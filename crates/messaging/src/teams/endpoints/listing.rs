//! Finding teams.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};

use crate::access::can_access;
use crate::teams::guard::{AboutTeam, InTeam, TeamOf};
use crate::teams::lists::{self, Owned, Sized, TEAM_SORTS};
use crate::teams::refused;
use crate::teams::rows::Team;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<List>()
        .endpoint::<ListAll>()
        .endpoint::<Info>()
        .endpoint::<Autocomplete>()
        .endpoint::<UsersListTeams>();
}

/// A page of teams.
#[derive(Debug, Serialize, JsonSchema)]
struct TeamsPage {
    teams: Vec<Sized>,
    total: i64,
    count: usize,
    offset: i64,
}

async fn list(ctx: &Ctx, page: &Page, uid: Option<String>) -> Result<TeamsPage> {
    let window = page.window(ctx);
    let order = page.order_by(TEAM_SORTS, "t.name_folded ASC")?;
    let (teams, total) =
        ctx.read(async move |tx| lists::teams(tx, uid.as_deref(), &order, window).await).await?;
    Ok(TeamsPage { count: teams.len(), teams, total, offset: window.offset })
}

/// Lists the caller's teams.
#[derive(Debug, Deserialize, JsonSchema)]
struct List {
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("teams.list", "teams");
    type Guard = LoggedIn;
    type Reply = TeamsPage;

    async fn call(self, who: LoggedIn, ctx: &Ctx) -> Result<TeamsPage> {
        list(ctx, &self.page, Some(who.0.uid.clone())).await
    }
}

/// Lists all teams.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListAll {
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for ListAll {
    const SPEC: Spec = Spec::get("teams.listAll", "teams").needs_all(&["view-all-teams"]);
    type Guard = LoggedIn;
    type Reply = TeamsPage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<TeamsPage> {
        list(ctx, &self.page, None).await
    }
}

/// Describes a team.
#[derive(Debug, Deserialize, JsonSchema)]
struct Info {
    #[serde(flatten)]
    team: TeamOf,
}

impl AboutTeam for Info {
    fn team(&self) -> &TeamOf {
        &self.team
    }

    fn missing() -> Error {
        refused("Team not found")
    }
}

/// A team.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct InfoReply {
    team_info: Team,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("teams.info", "teams");
    type Guard = InTeam;
    type Reply = InfoReply;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<InfoReply> {
        let (inner, main) = (ctx.clone(), within.main);
        if !ctx.may("view-all-teams")
            && !ctx.read(async move |tx| can_access(&inner, tx, &main).await).await?
        {
            return Err(Error::unauthorized());
        }
        Ok(InfoReply { team_info: within.team })
    }
}

/// Finds teams whose names begin with a text, for pickers.
#[derive(Debug, Deserialize, JsonSchema)]
struct Autocomplete {
    /// The beginning.
    name: String,
}

/// What a picker shows of a team: its main room.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(rename = "_id")]
    id: String,
    t: RoomType,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<String>,
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    avatar_etag: Option<String>,
}

impl From<Room> for Found {
    fn from(room: Room) -> Self {
        Self {
            id: room.id,
            t: room.t,
            name: room.name,
            fname: room.fname,
            team_id: room.team_id,
            avatar_etag: room.avatar_etag,
        }
    }
}

/// Teams.
#[derive(Debug, Serialize, JsonSchema)]
struct FoundReply {
    teams: Vec<Found>,
}

impl Endpoint for Autocomplete {
    const SPEC: Spec = Spec::get("teams.autocomplete", "teams");
    type Guard = LoggedIn;
    type Reply = FoundReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<FoundReply> {
        let inner = ctx.clone();
        let rooms = ctx.read(async move |tx| lists::beginning_with(&inner, tx, &self.name).await).await?;
        Ok(FoundReply { teams: rooms.into_iter().map(Found::from).collect() })
    }
}

/// Lists a user's teams as far as the caller may know of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UsersListTeams {
    /// User id.
    user_id: String,
}

/// A user's teams.
#[derive(Debug, Serialize, JsonSchema)]
struct OwnedReply {
    teams: Vec<Owned>,
}

impl Endpoint for UsersListTeams {
    const SPEC: Spec = Spec::get("users.listTeams", "users");
    type Guard = LoggedIn;
    type Reply = OwnedReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OwnedReply> {
        let inner = ctx.clone();
        let teams = ctx.read(async move |tx| lists::of_user(&inner, tx, &self.user_id).await).await?;
        Ok(OwnedReply { teams })
    }
}
