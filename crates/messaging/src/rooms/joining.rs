//! Who may join, invite, leave and remove: the rules in front of [`super::members`].

use std::collections::HashSet;

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, User};
use gantry_store::vals;

use super::refusals::{self, not_allowed, not_in_room};
use super::{members, rows};
use crate::access::can_access;
use crate::messages::notice;
use crate::messages::send::Sender;
use crate::subscriptions::rows as subs;

/// The caller joins a room. Answers `false` to somebody who is in it.
/// Upstream: `apps/meteor/server/services/room/service.ts`.
///
/// # Errors
/// `error-not-allowed`, `error-code-required`, `error-code-invalid`.
pub async fn join(ctx: &Ctx, tx: &Tx, rid: &str, code: Option<&str>) -> Result<bool> {
    const METHOD: &str = "joinRoom";
    let room = refusals::lock(tx, rid, METHOD).await?;
    if !has_changing_members(&room) || !can_access(ctx, tx, &room).await? {
        return Err(not_allowed(METHOD));
    }
    if room.join_code_required.unwrap_or(false) && !ctx.may("join-without-join-code") {
        let refuse = |code, reason| Error::new(code, reason).with_details(json!({ "method": METHOD }));
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            return Err(refuse("error-code-required", "Code required"));
        };
        if rows::join_code(tx, rid).await?.as_deref() != Some(code) {
            return Err(refuse("error-code-invalid", "Invalid code"));
        }
    }
    let user = the_caller(ctx, tx, METHOD).await?;
    members::add(ctx, tx, &room, &user, None, false).await
}

/// The caller adds people to a room; those who are in it stay as they are.
/// Upstream: `apps/meteor/app/lib/server/methods/addUsersToRoom.ts`.
///
/// # Errors
/// `error-invalid-room`, `error-cant-invite-for-direct-room`, `error-not-allowed`.
pub async fn invite(ctx: &Ctx, tx: &Tx, rid: &str, people: &[User]) -> Result<()> {
    const METHOD: &str = "addUsersToRoom";
    let mut room = refusals::lock(tx, rid, METHOD).await?;
    if room.t == RoomType::Direct {
        return Err(Error::new("error-cant-invite-for-direct-room", "Can't invite user to direct rooms")
            .with_details(json!({ "method": METHOD })));
    }
    let member = subs::exists(tx, rid, ctx.uid()).await?;
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    let any = format!("add-user-to-any-{}-room", room.t.as_str());
    if !((member && ctx.may_in_room("add-user-to-joined-room", &roles)) || ctx.may(&any)) {
        return Err(not_allowed(METHOD));
    }
    let inviter = Sender::from(&**ctx.caller()?);
    for user in people {
        if members::add(ctx, tx, &room, user, Some(&inviter), false).await? {
            room.msgs += 1;
            room.users_count += 1;
        }
    }
    Ok(())
}

/// As [`invite`]; answers the usernames of those who were in the room before, for [`tell_who_is_there`].
///
/// # Errors
/// As [`invite`].
pub async fn invite_others(ctx: &Ctx, tx: &Tx, rid: &str, people: &[User]) -> Result<Vec<String>> {
    let mut there = Vec::new();
    for user in people {
        if subs::exists(tx, rid, &user.id).await? {
            there.extend(user.username.clone());
        }
    }
    invite(ctx, tx, rid, people).await?;
    Ok(there)
}

/// Tells the caller, after an invitation, who was in the room before.
pub fn tell_who_is_there(ctx: &Ctx, rid: &str, there: &[String]) {
    for name in there {
        notice::tell(ctx, rid, None, &format!("`@{name}` is already in here."));
    }
}

/// The users of those names, all of whom must exist; each once.
///
/// # Errors
/// `error-invalid-username`.
pub async fn everybody_named(tx: &Tx, usernames: &[String]) -> Result<Vec<User>> {
    let names: Vec<String> = usernames.iter().map(|name| name.trim_start_matches('@').to_owned()).collect();
    let people = users::by_usernames(tx, &names).await?;
    let known: HashSet<String> =
        people.iter().filter_map(|user| user.username.as_deref().map(users::fold)).collect();
    if names.iter().any(|name| !known.contains(&users::fold(name))) {
        return Err(Error::new("error-invalid-username", "Invalid username")
            .with_details(json!({ "method": "addUsersToRoom" })));
    }
    Ok(people)
}

/// The caller leaves a room.
/// Upstream: `apps/meteor/app/lib/server/methods/leaveRoom.ts`.
///
/// # Errors
/// `error-invalid-room`, `error-not-allowed`, `error-user-not-in-room`, `error-you-are-last-owner`.
pub async fn leave(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    const METHOD: &str = "leaveRoom";
    let room = refusals::lock(tx, rid, METHOD).await?;
    if !has_changing_members(&room) || !ctx.may(&format!("leave-{}", room.t.as_str())) {
        return Err(not_allowed(METHOD));
    }
    if !subs::exists(tx, rid, ctx.uid()).await? {
        return Err(Error::new("error-user-not-in-room", "You are not in this room")
            .with_details(json!({ "method": METHOD })));
    }
    refuse_last_owner(tx, rid, ctx.uid(), METHOD).await?;
    let user = the_caller(ctx, tx, METHOD).await?;
    members::remove(ctx, tx, &room, &user, None).await?;
    Ok(())
}

/// The caller takes somebody out of a room.
/// Upstream: `apps/meteor/server/methods/removeUserFromRoom.ts`.
///
/// # Errors
/// `error-not-allowed`, `error-room-not-found`, `error-user-not-in-room`, `error-you-are-last-owner`.
pub async fn kick(ctx: &Ctx, tx: &Tx, rid: &str, user: &User) -> Result<()> {
    const METHOD: &str = "removeUserFromRoom";
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room("remove-user", &roles) {
        return Err(not_allowed(METHOD));
    }
    let room = rows::lock(tx, rid).await?.filter(has_changing_members).ok_or_else(|| not_allowed(METHOD))?;
    let any = ctx.may(&format!("kick-user-from-any-{}-room", room.t.as_str()));
    if !any && !can_access(ctx, tx, &room).await? {
        return Err(Error::new(
            "error-room-not-found",
            "The required \"roomId\" or \"roomName\" param provided does not match any group",
        ));
    }
    if !any && !subs::exists(tx, rid, &user.id).await? {
        return Err(not_in_room(METHOD));
    }
    refuse_last_owner(tx, rid, &user.id, METHOD).await?;
    members::put_out(ctx, tx, &room, user, &Sender::from(&**ctx.caller()?)).await?;
    Ok(())
}

/// The caller adds every user of the workspace to a room.
/// Upstream: `apps/meteor/server/methods/addAllUserToRoom.ts`.
///
/// # Errors
/// 403 without the permission, `error-user-limit-exceeded` above `API_User_Limit`, `error-invalid-room`.
pub async fn add_all(ctx: &Ctx, tx: &Tx, rid: &str, active_only: bool) -> Result<()> {
    const METHOD: &str = "addAllToRoom";
    if !ctx.may("add-all-to-room") {
        return Err(Error::new("403", "Access to Method Forbidden").with_details(json!({ "method": METHOD })));
    }
    let limit = ctx.settings.get(keys::API_User_Limit).max(0);
    let found = tx
        .query(
            "SELECT id FROM users WHERE username IS NOT NULL AND (active OR NOT ?1) ORDER BY id LIMIT ?2",
            &vals![active_only, limit + 1],
        )
        .await?;
    if i64::try_from(found.len()).unwrap_or(i64::MAX) > limit {
        return Err(Error::new("error-user-limit-exceeded", "User Limit Exceeded")
            .with_details(json!({ "method": METHOD })));
    }
    let mut room = refusals::lock(tx, rid, METHOD).await?;
    let ids: Vec<String> = found.iter().map(|row| Ok(row.text(0)?)).collect::<Result<_>>()?;
    for user in users::by_ids(tx, &ids).await? {
        if members::add(ctx, tx, &room, &user, None, false).await? {
            room.msgs += 1;
            room.users_count += 1;
        }
    }
    Ok(())
}

/// Joins a user to the channels that everybody starts with.
/// Upstream: `apps/meteor/app/lib/server/functions/addUserToDefaultChannels.ts`.
///
/// # Errors
/// The database's.
pub async fn join_defaults(ctx: &Ctx, tx: &Tx, user: &User, quiet: bool) -> Result<()> {
    if user.username.is_none() {
        return Ok(());
    }
    for room in rows::defaults(tx).await? {
        let Some(room) = rows::lock(tx, &room.id).await? else { continue };
        members::add(ctx, tx, &room, user, None, quiet).await?;
    }
    Ok(())
}

/// Refuses to take the only owner out of a room.
async fn refuse_last_owner(tx: &Tx, rid: &str, uid: &str, method: &str) -> Result<()> {
    let owners = super::roles::holders(tx, rid, "owner").await?;
    if owners.len() == 1 && owners[0] == uid {
        return Err(Error::new(
            "error-you-are-last-owner",
            "You are the last owner. Please set new owner before leaving the room.",
        )
        .with_details(json!({ "method": method })));
    }
    Ok(())
}

/// The caller as a stored user.
///
/// # Errors
/// `error-invalid-user` if the user is gone.
pub async fn the_caller(ctx: &Ctx, tx: &Tx, method: &str) -> Result<User> {
    users::by_id(tx, ctx.uid()).await?.ok_or_else(|| refusals::invalid_user(method))
}

/// Whether people can join and leave this kind of room at all.
fn has_changing_members(room: &Room) -> bool {
    matches!(room.t, RoomType::Channel | RoomType::Private)
}
