//! Rooms as one caller sees them.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

/// A room whose last message is shown without what is others' affair: who else starred it.
pub fn room(ctx: &Ctx, mut room: Room) -> Room {
    if let Some(starred) = room.last_message.as_mut().and_then(|last| last.starred.as_mut()) {
        starred.retain(|user| user.id == ctx.uid());
    }
    room
}

/// The room of that id, as the caller sees it now.
///
/// # Errors
/// `error-invalid-room` if it is gone.
pub async fn fresh(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Room> {
    let found = super::rows::by_id(tx, rid).await?;
    found.map(|found| room(ctx, found)).ok_or_else(|| Error::new("error-invalid-room", "Invalid room"))
}
