//! The people of a room.

use gantry_accounts::users;
use gantry_kernel::prelude::*;

use super::super::membership::{MembersFilter, MembersReply};
use super::{AnyRoom, not_allowed};
use crate::rooms::person::Person;
use crate::rooms::reply::Done;
use crate::rooms::roles::{self, Holder};
use crate::rooms::{mute, roster, rows};
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<IsMember>()
        .endpoint::<MuteUser>()
        .endpoint::<UnmuteUser>()
        .endpoint::<Roles>()
        .endpoint::<MembersOrderedByRole>();
}

/// Tells whether somebody is in a room that the caller may see.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IsMember {
    /// Room id.
    room_id: String,
    /// User id.
    user_id: Option<String>,
    /// Username.
    username: Option<String>,
}

/// Whether they are.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IsMemberReply {
    is_member: bool,
}

impl Endpoint for IsMember {
    const SPEC: Spec = Spec::get("rooms.isMember", "rooms");
    type Guard = LoggedIn;
    type Reply = IsMemberReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<IsMemberReply> {
        let inner = ctx.clone();
        let room = AnyRoom { room_id: Some(self.room_id), room_name: None };
        let named = self
            .user_id
            .or(self.username)
            .ok_or_else(|| Error::invalid_params("must have required property 'userId'"))?;
        let is_member = ctx
            .read(async move |tx| {
                let room = room.find(tx).await?;
                let user = match users::by_id(tx, &named).await? {
                    Some(user) => Some(user),
                    None => users::by_username(tx, &named).await?,
                };
                let user = user.ok_or_else(|| Error::message("error-user-not-found"))?;
                if !crate::access::can_access(&inner, tx, &room).await? {
                    return Err(Error::unauthorized());
                }
                subs::exists(tx, &room.id, &user.id).await
            })
            .await?;
        Ok(IsMemberReply { is_member })
    }
}

/// Takes a member's voice in a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MuteUser {
    /// Room id.
    room_id: String,
    #[serde(flatten)]
    person: Person,
}

/// Gives a member their voice in a room back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UnmuteUser {
    /// Room id.
    room_id: String,
    #[serde(flatten)]
    person: Person,
}

async fn set(ctx: &Ctx, rid: String, person: Person, muted: bool) -> Result<Done> {
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let user = person.find(tx).await?;
        mute::set(&inner, tx, &rid, &user, muted).await
    })
    .await?;
    Ok(Done {})
}

impl Endpoint for MuteUser {
    const SPEC: Spec = Spec::post("rooms.muteUser", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        set(ctx, self.room_id, self.person, true).await
    }
}

impl Endpoint for UnmuteUser {
    const SPEC: Spec = Spec::post("rooms.unmuteUser", "rooms");
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        set(ctx, self.room_id, self.person, false).await
    }
}

/// Lists the members who hold a role in a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Roles {
    /// Room id.
    rid: String,
}

/// Who holds which role.
#[derive(Debug, Serialize, JsonSchema)]
struct RolesReply {
    roles: Vec<Holder>,
}

impl Endpoint for Roles {
    const SPEC: Spec = Spec::get("rooms.roles", "rooms");
    type Guard = LoggedIn;
    type Reply = RolesReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RolesReply> {
        let inner = ctx.clone();
        let roles = ctx
            .read(async move |tx| {
                let room = rows::by_id(tx, &self.rid).await?;
                let room = room.ok_or_else(|| Error::new("error-invalid-room", "Invalid room"))?;
                if !crate::access::can_access(&inner, tx, &room).await? {
                    return Err(Error::unauthorized());
                }
                roles::all(tx, &room.id).await
            })
            .await?;
        Ok(RolesReply { roles })
    }
}

/// Lists the members of a room: owners first, then moderators, then the others.
#[derive(Debug, Deserialize, JsonSchema)]
struct MembersOrderedByRole {
    #[serde(flatten)]
    room: AnyRoom,
    #[serde(flatten)]
    filter: MembersFilter,
}

impl Endpoint for MembersOrderedByRole {
    const SPEC: Spec = Spec::get("rooms.membersOrderedByRole", "rooms");
    type Guard = LoggedIn;
    type Reply = MembersReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<MembersReply> {
        let (roster, window) = (self.filter.roster(ctx, true)?, self.filter.window(ctx));
        let inner = ctx.clone();
        let (members, total) = ctx
            .read(async move |tx| {
                let room = self.room.find_readable(&inner, tx, not_allowed).await?;
                let roles = subs::roles_in(tx, &room.id, inner.uid()).await?;
                roster::ensure_listed(&inner, &room, &roles)?;
                roster.page(tx, &room.id, window).await
            })
            .await?;
        Ok(MembersReply { count: members.len(), members, offset: window.offset, total })
    }
}
