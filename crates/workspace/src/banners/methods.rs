//! The banners of former versions, which are a part of the user.
//! Upstream: `apps/meteor/app/version-check/server/methods/banner_dismiss.ts`.

use gantry_accounts::users::{self, UserChanged};
use gantry_kernel::prelude::*;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<Dismiss>();
}

/// `banner/dismiss({id})`: the caller has read that banner.
#[derive(Deserialize)]
struct Dismiss {
    banner: Which,
}

#[derive(Deserialize)]
struct Which {
    id: String,
}

impl Method for Dismiss {
    const SPEC: MethodSpec = MethodSpec::new("banner/dismiss", "banners");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, guard: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (uid, id, now) = (guard.0.uid.clone(), self.banner.id, ctx.now);
        ctx.write(async move |tx| {
            let Some(mut user) = users::lock(tx, &uid).await? else { return Ok(()) };
            // Only what is there can be read: nobody fills their own document with names.
            let banners = user.banners.as_mut();
            let Some(banner) = banners.and_then(|all| all.get_mut(&id)).filter(|banner| banner.is_object())
            else {
                return Ok(());
            };
            banner["read"] = true.into();
            user.updated_at = now;
            users::save(tx, &user).await?;
            let mut diff = serde_json::Map::new();
            diff.insert(format!("banners.{id}.read"), true.into());
            tx.emit(UserChanged { uid: uid.clone(), diff, unset: Vec::new() });
            Ok(())
        })
        .await
    }
}
