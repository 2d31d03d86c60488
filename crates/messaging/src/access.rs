//! Who may see a room: the one place for that rule, behind REST, DDP and streams.
//! Upstream: `apps/meteor/server/services/authorization/canAccessRoom.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use crate::{rooms, subscriptions};

/// Whether the caller may read the room: public rooms by permission, others by membership, discussions also
/// by their parent, rooms of a team by the team.
pub async fn can_access(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<bool> {
    if room.t == RoomType::Channel && room_is_open(ctx, tx, room).await? {
        return Ok(true);
    }
    let member = ctx.caller.is_some() && subscriptions::rows::exists(tx, &room.id, ctx.uid()).await?;
    closed_to_strangers(ctx, tx, room, member).await
}

/// As [`can_access`], for callers of whom it is known whether they are a member.
pub async fn can_access_as(ctx: &Ctx, tx: &Tx, room: &Room, member: bool) -> Result<bool> {
    if room.t == RoomType::Channel && room_is_open(ctx, tx, room).await? {
        return Ok(true);
    }
    closed_to_strangers(ctx, tx, room, member).await
}

async fn closed_to_strangers(ctx: &Ctx, tx: &Tx, room: &Room, member: bool) -> Result<bool> {
    if member {
        return Ok(ctx.may("view-joined-room") || ctx.may(&format!("view-{}-room", room.t.as_str())));
    }
    let Some(parent) = &room.prid else { return Ok(false) };
    match rooms::rows::by_id(tx, parent).await? {
        // A discussion's parent is never a discussion of itself; one step is enough and cannot loop.
        Some(parent) if parent.prid.is_none() => Box::pin(can_access(ctx, tx, &parent)).await,
        Some(parent) => Ok(subscriptions::rows::exists(tx, &parent.id, ctx.uid()).await?),
        None => Ok(false),
    }
}

/// A channel is open to whoever may see public channels, unless it belongs to a private team.
async fn room_is_open(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<bool> {
    let public = match &ctx.caller {
        Some(_) => ctx.may("view-c-room"),
        None => ctx.settings.get(keys::Accounts_AllowAnonymousRead),
    };
    let Some(team_id) = &room.team_id else { return Ok(public) };
    let main =
        tx.query_opt("SELECT t, id FROM rooms WHERE team_id = ?1 AND team_main", &vals![team_id]).await?;
    match main {
        Some(main) if main.str(0)? == "p" => {
            Ok(ctx.caller.is_some() && subscriptions::rows::exists(tx, main.str(1)?, ctx.uid()).await?)
        }
        _ => Ok(public),
    }
}
