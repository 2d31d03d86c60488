//! Methods about who is in a room, with which role and voice.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

use crate::rooms::refusals::{invalid_room, invalid_user};
use crate::rooms::roles::{self, RoomRole};
use crate::rooms::{joining, mute, roster, rows};

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<JoinRoom>()
        .method::<LeaveRoom>()
        .method::<AddUsersToRoom>()
        .method::<AddUserToRoom>()
        .method::<AddAllUserToRoom>()
        .method::<RemoveUserFromRoom>()
        .method::<JoinDefaultChannels>()
        .method::<MuteUserInRoom>()
        .method::<UnmuteUserInRoom>()
        .method::<BlockUser>()
        .method::<UnblockUser>();
    registry
        .method::<AddRoomOwner>()
        .method::<RemoveRoomOwner>()
        .method::<AddRoomModerator>()
        .method::<RemoveRoomModerator>()
        .method::<AddRoomLeader>()
        .method::<RemoveRoomLeader>();
}

/// Joins a room.
#[derive(Debug, Deserialize)]
struct JoinRoom {
    rid: String,
    code: Option<String>,
}

impl Method for JoinRoom {
    const SPEC: MethodSpec = MethodSpec::new("joinRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = Option<bool>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Option<bool>> {
        let inner = ctx.clone();
        let joined = ctx
            .write(async move |tx| joining::join(&inner, tx, &self.rid, self.code.as_deref()).await)
            .await?;
        Ok(joined.then_some(true))
    }
}

/// Leaves a room.
#[derive(Debug, Deserialize)]
struct LeaveRoom {
    rid: String,
}

impl Method for LeaveRoom {
    const SPEC: MethodSpec = MethodSpec::new("leaveRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| joining::leave(&inner, tx, &self.rid).await).await
    }
}

/// Adds people to a room.
#[derive(Debug, Deserialize)]
struct AddUsersToRoom {
    data: RoomAndUsers,
}

#[derive(Debug, Deserialize)]
struct RoomAndUsers {
    rid: String,
    users: Vec<String>,
}

async fn invite(ctx: &Ctx, rid: String, usernames: Vec<String>) -> Result<()> {
    let (inner, id) = (ctx.clone(), rid.clone());
    let there = ctx
        .write(async move |tx| {
            let people = joining::everybody_named(tx, &usernames).await?;
            joining::invite_others(&inner, tx, &id, &people).await
        })
        .await?;
    joining::tell_who_is_there(ctx, &rid, &there);
    Ok(())
}

impl Method for AddUsersToRoom {
    const SPEC: MethodSpec = MethodSpec::new("addUsersToRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        invite(ctx, self.data.rid, self.data.users).await?;
        Ok(true)
    }
}

/// Adds somebody to a room.
#[derive(Debug, Deserialize)]
struct AddUserToRoom {
    data: RoomAndUser,
}

#[derive(Debug, Deserialize)]
struct RoomAndUser {
    rid: String,
    username: String,
}

impl Method for AddUserToRoom {
    const SPEC: MethodSpec = MethodSpec::new("addUserToRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        invite(ctx, self.data.rid, vec![self.data.username]).await
    }
}

/// Adds every user of the workspace to a room.
#[derive(Debug, Deserialize)]
struct AddAllUserToRoom {
    rid: String,
    active_users_only: Option<bool>,
}

impl Method for AddAllUserToRoom {
    const SPEC: MethodSpec = MethodSpec::new("addAllUserToRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let (inner, active) = (ctx.clone(), self.active_users_only.unwrap_or(false));
        ctx.write(async move |tx| joining::add_all(&inner, tx, &self.rid, active).await).await?;
        Ok(true)
    }
}

/// The user of that name.
async fn named(tx: &Tx, username: &str, method: &str) -> Result<User> {
    users::by_username(tx, username).await?.ok_or_else(|| invalid_user(method))
}

/// Takes somebody out of a room.
#[derive(Debug, Deserialize)]
struct RemoveUserFromRoom {
    data: RoomAndUser,
}

impl Method for RemoveUserFromRoom {
    const SPEC: MethodSpec = MethodSpec::new("removeUserFromRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let user = named(tx, &self.data.username, "removeUserFromRoom").await?;
            joining::kick(&inner, tx, &self.data.rid, &user).await
        })
        .await?;
        Ok(true)
    }
}

/// Joins the channels that everybody starts with.
#[derive(Debug, Deserialize)]
struct JoinDefaultChannels {
    silenced: Option<bool>,
}

impl Method for JoinDefaultChannels {
    const SPEC: MethodSpec = MethodSpec::new("joinDefaultChannels", "rooms");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (inner, quiet) = (ctx.clone(), self.silenced.unwrap_or(false));
        ctx.write(async move |tx| {
            let user = joining::the_caller(&inner, tx, "joinDefaultChannels").await?;
            joining::join_defaults(&inner, tx, &user, quiet).await
        })
        .await
    }
}

/// Takes a member's voice.
#[derive(Debug, Deserialize)]
struct MuteUserInRoom {
    data: RoomAndUser,
}

/// Gives a member their voice back.
#[derive(Debug, Deserialize)]
struct UnmuteUserInRoom {
    data: RoomAndUser,
}

async fn set_mute(ctx: &Ctx, data: RoomAndUser, muted: bool) -> Result<bool> {
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let user =
            named(tx, &data.username, if muted { "muteUserInRoom" } else { "unmuteUserInRoom" }).await?;
        mute::set(&inner, tx, &data.rid, &user, muted).await
    })
    .await?;
    Ok(true)
}

impl Method for MuteUserInRoom {
    const SPEC: MethodSpec = MethodSpec::new("muteUserInRoom", "rooms").deprecated("8.0.0", "rooms.muteUser");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        set_mute(ctx, self.data, true).await
    }
}

impl Method for UnmuteUserInRoom {
    const SPEC: MethodSpec =
        MethodSpec::new("unmuteUserInRoom", "rooms").deprecated("8.0.0", "rooms.unmuteUser");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        set_mute(ctx, self.data, false).await
    }
}

#[derive(Debug, Deserialize)]
struct RoomAndBlocked {
    rid: String,
    blocked: String,
}

async fn set_block(ctx: &Ctx, data: RoomAndBlocked, block: bool) -> Result<bool> {
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let room = rows::by_id(tx, &data.rid).await?.ok_or_else(|| invalid_room("blockUser"))?;
        roster::block(&inner, tx, &room, &data.blocked, block).await
    })
    .await?;
    Ok(true)
}

/// Blocks the other person of a direct room.
#[derive(Debug, Deserialize)]
struct BlockUser {
    data: RoomAndBlocked,
}

impl Method for BlockUser {
    const SPEC: MethodSpec = MethodSpec::new("blockUser", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        set_block(ctx, self.data, true).await
    }
}

/// Takes back a block.
#[derive(Debug, Deserialize)]
struct UnblockUser {
    data: RoomAndBlocked,
}

impl Method for UnblockUser {
    const SPEC: MethodSpec = MethodSpec::new("unblockUser", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        set_block(ctx, self.data, false).await
    }
}

/// A method that gives a role in a room or takes it.
macro_rules! role_method {
    ($(#[$doc:meta])* $name:ident, $method:literal, $change:path, $role:expr) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        struct $name {
            rid: String,
            user_id: String,
        }

        impl Method for $name {
            const SPEC: MethodSpec = MethodSpec::new($method, "rooms");
            type Guard = LoggedIn;
            type Reply = bool;

            async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
                let inner = ctx.clone();
                ctx.write(async move |tx| $change(&inner, tx, &self.rid, &self.user_id, $role).await).await?;
                Ok(true)
            }
        }
    };
}

role_method! {
    /// Makes a member an owner of the room.
    AddRoomOwner, "addRoomOwner", roles::give, RoomRole::Owner
}
role_method! {
    /// Takes ownership of the room from a member.
    RemoveRoomOwner, "removeRoomOwner", roles::take, RoomRole::Owner
}
role_method! {
    /// Makes a member a moderator of the room.
    AddRoomModerator, "addRoomModerator", roles::give, RoomRole::Moderator
}
role_method! {
    /// Ends a member's being a moderator of the room.
    RemoveRoomModerator, "removeRoomModerator", roles::take, RoomRole::Moderator
}
role_method! {
    /// Makes a member the leader of the room.
    AddRoomLeader, "addRoomLeader", roles::give, RoomRole::Leader
}
role_method! {
    /// Ends a member's being the leader of the room.
    RemoveRoomLeader, "removeRoomLeader", roles::take, RoomRole::Leader
}
