//! What becomes of rooms when a user is removed or deactivated.
//! Upstream: `apps/meteor/app/lib/server/functions/relinquishRoomOwnerships.ts`.

use gantry_accounts::users::UserDeleting;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, User};
use gantry_store::vals;

use super::{delete, roles, rows};
use crate::events::{Action, MemberLeft, RoomChanged};
use crate::subscriptions::rows as subs;

/// What a room needs before a member goes.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    /// Nothing.
    Stays,
    /// Somebody else becomes its owner.
    Inherited(String),
    /// Nobody is left who could use it.
    Goes,
}

/// The user is removed: their rooms get other owners or go, and they leave all others.
///
/// # Errors
/// `user-last-owner` if a room needs a new owner or goes, and nobody has confirmed it.
pub async fn deleting(ctx: &Ctx, tx: &Tx, event: &UserDeleting) -> Result<()> {
    hand_over(ctx, tx, &event.user, event.confirm_relinquish).await?;
    for room in rooms_of(tx, &event.user.id).await? {
        if room.t == RoomType::Direct && room.uids.as_ref().is_none_or(|uids| uids.len() <= 2) {
            delete::remove(ctx, tx, &room).await?;
            continue;
        }
        leave(ctx, tx, room, &event.user).await?;
    }
    Ok(())
}

/// The user is deactivated: their rooms get other owners or go; direct rooms with them become read only.
///
/// # Errors
/// As [`deleting`].
pub async fn deactivating(ctx: &Ctx, tx: &Tx, user: &User, confirmed: bool) -> Result<()> {
    hand_over(ctx, tx, user, confirmed).await?;
    for room in rooms_of(tx, &user.id).await? {
        let pair = room.t == RoomType::Direct && room.uids.as_ref().is_some_and(|uids| uids.len() == 2);
        if pair {
            set_read_only(ctx, tx, room, true).await?;
        }
    }
    Ok(())
}

/// The user is active again: direct rooms with other active users can be written to again.
///
/// # Errors
/// The database's.
pub async fn activated(ctx: &Ctx, tx: &Tx, user: &User) -> Result<()> {
    for room in rooms_of(tx, &user.id).await? {
        let Some([a, b]) = room.uids.as_deref().filter(|_| room.t == RoomType::Direct) else { continue };
        let other = if *a == user.id { b } else { a };
        let active =
            tx.query_opt("SELECT 1 FROM users WHERE id = ?1 AND active", &vals![other]).await?.is_some();
        if active && room.ro.unwrap_or(false) {
            set_read_only(ctx, tx, room, false).await?;
        }
    }
    Ok(())
}

async fn set_read_only(ctx: &Ctx, tx: &Tx, mut room: Room, read_only: bool) -> Result<()> {
    room.ro = Some(read_only);
    rows::update(tx, &mut room, ctx.now, false).await?;
    tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    Ok(())
}

async fn hand_over(ctx: &Ctx, tx: &Tx, user: &User, confirmed: bool) -> Result<()> {
    let mut fates = Vec::new();
    for room in rooms_of(tx, &user.id).await? {
        let fate = fate(tx, &room, &user.id).await?;
        fates.push((room, fate));
    }
    let names = |wanted: fn(&Fate) -> bool| -> Vec<&str> {
        let chosen = fates.iter().filter(|(_, fate)| wanted(fate));
        chosen.map(|(room, _)| room.fname.as_deref().or(room.name.as_deref()).unwrap_or_default()).collect()
    };
    if !confirmed && fates.iter().any(|(_, fate)| *fate != Fate::Stays) {
        return Err(Error::code("user-last-owner").with_details(json!({
            "shouldBeRemoved": names(|fate| *fate == Fate::Goes),
            "shouldChangeOwner": names(|fate| matches!(fate, Fate::Inherited(_))),
        })));
    }
    for (room, fate) in &fates {
        match fate {
            Fate::Stays => {}
            Fate::Inherited(heir) => roles::inherit(ctx, tx, &room.id, heir).await?,
            Fate::Goes => delete::remove(ctx, tx, room).await?,
        }
    }
    Ok(())
}

async fn fate(tx: &Tx, room: &Room, uid: &str) -> Result<Fate> {
    if !matches!(room.t, RoomType::Channel | RoomType::Private) {
        return Ok(Fate::Stays);
    }
    let owners = roles::holders(tx, &room.id, "owner").await?;
    let last_owner = owners.len() == 1 && owners[0] == uid;
    if last_owner {
        let heir = tx
            .query_opt(
                "SELECT s.uid FROM subscriptions s JOIN users u ON u.id = s.uid \
                 WHERE s.rid = ?1 AND s.uid <> ?2 AND u.active ORDER BY s.ts, s.uid LIMIT 1",
                &vals![&room.id, uid],
            )
            .await?;
        return Ok(match heir {
            Some(heir) => Fate::Inherited(heir.text(0)?),
            None if room.t == RoomType::Private => Fate::Goes,
            None => Fate::Stays,
        });
    }
    let alone = room.t == RoomType::Private
        && !owners.iter().any(|owner| owner == uid)
        && subs::member_ids(tx, &room.id).await?.len() == 1;
    Ok(if alone { Fate::Goes } else { Fate::Stays })
}

/// The user's rooms.
async fn rooms_of(tx: &Tx, uid: &str) -> Result<Vec<Room>> {
    let ids = subs::room_ids_of(tx, uid).await?;
    rows::by_ids(tx, &ids).await
}

/// The user's subscription goes, without a word in the room.
async fn leave(ctx: &Ctx, tx: &Tx, mut room: Room, user: &User) -> Result<()> {
    let Some(removed) = subs::delete(tx, &room.id, &user.id, ctx.now).await? else { return Ok(()) };
    crate::teams::members::left(tx, &room, &user.id).await?;
    rows::add_users_count(tx, &room.id, -1, ctx.now).await?;
    room.users_count -= 1;
    if let Some(name) = user.username.as_ref() {
        for list in [&mut room.usernames, &mut room.muted, &mut room.unmuted].into_iter().flatten() {
            list.retain(|entry| entry != name);
        }
    }
    if let Some(waiting) = room.users_waiting_for_keys.take() {
        let rest: Vec<_> = waiting.into_iter().filter(|entry| entry.user_id != user.id).collect();
        room.users_waiting_for_keys = Some(rest).filter(|rest| !rest.is_empty());
    }
    if let Some(uids) = &room.uids {
        let rest: Vec<String> = uids.iter().filter(|uid| **uid != user.id).cloned().collect();
        // The people who are left may have a direct room of their own: then this one keeps its key.
        if rows::direct_of(tx, &rest).await?.is_none() {
            room.uids = Some(rest);
        }
    }
    rows::update(tx, &mut room, ctx.now, false).await?;
    let rid = room.id.clone();
    tx.emit(MemberLeft { rid, uid: user.id.clone(), subscription: Arc::new(removed) });
    tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    Ok(())
}
