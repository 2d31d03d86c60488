//! Banners over REST. Upstream: `apps/meteor/app/api/server/v1/banners.ts`.

use gantry_kernel::prelude::*;

use super::shown::{self, Platform};

const TAG: &str = "banners";

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<List>().endpoint::<One>().endpoint::<GetNew>().endpoint::<Dismiss>();
}

/// Banners, each with its view.
#[derive(Serialize, JsonSchema)]
struct Banners {
    banners: Vec<Value>,
}

/// Lists the banners that the caller should see now.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Where they would be shown.
    platform: Platform,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("banners", TAG);
    type Guard = LoggedIn;
    type Reply = Banners;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Banners> {
        let inner = ctx.clone();
        let read = ctx.read(async move |tx| shown::of_caller(&inner, tx, self.platform, None).await);
        Ok(Banners { banners: read.await? })
    }
}

/// Shows one banner, if the caller should see it now.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The banner.
    id: String,
    /// Where it would be shown.
    platform: Platform,
}

impl Endpoint for One {
    const SPEC: Spec = Spec::get("banners/:id", TAG);
    type Guard = LoggedIn;
    type Reply = Banners;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Banners> {
        let inner = ctx.clone();
        let read =
            ctx.read(async move |tx| shown::of_caller(&inner, tx, self.platform, Some(&self.id)).await);
        Ok(Banners { banners: read.await? })
    }
}

/// Lists the banners that the caller should see now, or only one of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetNew {
    /// Where they would be shown.
    platform: Platform,
    /// The banner.
    bid: Option<String>,
}

impl Endpoint for GetNew {
    const SPEC: Spec = Spec::get("banners.getNew", TAG).deprecated("8.0.0", "GET /api/v1/banners");
    type Guard = LoggedIn;
    type Reply = Banners;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Banners> {
        let (inner, bid) = (ctx.clone(), self.bid.filter(|bid| !bid.is_empty()));
        let read =
            ctx.read(async move |tx| shown::of_caller(&inner, tx, self.platform, bid.as_deref()).await);
        Ok(Banners { banners: read.await? })
    }
}

/// Dismisses a banner: the caller does not see it again.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Dismiss {
    /// The banner.
    #[schemars(length(min = 1))]
    banner_id: String,
}

impl Endpoint for Dismiss {
    const SPEC: Spec = Spec::post("banners.dismiss", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| shown::dismiss(&inner, tx, &self.banner_id).await).await
    }
}
