//! The message in the parent room that a discussion hangs on.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use super::{changed, rows};

/// Writes a discussion's counters on the message that opens it. Does nothing for other rooms.
/// Upstream: `apps/meteor/app/discussion/server/hooks/propagateDiscussionMetadata.ts`.
///
/// # Errors
/// The database's.
pub async fn count(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<()> {
    if room.prid.is_none() {
        return Ok(());
    }
    let Some(mut opener) = rows::lock_opener(tx, &room.id).await? else { return Ok(()) };
    opener.dcount = Some(room.msgs);
    opener.dlm = room.lm.or(opener.dlm);
    changed::store(ctx, tx, opener).await?;
    Ok(())
}
