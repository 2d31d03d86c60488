//! Upstream's cloud service. A Gantry workspace is never registered there: these operations answer as an
//! unregistered workspace does that does not reach the service.
//!
//! Upstream: `apps/meteor/app/api/server/v1/cloud.ts`, `apps/meteor/app/cloud/server`.

mod endpoints;
mod methods;

use gantry_kernel::prelude::*;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

/// Whether and as what the workspace is registered.
fn status(ctx: &Ctx) -> Value {
    json!({
        "workspaceRegistered": false,
        "workspaceId": ctx.settings.text_by_id("Cloud_Workspace_Id").to_string(),
        "uniqueId": ctx.settings.get(keys::uniqueID).to_string(),
        "token": "",
        "email": ctx.settings.text_by_id("Organization_Email").to_string(),
    })
}
