//! Applications over DDP.

use gantry_kernel::prelude::*;

use super::apps::{self, App, Wish};

pub(super) fn register(registry: &mut Registry) {
    registry.method::<Update>().method::<Delete>();
}

/// `updateOAuthApp(id, {name, active, redirectUri})`: answers the application.
#[derive(Deserialize)]
struct Update {
    id: String,
    application: Fields,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    name: Option<String>,
    active: Option<bool>,
    redirect_uri: Option<String>,
}

impl Method for Update {
    const SPEC: MethodSpec = MethodSpec::new("updateOAuthApp", "oauth-apps");
    type Guard = LoggedIn;
    type Reply = App;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<App> {
        let active = self.application.active.ok_or_else(|| {
            Error::new("error-invalid-arguments", "Invalid arguments")
                .with_details(json!({ "method": "updateOAuthApp" }))
        })?;
        let wish = Wish {
            name: self.application.name.unwrap_or_default(),
            active,
            redirect_uri: self.application.redirect_uri.unwrap_or_default(),
        };
        apps::update(ctx, self.id, wish).await
    }
}

/// `deleteOAuthApp(id)`.
#[derive(Deserialize)]
struct Delete {
    id: String,
}

impl Method for Delete {
    const SPEC: MethodSpec = MethodSpec::new("deleteOAuthApp", "oauth-apps");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        apps::remove(ctx, self.id).await.map(|()| true)
    }
}
