//! The first picture of somebody new: the one that the services have that the user is known to.
//! Upstream: `apps/meteor/app/lib/server/functions/{saveUser,setUsername}`, which wait for the services.

use std::sync::Arc;

use gantry_kernel::media::{self, Area};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;
use tokio::sync::Semaphore;

use super::{change, fetch, picture};
use crate::Accounts;
use crate::users::{self, register};

/// Users whose services are asked at the same time.
static TURNS: Semaphore = Semaphore::const_new(4);

/// Users who are asked for or wait for it. A picture is a courtesy: who is made while so many wait (an import)
/// chooses one.
static PLACES: Semaphore = Semaphore::const_new(256);

/// Asks the services for a picture of somebody who has none, if the workspace wants that
/// (`Accounts_SetDefaultAvatar`). Nobody waits for it.
pub(crate) fn look_for(kernel: &Arc<Kernel>, uid: &str) {
    // Servers under test ask nobody out there.
    let asks = !kernel.test_mode || Accounts::of(kernel).gravatar.get().is_some();
    if !asks || !kernel.settings.get(keys::Accounts_SetDefaultAvatar) {
        return;
    }
    let Ok(place) = PLACES.try_acquire() else { return };
    let (ctx, uid) = (Ctx::internal(kernel), uid.to_owned());
    tokio::spawn(async move {
        // Never closed.
        let turn = TURNS.acquire().await;
        if let Err(error) = find(&ctx, &uid).await {
            tracing::debug!(%error, "somebody new stays without a picture");
        }
        drop((turn, place));
    });
}

async fn find(ctx: &Ctx, uid: &str) -> Result<()> {
    let id = uid.to_owned();
    let user = ctx.read(async move |tx| users::by_id(tx, &id).await).await?;
    let Some(mut user) = user.filter(|user| user.kind == "user" && has_none(user)) else { return Ok(()) };
    if register::confirmed_first(ctx) {
        // A picture that comes with an address that is not confirmed would tell that nobody else has the address.
        user.emails.iter_mut().for_each(|emails| emails.retain(|email| email.verified));
    }
    let found = fetch::suggestions(ctx, &user).await;
    let best = found.iter().find(|one| one.service != "gravatar").or(found.first());
    let Some(best) = best else { return Ok(()) };
    let picture = picture::prepare(ctx, picture::from_data_uri(&best.blob)?).await?;
    let (inner, uid, service) = (ctx.clone(), uid.to_owned(), best.service);
    ctx.write(async move |tx| {
        // Somebody who has chosen in the meantime has chosen.
        let Some(user) = users::lock(tx, &uid).await?.filter(has_none) else { return Ok(()) };
        media::put(tx, Area::UserAvatar, &uid, &picture).await?;
        change::note(&inner, tx, user, Some(service), Some(&picture.etag)).await
    })
    .await
}

fn has_none(user: &User) -> bool {
    user.avatar_origin.is_none() && user.avatar_etag.is_none()
}
