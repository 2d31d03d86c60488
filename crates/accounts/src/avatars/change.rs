//! Choosing an avatar and going back to the letter.
//! Upstream: `apps/meteor/app/lib/server/functions/setUserAvatar.ts`.

use gantry_kernel::media::{self, Area, Media};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

use crate::users::{edit, lock};

/// A user has another picture, or none.
#[derive(Clone, Debug)]
pub struct AvatarChanged {
    /// The user's name.
    pub username: String,
    /// Version of the picture; `None` for the letter.
    pub etag: Option<String>,
}

/// Gives a user a picture. `origin` says where it comes from: `rest`, `url`, `upload` or a login service.
///
/// # Errors
/// `error-invalid-user`.
pub async fn set(ctx: &Ctx, uid: &str, origin: &str, picture: Media) -> Result<()> {
    let (inner, uid, origin) = (ctx.clone(), uid.to_owned(), origin.to_owned());
    ctx.write(async move |tx| {
        let user = found(tx, &uid).await?;
        media::put(tx, Area::UserAvatar, &uid, &picture).await?;
        note(&inner, tx, user, Some(&origin), Some(&picture.etag)).await
    })
    .await
}

/// Takes a user's picture away. `origin` is `initials` for somebody who wants the letter.
///
/// # Errors
/// `error-invalid-user`.
pub async fn reset(ctx: &Ctx, uid: &str, origin: Option<&str>) -> Result<()> {
    let (inner, uid, origin) = (ctx.clone(), uid.to_owned(), origin.map(str::to_owned));
    ctx.write(async move |tx| {
        let user = found(tx, &uid).await?;
        media::remove(tx, Area::UserAvatar, &uid).await?;
        note(&inner, tx, user, origin.as_deref(), None).await
    })
    .await
}

async fn found(tx: &Tx, uid: &str) -> Result<User> {
    lock(tx, uid).await?.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))
}

/// Writes down where the picture of a user, whose row is locked, comes from, and tells of it.
pub(super) async fn note(
    ctx: &Ctx,
    tx: &Tx,
    before: User,
    origin: Option<&str>,
    etag: Option<&str>,
) -> Result<()> {
    let mut user = before.clone();
    user.avatar_origin = origin.map(str::to_owned);
    user.avatar_etag = etag.map(str::to_owned);
    edit::store(ctx, tx, &before, &mut user).await?;
    tx.emit(AvatarChanged { username: user.username.unwrap_or_default(), etag: user.avatar_etag });
    Ok(())
}
