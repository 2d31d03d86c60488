//! What login pages subscribe to.

use gantry_kernel::operation::Added;
use gantry_kernel::prelude::*;

use super::login_services;

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
