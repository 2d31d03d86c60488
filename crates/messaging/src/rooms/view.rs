//! Rooms and messages as one caller sees them.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room};

/// A message without what is others' affair: who else starred it.
/// Upstream: `apps/meteor/app/utils/server/lib/normalizeMessagesForUser.ts`.
pub fn message(ctx: &Ctx, mut message: Message) -> Message {
    if let Some(starred) = &mut message.starred {
        starred.retain(|user| user.id == ctx.uid());
    }
    message
}

/// A room whose last message is shown as the caller sees it.
pub fn room(ctx: &Ctx, mut room: Room) -> Room {
    if let Some(last) = room.last_message.take() {
        room.last_message = Some(Box::new(message(ctx, *last)));
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
