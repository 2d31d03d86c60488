//! Choosing a room's picture and going back to the letter.
//! Upstream: `apps/meteor/app/lib/server/functions/setRoomAvatar.ts`.

use gantry_accounts::avatars::picture;
use gantry_accounts::streams::notify_logged;
use gantry_kernel::media::{self, Area, Media};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use crate::rooms::refusals::action_not_allowed;
use crate::subscriptions::rows as subs;

/// A room has another picture, or none.
#[derive(Clone, Debug)]
pub struct AvatarChanged {
    /// The room.
    pub rid: String,
    /// Version of the picture; `None` for the letter.
    pub etag: Option<String>,
}

pub(super) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<AvatarChanged, _>(|kernel, event| {
        let mut shown = json!({ "rid": event.rid });
        if let Some(etag) = &event.etag {
            shown["etag"] = json!(etag);
        }
        notify_logged(kernel, "updateAvatar", &[&shown]);
        Box::pin(async {})
    });
}

/// Makes the picture of a `data:` address fit for a room, before any transaction begins: that takes time.
/// Only for somebody who may change the room's picture.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-data`, `error-invalid-file-type`, `error-file-too-large`.
pub async fn prepare(ctx: &Ctx, rid: &str, uri: &str) -> Result<Media> {
    let (id, uid) = (rid.to_owned(), ctx.uid().to_owned());
    let roles = ctx.read(async move |tx| subs::roles_in(tx, &id, &uid).await).await?;
    if !ctx.may_in_room("edit-room-avatar", &roles) {
        return Err(action_not_allowed("Editing a room avatar is not allowed", "Editing_room"));
    }
    picture::prepare(ctx, picture::from_data_uri(uri)?).await
}

/// Gives a room a picture, or takes it away. The room is not stored here: the caller does that.
///
/// # Errors
/// The database's.
pub async fn put(tx: &Tx, room: &mut Room, picture: Option<&Media>) -> Result<()> {
    match picture {
        Some(picture) => {
            media::put(tx, Area::RoomAvatar, &room.id, picture).await?;
            room.avatar_etag = Some(picture.etag.clone());
            room.rest.insert("avatarOrigin".to_owned(), json!("upload"));
        }
        None => {
            media::remove(tx, Area::RoomAvatar, &room.id).await?;
            room.avatar_etag = None;
            room.rest.remove("avatarOrigin");
        }
    }
    tx.emit(AvatarChanged { rid: room.id.clone(), etag: room.avatar_etag.clone() });
    Ok(())
}

/// Forgets the picture of a room that is removed.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &Tx, rid: &str) -> Result<()> {
    media::remove(tx, Area::RoomAvatar, rid).await.map(drop)
}
