//! Banners: notes of the workspace that a person sees until they dismiss them.

mod endpoints;
mod methods;
pub mod shown;

use std::sync::Arc;

use gantry_accounts::streams::notify_logged;
use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use serde_json::json;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<shown::BannerChanged, _>(|kernel, event| {
        notify_logged(kernel, "banner-changed", &[&json!({ "bannerId": event.id })]);
        Box::pin(async {})
    });
}
