//! Rooms as one caller sees them.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use crate::messages::for_user;

/// Rooms whose last messages are shown as messages are: without who else starred them, and with
/// `UI_Use_Real_Name` with the names that people have now.
/// Upstream: `apps/meteor/app/api/server/helpers/composeRoomWithLastMessage.ts`.
///
/// # Errors
/// The database's.
pub async fn rooms(ctx: &Ctx, tx: &Tx, mut rooms: Vec<Room>) -> Result<Vec<Room>> {
    let last = rooms.iter_mut().filter_map(|room| room.last_message.as_deref_mut()).collect();
    for_user::in_place(ctx, tx, last).await?;
    Ok(rooms)
}

/// As [`rooms`], for one room.
///
/// # Errors
/// As [`rooms`].
pub async fn room(ctx: &Ctx, tx: &Tx, mut room: Room) -> Result<Room> {
    for_user::in_place(ctx, tx, room.last_message.as_deref_mut().into_iter().collect()).await?;
    Ok(room)
}

/// A room as the Realtime API shows it, fetched or in events: names on the last message are those that were
/// stored with it.
pub fn stored(ctx: &Ctx, mut room: Room) -> Room {
    if let Some(starred) = room.last_message.as_mut().and_then(|last| last.starred.as_mut()) {
        starred.retain(|star| star.id == ctx.uid());
    }
    room
}

/// The room of that id, as the caller sees it now.
///
/// # Errors
/// `error-invalid-room` if it is gone.
pub async fn fresh(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Room> {
    match super::rows::by_id(tx, rid).await? {
        Some(found) => room(ctx, tx, found).await,
        None => Err(Error::new("error-invalid-room", "Invalid room")),
    }
}
