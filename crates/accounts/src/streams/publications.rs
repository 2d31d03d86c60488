//! What Meteor's own client subscribes to by itself when it starts.

use gantry_kernel::operation::Added;
use gantry_kernel::prelude::*;

use crate::settings::login_services;

/// The services that people can sign in with.
pub(super) struct LoginServices;

impl Publication for LoginServices {
    const NAME: &'static str = "meteor.loginServiceConfiguration";

    async fn start(_params: Vec<Value>, _sub_id: &str, ctx: &Ctx) -> Result<Started> {
        let added = login_services(&ctx.settings).into_iter().map(|service| Added {
            collection: "meteor_accounts_loginServiceConfiguration",
            id: service.id.clone(),
            fields: service.fields(),
        });
        Ok(Started { added: added.collect(), ended: false })
    }
}

/// The build of the web client. There is none that could be out of date, so it stays empty.
pub(super) struct ClientVersions;

impl Publication for ClientVersions {
    const NAME: &'static str = "meteor_autoupdate_clientVersions";

    async fn start(_params: Vec<Value>, _sub_id: &str, _ctx: &Ctx) -> Result<Started> {
        Ok(Started::default())
    }
}
