//! The rooms of a team.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use super::guard::InTeam;
use super::refused;
use crate::access::can_access;
use crate::events::{Action, RoomAccessChanged, RoomChanged};
use crate::messages::send::Sender;
use crate::rooms::announce::Announcer;
use crate::rooms::{members, rows as rooms, view};
use crate::subscriptions::rows as subs;

/// The caller puts rooms that they own into a team.
///
/// # Errors
/// `invalid-room`, `room-already-on-team`, `error-no-owner-channel`.
pub async fn add(ctx: &Ctx, tx: &Tx, within: &InTeam, rids: &[String]) -> Result<Vec<Room>> {
    let mut found = Vec::with_capacity(rids.len());
    for rid in rids.iter().filter(|rid| !rid.is_empty()) {
        let room =
            rooms::lock(tx, rid).await?.filter(may_be_in_team).ok_or_else(|| refused("invalid-room"))?;
        if !can_access(ctx, tx, &room).await? {
            return Err(refused("invalid-room"));
        }
        if !found.iter().any(|known: &Room| known.id == room.id) {
            found.push(room);
        }
    }
    let mut main = rooms::lock(tx, &within.main.id).await?.ok_or_else(|| refused("invalid-room"))?;
    let announcer = Announcer::caller(ctx, tx)?;
    for room in &mut found {
        if room.team_id.is_some() {
            return Err(refused("room-already-on-team"));
        }
        if !subs::roles_in(tx, &room.id, ctx.uid()).await?.iter().any(|role| role == "owner") {
            return Err(refused("error-no-owner-channel"));
        }
        room.team_id = Some(within.team.id.clone());
        rooms::update(tx, room, ctx.now, true).await?;
        told(tx, room);
        if room.t == RoomType::Channel {
            let name = room.name.as_deref().unwrap_or_default();
            announcer.say(&mut main, "user-added-room-to-team", name).await?;
        }
    }
    view::rooms(ctx, tx, found).await
}

fn may_be_in_team(room: &Room) -> bool {
    matches!(room.t, RoomType::Channel | RoomType::Private) && room.prid.is_none()
}

/// The caller takes a room out of a team.
///
/// # Errors
/// `invalid-room`, `room-not-on-that-team`.
pub async fn remove(ctx: &Ctx, tx: &Tx, within: &InTeam, rid: &str) -> Result<Room> {
    let mut room = visible(ctx, tx, within, rid).await?;
    if room.team_id.as_ref() != Some(&within.team.id) || room.team_main.unwrap_or(false) {
        return Err(refused("room-not-on-that-team"));
    }
    detach(ctx, tx, &mut room).await?;
    if room.t == RoomType::Channel {
        let mut main = within.main.clone();
        let name = room.name.as_deref().unwrap_or_default();
        Announcer::caller(ctx, tx)?.say(&mut main, "user-removed-room-from-team", name).await?;
    }
    view::room(ctx, tx, room).await
}

/// The room leaves its team.
pub(super) async fn detach(ctx: &Ctx, tx: &Tx, room: &mut Room) -> Result<()> {
    room.team_id = None;
    room.team_default = None;
    rooms::update(tx, room, ctx.now, true).await?;
    told(tx, room);
    Ok(())
}

fn told(tx: &Tx, room: &Room) {
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Updated, subscriptions: true });
    tx.emit(RoomAccessChanged { rid: room.id.clone() });
}

/// The room, if the caller may see it or looks after all rooms of the team.
async fn visible(ctx: &Ctx, tx: &Tx, within: &InTeam, rid: &str) -> Result<Room> {
    let room = rooms::lock(tx, rid).await?.ok_or_else(|| refused("invalid-room"))?;
    let all = within.may(ctx, "view-all-team-channels") && room.team_id.as_ref() == Some(&within.team.id);
    if all || can_access(ctx, tx, &room).await? { Ok(room) } else { Err(refused("invalid-room")) }
}

/// The caller says whether the team's members join a room by themselves. Those who are in the team join it
/// now, up to `API_User_Limit`.
///
/// # Errors
/// `invalid-room`, `room-not-on-team`.
pub async fn set_default(ctx: &Ctx, tx: &Tx, within: &InTeam, rid: &str, default: bool) -> Result<Room> {
    let mut room = visible(ctx, tx, within, rid).await?;
    if room.team_id.as_ref() != Some(&within.team.id) {
        return Err(refused("room-not-on-team"));
    }
    room.team_default = Some(default);
    rooms::update(tx, &mut room, ctx.now, false).await?;
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Updated, subscriptions: false });
    if default && !room.team_main.unwrap_or(false) && !room.archived.unwrap_or(false) {
        everybody_joins(ctx, tx, within, &mut room).await?;
    }
    view::room(ctx, tx, room).await
}

async fn everybody_joins(ctx: &Ctx, tx: &Tx, within: &InTeam, room: &mut Room) -> Result<()> {
    let limit = ctx.settings.get(keys::API_User_Limit).max(0);
    let maker = room.u.as_ref().map(|user| user.id.clone()).unwrap_or_default();
    let found = tx
        .query(
            "SELECT s.uid FROM subscriptions s JOIN users u ON u.id = s.uid WHERE s.rid = ?1 AND u.active AND s.uid <> ?2 \
             ORDER BY s.ts, s.uid LIMIT ?3",
            &vals![&within.main.id, &maker, limit],
        )
        .await?;
    let uids = found.iter().map(|row| Ok(row.text(0)?)).collect::<Result<Vec<_>>>()?;
    let inviter = Sender::from(&**ctx.caller()?);
    for user in users::by_ids(tx, &uids).await? {
        if members::add(ctx, tx, room, &user, Some(&inviter), false).await? {
            room.users_count += 1;
            room.msgs += 1;
        }
    }
    Ok(())
}
