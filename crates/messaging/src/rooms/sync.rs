//! The caller's list of rooms, and what changed in it: `rooms.get` and the method `rooms/get`.
//! Upstream: `apps/meteor/server/publications/room/index.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;
use gantry_store::vals;

use super::{rows, view};

/// A room that is no longer on the caller's list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Gone {
    /// Room id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Since when.
    #[serde(rename = "_deletedAt")]
    pub deleted_at: Timestamp,
}

/// The caller's rooms, or those that changed after `since`.
///
/// # Errors
/// The database's.
pub async fn rooms(ctx: &Ctx, tx: &Tx, since: Option<Timestamp>) -> Result<Vec<Room>> {
    let found = tx
        .query(
            "SELECT r.doc, r.msgs, r.users_count, r.lm, r.updated_at, r.last_message FROM subscriptions s \
             JOIN rooms r ON r.id = s.rid WHERE s.uid = ?1 AND (?2 OR r.updated_at > ?3) ORDER BY r.id",
            &vals![ctx.uid(), since.is_none(), since.map_or(0, Timestamp::millis)],
        )
        .await?;
    found.iter().map(|row| Ok(view::stored(ctx, rows::decode(row, 0)?))).collect()
}

/// The rooms that the caller has left or that were deleted after `since`.
///
/// # Errors
/// The database's.
pub async fn gone(ctx: &Ctx, tx: &Tx, since: Timestamp) -> Result<Vec<Gone>> {
    let found = tx
        .query(
            "SELECT doc, deleted_at FROM tombstones WHERE kind = 'subscription' AND owner = ?1 AND deleted_at > ?2 \
             AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.uid = ?1 AND s.rid = tombstones.doc) \
             ORDER BY deleted_at, id",
            &vals![ctx.uid(), since.millis()],
        )
        .await?;
    found
        .iter()
        .map(|row| {
            Ok(Gone {
                id: row.opt_text(0)?.unwrap_or_default(),
                deleted_at: Timestamp::from_millis(row.int(1)?),
            })
        })
        .collect()
}
