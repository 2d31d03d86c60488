//! Who holds a role. Upstream: `apps/meteor/server/models/raw/Roles.ts`.

use gantry_kernel::permissions::{Role, Scope};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;
use gantry_store::vals;
use serde_json::Map;

use super::events::{RoomRoleChanging, RoomRoleHoldersSought, UserRoleChanged};
use crate::users::{self, UserChanged, select_users};

/// Id of the role that a workspace cannot be without.
const ADMIN: &str = "admin";

/// Whether a user holds a role: in the room, for a role that counts in rooms.
///
/// # Errors
/// If the database fails.
pub async fn holds(ctx: &Ctx, tx: &Tx, user: &User, role: &Role, rid: Option<&str>) -> Result<bool> {
    match (role.scope, rid) {
        (Scope::Users, _) => Ok(user.roles.contains(&role.id)),
        (Scope::Subscriptions, None) => Ok(false),
        (Scope::Subscriptions, Some(rid)) => {
            Ok(in_rooms(ctx, tx, &role.id, Some(rid)).await?.contains(&user.id))
        }
    }
}

/// Those who hold a role in a room, or in any room.
pub(super) async fn in_rooms(ctx: &Ctx, tx: &Tx, role: &str, rid: Option<&str>) -> Result<Vec<String>> {
    let sought = RoomRoleHoldersSought::new(role, rid);
    ctx.within.run(ctx, tx, &sought).await?;
    Ok(sought.take())
}

/// How many hold a role, in any room for a role that counts in rooms.
pub(super) async fn count(ctx: &Ctx, tx: &Tx, role: &Role) -> Result<usize> {
    match role.scope {
        Scope::Subscriptions => Ok(in_rooms(ctx, tx, &role.id, None).await?.len()),
        Scope::Users => count_users(tx, &role.id).await,
    }
}

async fn count_users(tx: &Tx, role: &str) -> Result<usize> {
    let row = tx.query_opt("SELECT COUNT(*) FROM user_roles WHERE role = ?1", &vals![role]).await?;
    let count = row.map(|row| row.int(0)).transpose()?.unwrap_or_default();
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Gives a role to a user: in the room, for a role that counts in rooms. Whether the caller may do so is
/// checked here; the user's cached rights are the caller's to forget ([`gantry_kernel::identity::Identity`]).
///
/// # Errors
/// `error-action-not-allowed`, `error-user-already-in-role`, `error-invalid-user` for somebody who is not in
/// the room.
pub async fn give(ctx: &Ctx, tx: &Tx, uid: &str, role: &Role, rid: Option<&str>) -> Result<()> {
    let user = locked(tx, uid).await?;
    if holds(ctx, tx, &user, role, rid).await? {
        return Err(Error::new("error-user-already-in-role", "User already in role"));
    }
    let not_allowed = |reason: &'static str, action: &str| {
        Error::new("error-action-not-allowed", reason)
            .with_details(json!({ "method": "authorization:addUserToRole", "action": action }))
    };
    if !ctx.may("access-permissions") {
        return Err(not_allowed("Accessing permissions is not allowed", "Accessing_permissions"));
    }
    if role.id == ADMIN && !ctx.may("assign-admin-role") {
        return Err(not_allowed("Assigning admin is not allowed", "Assign_admin"));
    }
    match rid {
        Some(rid) if role.scope == Scope::Subscriptions => {
            change_in_room(ctx, tx, &user.id, role, rid, true).await
        }
        _ if user.roles.contains(&role.id) => Ok(()),
        _ => {
            let mut roles = user.roles.clone();
            roles.push(role.id.clone());
            store(tx, &user, roles, role, true, ctx.now).await
        }
    }
}

/// Gives a workspace-wide role to a user, by the rule of the domain that asks; nothing happens to somebody who
/// holds it.
///
/// # Errors
/// If the database fails.
pub async fn grant(ctx: &Ctx, tx: &Tx, user: &User, role: &str) -> Result<()> {
    let role = ctx.permissions.role(role).filter(|role| role.scope == Scope::Users);
    let Some(role) = role.filter(|role| !user.roles.contains(&role.id)) else { return Ok(()) };
    let mut roles = user.roles.clone();
    roles.push(role.id.clone());
    store(tx, user, roles, &role, true, ctx.now).await
}

/// Takes a role from a user: in the room, for a role that counts in rooms.
///
/// # Errors
/// `error-user-not-in-role`, `error-admin-required` for the last administrator.
pub async fn take(ctx: &Ctx, tx: &Tx, uid: &str, role: &Role, rid: Option<&str>) -> Result<()> {
    let user = locked(tx, uid).await?;
    if !holds(ctx, tx, &user, role, rid).await? {
        return Err(Error::new("error-user-not-in-role", "User is not in this role"));
    }
    if role.id == ADMIN {
        keep_an_administrator(tx, &user).await?;
    }
    match rid {
        Some(rid) if role.scope == Scope::Subscriptions => {
            change_in_room(ctx, tx, &user.id, role, rid, false).await
        }
        _ => {
            let roles = user.roles.iter().filter(|held| **held != role.id).cloned().collect();
            store(tx, &user, roles, role, false, ctx.now).await
        }
    }
}

/// Refuses to make the last administrator who can log in an ordinary user.
///
/// # Errors
/// `error-admin-required`.
pub(crate) async fn keep_an_administrator(tx: &Tx, user: &User) -> Result<()> {
    let is_one = user.active && user.roles.iter().any(|role| role == ADMIN);
    if is_one && !users::active::has_other_administrator(tx, &user.id).await? {
        return Err(Error::new("error-admin-required", "You need to have at least one admin"));
    }
    Ok(())
}

async fn locked(tx: &Tx, uid: &str) -> Result<User> {
    users::lock(tx, uid).await?.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))
}

async fn change_in_room(ctx: &Ctx, tx: &Tx, uid: &str, role: &Role, rid: &str, given: bool) -> Result<()> {
    let changing = RoomRoleChanging::new(rid, uid, &role.id, given);
    ctx.within.run(ctx, tx, &changing).await?;
    if changing.is_done() {
        return Ok(());
    }
    // Nobody is part of a room that does not exist.
    Err(Error::new("error-invalid-user", "User is not part of given room")
        .with_details(json!({ "method": "authorization:addUserToRole" })))
}

async fn store(
    tx: &Tx,
    user: &User,
    roles: Vec<String>,
    role: &Role,
    given: bool,
    now: Timestamp,
) -> Result<()> {
    let list = json!(roles).to_string();
    tx.exec(
        "UPDATE users SET roles = ?2, updated_at = ?3 WHERE id = ?1",
        &vals![&user.id, &list, now.millis()],
    )
    .await?;
    let row: &[Val<'_>] = &vals![&role.id, &user.id];
    if given {
        tx.exec("INSERT INTO user_roles (role, uid) VALUES (?1, ?2) ON CONFLICT DO NOTHING", row).await?;
    } else {
        tx.exec("DELETE FROM user_roles WHERE role = ?1 AND uid = ?2", row).await?;
    }
    let diff = Map::from_iter([("roles".to_owned(), json!(roles))]);
    tx.emit(UserChanged { uid: user.id.clone(), diff, unset: Vec::new() });
    tx.emit(UserRoleChanged {
        uid: user.id.clone(),
        username: user.username.clone(),
        role: role.id.clone(),
        given,
    });
    Ok(())
}

/// A page of those who hold a workspace-wide role, by username.
pub(super) async fn page(tx: &Tx, role: &str, window: Window) -> Result<(Vec<User>, usize)> {
    let rows = tx
        .query(
            select_users!(
                "JOIN user_roles r ON r.uid = u.id WHERE r.role = ?1 ORDER BY u.username, u.id LIMIT ?2 OFFSET ?3"
            ),
            &vals![role, window.count, window.offset],
        )
        .await?;
    let users = rows.into_iter().map(|mut row| users::from_row(&mut row)).collect::<Result<_>>()?;
    Ok((users, count_users(tx, role).await?))
}

/// Those who hold one of the workspace-wide roles, by username.
pub(super) async fn with_any(tx: &Tx, roles: &[String]) -> Result<Vec<User>> {
    let rows = tx
        .query(
            select_users!(
                "WHERE u.id IN (SELECT uid FROM user_roles WHERE role IN list(?1)) ORDER BY u.username, u.id"
            ),
            &vals![roles],
        )
        .await?;
    rows.into_iter().map(|mut row| users::from_row(&mut row)).collect()
}
