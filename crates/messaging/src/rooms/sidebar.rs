//! Where a room stands in its members' lists: open, hidden, favourite.

use gantry_kernel::prelude::*;
use gantry_store::vals;

use crate::events::SubscriptionsChanged;
use crate::subscriptions::rows as subs;

/// The caller hides a room: it also counts as looked at. Answers how many subscriptions changed.
/// Upstream: `apps/meteor/server/methods/hideRoom.ts`.
///
/// # Errors
/// The database's.
pub async fn hide(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<u64> {
    let Some(before) = subs::find(tx, rid, ctx.uid()).await? else { return Ok(0) };
    tx.exec(
        "UPDATE subscriptions SET open = FALSE, alert = FALSE, hidden_seq = (SELECT seq FROM rooms WHERE id = ?1), \
         read_seq = (SELECT seq FROM rooms WHERE id = ?1), updated_at = ?3 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, ctx.uid(), ctx.now.millis()],
    )
    .await?;
    changed(ctx, tx, rid);
    Ok(u64::from(before.open || before.alert.unwrap_or(false)))
}

/// The caller shows a room again. Answers how many subscriptions changed.
/// Upstream: `apps/meteor/server/methods/openRoom.ts`.
///
/// # Errors
/// The database's.
pub async fn open(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<u64> {
    let Some(before) = subs::find(tx, rid, ctx.uid()).await? else { return Ok(0) };
    if before.open {
        return Ok(0);
    }
    tx.exec(
        "UPDATE subscriptions SET open = TRUE, updated_at = ?3 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, ctx.uid(), ctx.now.millis()],
    )
    .await?;
    changed(ctx, tx, rid);
    Ok(1)
}

/// The caller marks a room as a favourite or not; without a wish, the mark is turned round.
/// Answers how many subscriptions changed.
/// Upstream: `apps/meteor/server/methods/toggleFavorite.ts`.
///
/// # Errors
/// `error-invalid-subscription` for a room that the caller is not in.
pub async fn favourite(ctx: &Ctx, tx: &Tx, rid: &str, wish: Option<bool>) -> Result<u64> {
    let before = subs::find(tx, rid, ctx.uid()).await?.ok_or_else(|| {
        Error::new("error-invalid-subscription", "You must be part of a room to favorite it")
            .with_details(json!({ "method": "toggleFavorite" }))
    })?;
    let is = before.f.unwrap_or(false);
    let wish = wish.unwrap_or(!is);
    tx.exec(
        "UPDATE subscriptions SET favorite = ?3, updated_at = ?4 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, ctx.uid(), wish, ctx.now.millis()],
    )
    .await?;
    changed(ctx, tx, rid);
    Ok(u64::from(is != wish))
}

fn changed(ctx: &Ctx, tx: &Tx, rid: &str) {
    tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids: vec![ctx.uid().to_owned()] });
}
