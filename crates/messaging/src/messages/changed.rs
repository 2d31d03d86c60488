//! After a change of a message that is there: its row, the room's last message, and the event.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room};

use super::rows;
use crate::events::MessageSaved;
use crate::rooms;

/// Stores a changed message and tells everybody. If it is the room's last message, that changes too.
///
/// # Errors
/// The database's.
pub async fn store(ctx: &Ctx, tx: &Tx, mut message: Message) -> Result<Message> {
    rows::update(tx, &mut message, ctx.now).await?;
    tell(ctx, tx, &message).await?;
    Ok(message)
}

/// Tells everybody of a message that has been stored.
///
/// # Errors
/// The database's.
pub async fn tell(ctx: &Ctx, tx: &Tx, message: &Message) -> Result<()> {
    let shows = |room: &Room| room.last_message.as_ref().is_some_and(|last| last.id == message.id);
    let Some(mut room) = rooms::rows::by_id(tx, &message.rid).await? else { return Ok(()) };
    if shows(&room) {
        // Held still: a newer message that is just being sent would be replaced by this one.
        let Some(now) = rooms::rows::lock(tx, &message.rid).await? else { return Ok(()) };
        room = now;
    }
    let is_last = shows(&room);
    if is_last {
        rooms::rows::set_last_message(tx, &room.id, Some(message), ctx.now).await?;
        room.updated_at = ctx.now;
        room.last_message = Some(Box::new(message.clone()));
    }
    tx.emit(MessageSaved { room_changed: is_last, ..MessageSaved::changed(message.clone(), room) });
    Ok(())
}
