//! Archiving: a room that is kept for reading.
//! Upstream: `apps/meteor/app/lib/server/functions/archiveRoom.ts`, `unarchiveRoom.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::RoomType;
use gantry_store::vals;

use super::announce::Announcer;
use super::{refusals, rows};
use crate::events::{Action, RoomAccessChanged, RoomArchived, RoomChanged};
use crate::subscriptions::rows as subs;

/// The caller archives a room, or opens an archived one again.
///
/// # Errors
/// `error-invalid-room`, `error-direct-message-room`, `error-not-authorized`.
pub async fn set(ctx: &Ctx, tx: &Tx, rid: &str, archived: bool) -> Result<()> {
    let (method, permission) =
        if archived { ("archiveRoom", "archive-room") } else { ("unarchiveRoom", "unarchive-room") };
    let mut room = refusals::lock(tx, rid, method).await?;
    if archived && !matches!(room.t, RoomType::Channel | RoomType::Private) {
        return Err(Error::new(
            "error-direct-message-room",
            format!("rooms type: {} can not be archived", room.t.as_str()),
        )
        .with_details(json!({ "method": method })));
    }
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room(permission, &roles) {
        return Err(
            Error::new("error-not-authorized", "Not authorized").with_details(json!({ "method": method }))
        );
    }
    room.archived = Some(archived);
    rows::update(tx, &mut room, ctx.now, true).await?;
    tx.exec(
        "UPDATE subscriptions SET open = ?2, alert = FALSE, hidden_seq = (SELECT seq FROM rooms WHERE id = ?1), \
         read_seq = (SELECT seq FROM rooms WHERE id = ?1), updated_at = ?3 WHERE rid = ?1",
        &vals![rid, !archived, ctx.now.millis()],
    )
    .await?;
    let kind = if archived { "room-archived" } else { "room-unarchived" };
    Announcer::caller(ctx, tx)?.say(&mut room, kind, "").await?;
    let room = Arc::new(room);
    if archived {
        tx.emit(RoomArchived { room: room.clone(), uid: ctx.uid().to_owned() });
    }
    tx.emit(RoomChanged { room, action: Action::Updated, subscriptions: true });
    tx.emit(RoomAccessChanged { rid: rid.to_owned() });
    Ok(())
}
