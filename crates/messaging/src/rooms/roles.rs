//! Owners, moderators and leaders of a room.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::UserRef;
use gantry_store::vals;

use super::announce::Announcer;
use super::refusals::{self, invalid_user, not_allowed, not_in_room};
use crate::events::{RoomRoleChanged, SubscriptionsChanged};
use crate::subscriptions::rows as subs;

/// A role that people hold in one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomRole {
    /// Manages the room.
    Owner,
    /// Keeps order in it.
    Moderator,
    /// Is shown on top of it.
    Leader,
}

impl RoomRole {
    /// The role's id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Moderator => "moderator",
            Self::Leader => "leader",
        }
    }

    /// The permission to give and take it.
    const fn permission(self) -> &'static str {
        match self {
            Self::Owner => "set-owner",
            Self::Moderator => "set-moderator",
            Self::Leader => "set-leader",
        }
    }

    const fn capitalised(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Moderator => "Moderator",
            Self::Leader => "Leader",
        }
    }

    /// With its article, as sentences have it.
    const fn with_article(self) -> &'static str {
        match self {
            Self::Owner => "an owner",
            Self::Moderator => "a moderator",
            Self::Leader => "a leader",
        }
    }
}

/// Ids of the members who hold a role in the room, the longest first.
///
/// # Errors
/// The database's.
pub async fn holders(tx: &Tx, rid: &str, role: &str) -> Result<Vec<String>> {
    let mut holders = subs::with_roles(tx, rid).await?;
    holders.retain(|(_, roles)| roles.iter().any(|held| held == role));
    Ok(holders.into_iter().map(|(uid, _)| uid).collect())
}

/// The caller gives somebody a role in a room.
/// Upstream: `apps/meteor/server/methods/addRoomOwner.ts`, `addRoomModerator.ts`, `addRoomLeader.ts`.
///
/// # Errors
/// `error-invalid-room`, `error-not-allowed`, `error-invalid-user`, `error-user-not-in-room`,
/// `error-user-already-<role>`.
pub async fn give(ctx: &Ctx, tx: &Tx, rid: &str, uid: &str, role: RoomRole) -> Result<()> {
    let method = format!("addRoom{}", role.capitalised());
    let (mut held, name) = check(ctx, tx, rid, uid, role, &method, not_in_room).await?;
    if held.iter().any(|have| have == role.id()) {
        return Err(Error::new(
            format!("error-user-already-{}", role.id()),
            format!("User is already {}", role.with_article()),
        )
        .with_details(json!({ "method": method })));
    }
    held.push(role.id().to_owned());
    store(ctx, tx, rid, (uid, &name), &held, role, true).await
}

/// The caller takes a role in a room from somebody.
/// Upstream: `apps/meteor/server/methods/removeRoomOwner.ts` and its siblings.
///
/// # Errors
/// As [`give`], `error-user-not-<role>`, and `error-remove-last-owner`.
pub async fn take(ctx: &Ctx, tx: &Tx, rid: &str, uid: &str, role: RoomRole) -> Result<()> {
    let method = format!("removeRoom{}", role.capitalised());
    let stranger = if role == RoomRole::Leader { not_in_room } else { refusals::invalid_room };
    let (mut held, name) = check(ctx, tx, rid, uid, role, &method, stranger).await?;
    if !held.iter().any(|have| have == role.id()) {
        return Err(Error::new(
            format!("error-user-not-{}", role.id()),
            format!("User is not {}", role.with_article()),
        )
        .with_details(json!({ "method": method })));
    }
    if role == RoomRole::Owner && holders(tx, rid, role.id()).await?.len() == 1 {
        return Err(Error::new(
            "error-remove-last-owner",
            "This is the last owner. Please set a new owner before removing this one.",
        )
        .with_details(json!({ "method": method })));
    }
    held.retain(|have| have != role.id());
    store(ctx, tx, rid, (uid, &name), &held, role, false).await
}

/// Checks the caller and finds the member: the roles that they hold, and their username. `stranger` is the
/// refusal of somebody who is not in the room.
async fn check(
    ctx: &Ctx,
    tx: &Tx,
    rid: &str,
    uid: &str,
    role: RoomRole,
    method: &str,
    stranger: fn(&str) -> Error,
) -> Result<(Vec<String>, String)> {
    refusals::lock(tx, rid, method).await?;
    let own = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room(role.permission(), &own) {
        return Err(not_allowed(method));
    }
    let user = users::by_id(tx, uid).await?;
    let name = user.and_then(|user| user.username).ok_or_else(|| invalid_user(method))?;
    if !subs::exists(tx, rid, uid).await? {
        return Err(stranger(method));
    }
    Ok((subs::roles_in(tx, rid, uid).await?, name))
}

async fn store(
    ctx: &Ctx,
    tx: &Tx,
    rid: &str,
    (uid, name): (&str, &str),
    held: &[String],
    role: RoomRole,
    given: bool,
) -> Result<()> {
    subs::set_roles(tx, rid, uid, held, ctx.now).await?;
    if let Some(mut room) = super::rows::by_id(tx, rid).await? {
        let kind = if given { "subscription-role-added" } else { "subscription-role-removed" };
        let announcer = Announcer::caller(ctx, tx)?;
        announcer
            .say_with(&mut room, kind, name, |message| message.role = Some(role.id().to_owned()))
            .await?;
    }
    tx.emit(RoomRoleChanged { rid: rid.to_owned(), uid: uid.to_owned(), role: role.id().to_owned(), given });
    Ok(())
}

/// Somebody who holds roles in a room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Holder {
    /// Subscription id.
    #[serde(rename = "_id")]
    pub id: String,
    /// The room.
    pub rid: String,
    /// The user.
    pub u: UserRef,
    /// What they hold.
    pub roles: Vec<String>,
}

/// Everybody who holds a role in a room, by username.
/// Upstream: `apps/meteor/server/lib/roles/getRoomRoles.ts`.
///
/// # Errors
/// The database's.
pub async fn all(tx: &Tx, rid: &str) -> Result<Vec<Holder>> {
    let rows = tx
        .query(
            "SELECT s.id, s.rid, s.roles, u.id, u.username, u.name FROM subscriptions s JOIN users u ON u.id = s.uid \
             WHERE s.rid = ?1 AND s.roles IS NOT NULL ORDER BY u.username, u.id",
            &vals![rid],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Holder {
                id: row.text(0)?,
                rid: row.text(1)?,
                roles: serde_json::from_str(row.str(2)?).map_err(Error::internal)?,
                u: UserRef {
                    id: row.text(3)?,
                    username: row.opt_text(4)?,
                    name: row.opt_text(5)?,
                    ..UserRef::default()
                },
            })
        })
        .collect()
}

/// Makes a member owner of a room that has lost its last one; says nothing in the room.
///
/// # Errors
/// The database's.
pub async fn inherit(ctx: &Ctx, tx: &Tx, rid: &str, uid: &str) -> Result<()> {
    let mut held = subs::roles_in(tx, rid, uid).await?;
    held.push(RoomRole::Owner.id().to_owned());
    subs::set_roles(tx, rid, uid, &held, ctx.now).await?;
    tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids: vec![uid.to_owned()] });
    Ok(())
}
