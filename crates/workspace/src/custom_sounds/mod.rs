//! Sounds that a workspace adds to those that clients bring along.

mod change;
mod endpoints;
mod file;
mod methods;

use std::sync::Arc;

use gantry_accounts::streams::notify_all;
use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use serde_json::json;

use change::{Changed, Removed};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
    registry.resource::<file::File>();
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Changed, _>(|kernel, Changed(sound)| {
        notify_all(kernel, "updateCustomSound", &[&json!({ "soundData": sound })]);
        Box::pin(async {})
    });
    kernel.events.on::<Removed, _>(|kernel, Removed(sound)| {
        notify_all(kernel, "deleteCustomSound", &[&json!({ "soundData": sound })]);
        Box::pin(async {})
    });
}
