//! Statuses that a workspace offers besides online, away, busy and offline ("on vacation").

mod change;
mod endpoints;
mod methods;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use serde_json::json;

use crate::streams::notify_logged;
use change::{Changed, Removed};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Changed, _>(|kernel, Changed(status)| {
        notify_logged(kernel, "updateCustomUserStatus", &[&json!({ "userStatusData": status })]);
        Box::pin(async {})
    });
    kernel.events.on::<Removed, _>(|kernel, Removed(status)| {
        notify_logged(kernel, "deleteCustomUserStatus", &[&json!({ "userStatusData": status })]);
        Box::pin(async {})
    });
}
