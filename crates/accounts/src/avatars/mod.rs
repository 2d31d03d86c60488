//! Pictures of users: chosen ones, and the letter of those who have chosen none.

mod change;
pub mod drawing;
mod endpoints;
mod fetch;
mod first;
mod methods;
pub mod picture;
mod routes;
mod rules;
pub mod serve;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::media::{self, Area};
use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;
use serde_json::json;

pub use change::{AvatarChanged, reset, set};
pub use fetch::from_url;
pub(crate) use first::look_for;

use crate::streams::notify_logged;
use crate::users::{UserCreated, UserDeleting};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
    routes::register(registry);
}

pub(crate) fn rules(within: &mut Within) {
    within.on::<UserDeleting>(|_, tx, event| {
        Box::pin(async move { media::remove(tx, Area::UserAvatar, &event.user.id).await.map(drop) })
    });
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<AvatarChanged, _>(|kernel, event| {
        let mut shown = json!({ "username": event.username });
        if let Some(etag) = &event.etag {
            shown["etag"] = json!(etag);
        }
        notify_logged(kernel, "updateAvatar", &[&shown]);
        Box::pin(async {})
    });
    kernel.events.on::<UserCreated, _>(|kernel, event| {
        look_for(kernel, &event.user.id);
        Box::pin(async {})
    });
}
