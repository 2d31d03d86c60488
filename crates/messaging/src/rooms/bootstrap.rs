//! The first room of a new workspace. Upstream: `apps/meteor/server/startup/initialData.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use super::rows;

/// Id of the channel that every workspace begins with.
pub const GENERAL: &str = "GENERAL";

/// Makes the channel `general`, which everybody joins, unless the workspace has rooms already.
///
/// # Errors
/// The database's.
pub async fn first_room(kernel: &Arc<Kernel>) -> Result<()> {
    let ctx = Ctx::internal(kernel);
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let any = tx.query_opt("SELECT 1 FROM rooms LIMIT 1", &vals![]).await?;
        if any.is_some() {
            return Ok(());
        }
        let room = Room {
            id: GENERAL.to_owned(),
            t: RoomType::Channel,
            name: Some("general".to_owned()),
            fname: Some("general".to_owned()),
            default: Some(true),
            ts: Some(inner.now),
            updated_at: inner.now,
            ..Room::default()
        };
        rows::insert(tx, &room).await
    })
    .await
}
