//! Deleting rooms. Upstream: `apps/meteor/server/lib/eraseRoom.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use super::announce::Announcer;
use super::refusals::{invalid_room, not_allowed};
use super::rows;
use crate::events::{Action, MemberLeft, RoomChanged};
use crate::subscriptions::rows as subs;

/// The caller deletes a room with everything in it.
///
/// # Errors
/// `error-invalid-room`, `error-not-allowed`.
pub async fn erase(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    const METHOD: &str = "eraseRoom";
    let room = rows::lock(tx, rid).await?.ok_or_else(|| invalid_room(METHOD))?;
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room(&format!("delete-{}", room.t.as_str()), &roles) {
        return Err(not_allowed(METHOD));
    }
    let main = match &room.team_id {
        Some(team) => rows::main_of_team(tx, team).await?,
        None => None,
    };
    if let Some(main) = &main {
        let in_team = subs::roles_in(tx, &main.id, ctx.uid()).await?;
        let kind = if room.t == RoomType::Channel { "channel" } else { "group" };
        if !ctx.may_in_room(&format!("delete-team-{kind}"), &in_team) {
            return Err(not_allowed(METHOD));
        }
    }
    remove(ctx, tx, &room).await?;
    if let Some(mut main) = main.filter(|main| main.id != room.id) {
        let name = room.name.as_deref().unwrap_or_default();
        Announcer::caller(ctx, tx)?.say(&mut main, "user-deleted-room-from-team", name).await?;
    }
    Ok(())
}

/// Removes a room with its messages and subscriptions, and the team whose main room it is. Its discussions
/// stay, as rooms of their own.
///
/// # Errors
/// The database's.
pub async fn remove(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<()> {
    let rid = room.id.as_str();
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Removed, subscriptions: false });
    for uid in subs::member_ids(tx, rid).await? {
        if let Some(subscription) = subs::delete(tx, rid, &uid, ctx.now).await? {
            tx.emit(MemberLeft { rid: rid.to_owned(), uid, subscription: Arc::new(subscription) });
        }
    }
    crate::files::of_room(ctx, tx, rid).await?;
    super::avatars::remove(tx, rid).await?;
    crate::threads::rows::delete_room(tx, rid).await?;
    tx.exec("DELETE FROM message_stars WHERE rid = ?1", &vals![rid]).await?;
    tx.exec("DELETE FROM message_mentions WHERE rid = ?1", &vals![rid]).await?;
    tx.exec("DELETE FROM message_reads WHERE rid = ?1", &vals![rid]).await?;
    tx.exec("DELETE FROM messages WHERE rid = ?1", &vals![rid]).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, owner, deleted_at, doc) VALUES ('room', ?1, NULL, ?2, NULL) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![rid, ctx.now.millis()],
    )
    .await?;
    crate::invites::delete_of_room(tx, rid).await?;
    rows::delete(tx, rid).await?;
    match room.team_id.as_deref().filter(|_| room.team_main.unwrap_or(false)) {
        Some(team) => crate::teams::creation::main_is_gone(ctx, tx, team).await,
        None => Ok(()),
    }
}
