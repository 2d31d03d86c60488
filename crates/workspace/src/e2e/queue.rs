//! The members of a room who wait for its key, as the room's document lists them: other members' clients see
//! from it for whom to encrypt the key.

use gantry_kernel::prelude::*;
use gantry_messaging::events::{Action, RoomChanged};
use gantry_messaging::rooms::rows;
use gantry_protocol::objects::{Room, WaitingForKey};

/// How many can wait in one list.
pub(super) const LENGTH: usize = 50;

/// Somebody who waits from now on.
pub(super) fn waiting(ctx: &Ctx, uid: &str) -> WaitingForKey {
    WaitingForKey { user_id: uid.to_owned(), ts: ctx.now, rest: serde_json::Map::new() }
}

/// Stores a room and tells its members.
pub(super) async fn save(ctx: &Ctx, tx: &Tx, mut room: Room) -> Result<()> {
    rows::update(tx, &mut room, ctx.now, false).await?;
    tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    Ok(())
}

/// Lets a user wait in these rooms, where encryption is on. The oldest leave when the list is full.
pub(super) async fn enter(ctx: &Ctx, tx: &Tx, rids: &[String], uid: &str) -> Result<()> {
    for rid in rids {
        let Some(mut room) = rows::lock(tx, rid).await?.filter(|room| room.encrypted == Some(true)) else {
            continue;
        };
        let list = room.users_waiting_for_keys.get_or_insert_default();
        if list.iter().any(|entry| entry.user_id == uid) {
            continue;
        }
        list.push(waiting(ctx, uid));
        let surplus = list.len().saturating_sub(LENGTH);
        list.drain(..surplus);
        save(ctx, tx, room).await?;
    }
    Ok(())
}

/// These users wait in the room no longer.
pub(super) async fn leave(ctx: &Ctx, tx: &Tx, rid: &str, uids: &[String]) -> Result<()> {
    let Some(mut room) = rows::lock(tx, rid).await? else { return Ok(()) };
    let Some(list) = &mut room.users_waiting_for_keys else { return Ok(()) };
    let before = list.len();
    list.retain(|entry| !uids.contains(&entry.user_id));
    if list.len() == before {
        return Ok(());
    }
    if list.is_empty() {
        room.users_waiting_for_keys = None;
    }
    save(ctx, tx, room).await
}
