//! Passing a room's key from member to member.

use std::collections::BTreeMap;

use gantry_kernel::prelude::*;
use gantry_messaging::{rooms, subscriptions};
use gantry_protocol::objects::Subscription;

use super::stored::{self, Reader};
use super::{bounds, queue, room};

/// Somebody wants the key of a room.
pub(super) struct Wanted {
    pub(super) rid: String,
    pub(super) key_id: String,
}

/// Asks the clients in a room whether they can share its key.
pub(super) fn ask(kernel: &Kernel, rid: &str, key_id: &str) {
    let event = format!("{rid}/e2e.keyRequest");
    if kernel.hub.has_subscribers("notify-room", &event) {
        kernel.hub.publish("notify-room", &event, &[&json!(key_id).to_string()]);
    }
}

/// Asks in all encrypted rooms of the caller whose key they do not hold.
pub(super) async fn request_all(ctx: &Ctx, tx: &Tx) -> Result<()> {
    let rids = stored::rooms_without_key(tx, ctx.uid(), false).await?;
    for room in rooms::rows::by_ids(tx, &rids).await? {
        if let Some(key_id) = room.e2e_key_id {
            tx.emit(Wanted { rid: room.id, key_id });
        }
    }
    Ok(())
}

/// Members of a room of the caller who could read with its key and do not hold it.
///
/// # Errors
/// `error-invalid-room`.
pub(super) async fn without_key(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Vec<Value>> {
    const METHOD: &str = "e2e.getUsersOfRoomWithoutKey";
    room::readable(ctx, tx, rid, METHOD).await?;
    // Only a member has the key to share; others may not be allowed to list the members.
    if !subscriptions::rows::exists(tx, rid, ctx.uid()).await? {
        return Err(room::invalid_room(METHOD));
    }
    let readers = stored::without_key(tx, rid).await?;
    Ok(readers
        .into_iter()
        .map(|reader| json!({ "_id": reader.id, "e2e": { "public_key": reader.public_key } }))
        .collect())
}

/// Rooms that are looked at in one call of [`waiting`].
const ROOMS: usize = 100;

/// For each of these rooms that the caller is in: who waits for its key.
pub(super) async fn waiting(ctx: &Ctx, tx: &Tx, rids: &[String]) -> Result<BTreeMap<String, Vec<Reader>>> {
    let mut waiting = BTreeMap::new();
    for room in rooms::rows::by_ids(tx, &rids[..rids.len().min(ROOMS)]).await? {
        if !subscriptions::rows::exists(tx, &room.id, ctx.uid()).await? {
            continue;
        }
        let readers = stored::waiting(tx, &room.id, ctx.uid()).await?;
        if !readers.is_empty() {
            waiting.insert(room.id, readers);
        }
    }
    Ok(waiting)
}

/// Stores a room's key for the caller, or offers it to another member. Nothing happens unless both are members.
pub(super) async fn give(ctx: &Ctx, tx: &Tx, rid: &str, uid: &str, key: &str) -> Result<()> {
    bounds::keys([key])?;
    if !subscriptions::rows::exists(tx, rid, ctx.uid()).await? {
        return Ok(());
    }
    let Some(mut sub) = stored::lock(tx, rid, uid).await? else { return Ok(()) };
    if uid == ctx.uid() {
        sub.e2e_key = Some(key.to_owned());
        stored::save(ctx, tx, &sub).await?;
        return queue::leave(ctx, tx, rid, &[uid.to_owned()]).await;
    }
    sub.e2e_suggested_key = Some(key.to_owned());
    stored::save(ctx, tx, &sub).await
}

/// A key for a member, with former ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Suggestion {
    /// The member.
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// The room's key, encrypted for the member.
    pub(super) key: String,
    /// Former keys of the room, encrypted for the member.
    pub(super) old_keys: Option<Vec<FormerKey>>,
}

/// A former key of a room.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FormerKey {
    e2e_key_id: Option<String>,
    /// Until when it was the room's key.
    ts: Option<Timestamp>,
    #[serde(rename = "E2EKey")]
    e2e_key: Option<String>,
}

impl FormerKey {
    /// What clients choose freely.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.e2e_key_id.as_deref().into_iter().chain(self.e2e_key.as_deref())
    }
}

/// Offers keys of rooms to their members. Rooms of which the caller is no member, and people who are none, are
/// left out.
pub(super) async fn offer(ctx: &Ctx, tx: &Tx, offers: &BTreeMap<String, Vec<Suggestion>>) -> Result<()> {
    bounds::suggestions(offers.values().flatten())?;
    for (rid, suggestions) in offers {
        if !subscriptions::rows::exists(tx, rid, ctx.uid()).await? {
            continue;
        }
        let mut offered = Vec::new();
        for suggestion in suggestions {
            let Some(mut sub) = stored::lock(tx, rid, &suggestion.id).await? else { continue };
            sub.e2e_suggested_key = Some(suggestion.key.clone());
            if let Some(former) = &suggestion.old_keys {
                let keys = former
                    .iter()
                    .map(|key| json!({ "e2eKeyId": key.e2e_key_id, "ts": key.ts, "E2EKey": key.e2e_key }));
                sub.suggested_old_room_keys = Some(keys.collect());
            }
            stored::save(ctx, tx, &sub).await?;
            offered.push(suggestion.id.clone());
        }
        queue::leave(ctx, tx, rid, &offered).await?;
    }
    Ok(())
}

/// The caller takes or refuses the key that was offered to them.
///
/// # Errors
/// `error-subscription-not-found`, `error-no-suggested-key-available`.
pub(super) async fn decide(ctx: &Ctx, tx: &Tx, rid: &str, accept: bool, method: &'static str) -> Result<()> {
    let details = json!({ "method": method });
    let uid = ctx.uid();
    let Some(mut sub) = stored::lock(tx, rid, uid).await? else {
        return Err(
            Error::new("error-subscription-not-found", "Subscription not found").with_details(details)
        );
    };
    let key = sub.e2e_suggested_key.take().filter(|key| !key.trim().is_empty());
    let Some(key) = key else {
        return Err(Error::new("error-no-suggested-key-available", "No suggested key available")
            .with_details(details));
    };
    let former = sub.suggested_old_room_keys.take();
    if accept {
        take(&mut sub, key, former);
    }
    stored::save(ctx, tx, &sub).await?;
    if accept {
        queue::leave(ctx, tx, rid, &[uid.to_owned()]).await
    } else {
        queue::enter(ctx, tx, &[rid.to_owned()], uid).await
    }
}

/// Former keys that the member has are not replaced by offered ones.
fn take(sub: &mut Subscription, key: String, former: Option<Vec<Value>>) {
    sub.e2e_key = Some(key.trim().to_owned());
    if sub.old_room_keys.is_none() {
        sub.old_room_keys = former;
    }
}
