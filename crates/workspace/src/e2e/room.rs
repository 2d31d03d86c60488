//! The key of a room.

use gantry_kernel::prelude::*;
use gantry_messaging::access::can_access;
use gantry_messaging::rooms::rows;
use gantry_messaging::subscriptions;
use gantry_protocol::objects::{Room, Subscription};

use super::{bounds, own, queue, stored};

/// How many former keys a subscription keeps, to read old messages with.
const FORMER: usize = 10;

pub(super) fn invalid_room(method: &'static str) -> Error {
    Error::new("error-invalid-room", "Invalid room").with_details(json!({ "method": method }))
}

/// A room that the caller may read.
///
/// # Errors
/// `error-invalid-room`, also if there is none.
pub(super) async fn readable(ctx: &Ctx, tx: &Tx, rid: &str, method: &'static str) -> Result<Room> {
    let room = rows::by_id(tx, rid).await?.ok_or_else(|| invalid_room(method))?;
    if can_access(ctx, tx, &room).await? { Ok(room) } else { Err(invalid_room(method)) }
}

/// Names the key of a room that has none. Only members do: the key is theirs.
///
/// # Errors
/// `error-invalid-room`, `error-room-e2e-key-already-exists`.
pub(super) async fn name_key(ctx: &Ctx, tx: &Tx, rid: &str, key_id: &str) -> Result<()> {
    const METHOD: &str = "e2e.setRoomKeyID";
    bounds::keys([key_id])?;
    readable(ctx, tx, rid, METHOD).await?;
    let mut room = rows::lock(tx, rid).await?.ok_or_else(|| invalid_room(METHOD))?;
    if !subscriptions::rows::exists(tx, rid, ctx.uid()).await? {
        return Err(invalid_room(METHOD));
    }
    if room.e2e_key_id.as_deref().is_some_and(|id| !id.is_empty()) {
        return Err(Error::new("error-room-e2e-key-already-exists", "E2E Key ID already exists")
            .with_details(json!({ "method": METHOD })));
    }
    room.e2e_key_id = Some(key_id.to_owned());
    queue::save(ctx, tx, room).await
}

/// Replaces the key of a room by one that only the caller holds so far. The others keep the former key for
/// what was written with it, and wait for the new one.
///
/// # Errors
/// A code in the place of a sentence, as upstream's.
pub(super) async fn replace(ctx: &Ctx, tx: &Tx, rid: &str, key: &str, key_id: &str) -> Result<()> {
    let failed = || Error::message("error-e2e-key-reset-failed");
    bounds::keys([key, key_id])?;
    let uid = ctx.uid();
    let mut room = rows::lock(tx, rid).await?.ok_or_else(failed)?;
    let Some(former) = room.e2e_key_id.clone() else { return Err(failed()) };
    if !own::of_caller(ctx, tx).await?.whole() {
        return Err(failed());
    }
    let mut waiting = Vec::new();
    for holder in stored::holders(tx, rid).await? {
        let Some(mut sub) = stored::lock(tx, rid, &holder).await? else { continue };
        put_away(ctx, &mut sub, &former);
        stored::save(ctx, tx, &sub).await?;
        if holder != uid && waiting.len() < queue::LENGTH {
            waiting.push(queue::waiting(ctx, &holder));
        }
    }
    room.e2e_key_id = Some(key_id.to_owned());
    room.users_waiting_for_keys = Some(waiting);
    queue::save(ctx, tx, room).await?;
    if let Some(mut sub) = stored::lock(tx, rid, uid).await? {
        sub.e2e_key = Some(key.to_owned());
        stored::save(ctx, tx, &sub).await?;
    }
    Ok(())
}

/// Moves a subscription's key to its former keys, the newest first.
fn put_away(ctx: &Ctx, sub: &mut Subscription, key_id: &str) {
    (sub.e2e_suggested_key, sub.suggested_old_room_keys) = (None, None);
    if let Some(key) = sub.e2e_key.take() {
        let former = sub.old_room_keys.get_or_insert_default();
        former.insert(0, json!({ "e2eKeyId": key_id, "ts": ctx.now, "E2EKey": key }));
        former.truncate(FORMER);
    }
}
