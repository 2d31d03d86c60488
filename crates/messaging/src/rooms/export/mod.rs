//! Exporting a room: as an archive to download, or chosen messages by mail.
//! Upstream: `apps/meteor/server/lib/dataExport/`.

mod archive;
mod mail;
mod page;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

pub use archive::{Format, Wanted, run, start};
pub use mail::{Letter, send};

use crate::access::can_access;
use crate::rooms::rows;
use crate::subscriptions::rows as subs;

/// The room, if the caller may export it.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-room`, `error-not-allowed`.
pub async fn allowed(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Room> {
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room("mail-messages", &roles) {
        return Err(Error::new("error-action-not-allowed", "Mailing is not allowed"));
    }
    let room = rows::by_id(tx, rid).await?.ok_or_else(|| Error::code("error-invalid-room"))?;
    if !can_access(ctx, tx, &room).await? {
        return Err(Error::new("error-not-allowed", "Not Allowed"));
    }
    Ok(room)
}
