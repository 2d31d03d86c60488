//! Who is in a team.

use gantry_accounts::users;
use gantry_kernel::prelude::*;

use super::Done;
use crate::teams::guard::{InTeam, TeamOf, about_team};
use crate::teams::members::{self, Member, MemberFilter, MemberWish};
use crate::teams::refused;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Members>()
        .endpoint::<AddMembers>()
        .endpoint::<UpdateMember>()
        .endpoint::<RemoveMember>()
        .endpoint::<Leave>();
}

about_team!(Members, AddMembers, UpdateMember, RemoveMember, Leave);

/// Lists the members of a team; nobody to strangers.
#[derive(Debug, Deserialize, JsonSchema)]
struct Members {
    #[serde(flatten)]
    team: TeamOf,
    /// Only those of these presences.
    status: Option<Vec<String>>,
    /// Part of the username.
    username: Option<String>,
    /// Part of the real name.
    name: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of members.
#[derive(Debug, Serialize, JsonSchema)]
struct MembersReply {
    members: Vec<Member>,
    total: i64,
    count: usize,
    offset: i64,
}

impl Endpoint for Members {
    const SPEC: Spec = Spec::get("teams.members", "teams");
    type Guard = InTeam;
    type Reply = MembersReply;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<MembersReply> {
        let window = self.page.window(ctx);
        if !within.member && !within.may(ctx, "view-all-teams") {
            return Ok(MembersReply { members: Vec::new(), total: 0, count: 0, offset: window.offset });
        }
        let filter = MemberFilter {
            statuses: self.status.unwrap_or_default(),
            username: self.username.filter(|text| !text.is_empty()),
            name: self.name.filter(|text| !text.is_empty()),
        };
        let (members, total) =
            ctx.read(async move |tx| filter.page(tx, &within.team.id, window).await).await?;
        Ok(MembersReply { count: members.len(), members, total, offset: window.offset })
    }
}

/// Adds people to a team.
#[derive(Debug, Deserialize, JsonSchema)]
struct AddMembers {
    #[serde(flatten)]
    team: TeamOf,
    /// Who, and with which roles.
    #[schemars(length(min = 1))]
    members: Vec<MemberWish>,
}

impl Endpoint for AddMembers {
    const SPEC: Spec = Spec::post("teams.addMembers", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        within.ensure(ctx, &["add-team-member", "edit-team-member"])?;
        let inner = ctx.clone();
        ctx.write(async move |tx| members::add(&inner, tx, &within, &self.members).await).await?;
        Ok(Done {})
    }
}

/// Gives a member exactly the roles that are named.
#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateMember {
    #[serde(flatten)]
    team: TeamOf,
    /// Who, and with which roles.
    member: MemberWish,
}

impl Endpoint for UpdateMember {
    const SPEC: Spec = Spec::post("teams.updateMember", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        within.ensure(ctx, &["edit-team-member"])?;
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let roles = self.member.roles.clone().unwrap_or_default();
            members::set_roles(&inner, tx, &within, &self.member.user_id, roles).await
        })
        .await?;
        Ok(Done {})
    }
}

/// Takes somebody out of a team and out of some of its rooms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RemoveMember {
    #[serde(flatten)]
    team: TeamOf,
    /// Who.
    user_id: String,
    /// Rooms of the team that they leave too.
    #[schemars(length(min = 1))]
    rooms: Option<Vec<String>>,
}

impl Endpoint for RemoveMember {
    const SPEC: Spec = Spec::post("teams.removeMember", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        within.ensure(ctx, &["edit-team-member"])?;
        let rooms = self.rooms.unwrap_or_default();
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let user = users::by_id(tx, &self.user_id).await?.filter(|user| user.active);
            let user = user.ok_or_else(|| refused("invalid-user"))?;
            members::remove(&inner, tx, &within, &user, &rooms).await
        })
        .await?;
        Ok(Done {})
    }
}

/// The caller leaves a team and some of its rooms.
#[derive(Debug, Deserialize, JsonSchema)]
struct Leave {
    #[serde(flatten)]
    team: TeamOf,
    /// Rooms of the team that the caller leaves too.
    #[schemars(length(min = 1))]
    rooms: Option<Vec<String>>,
}

impl Endpoint for Leave {
    const SPEC: Spec = Spec::post("teams.leave", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        let rooms = self.rooms.unwrap_or_default();
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let user = users::by_id(tx, inner.uid()).await?.ok_or_else(|| refused("invalid-user"))?;
            members::remove(&inner, tx, &within, &user, &rooms).await
        })
        .await?;
        Ok(Done {})
    }
}
