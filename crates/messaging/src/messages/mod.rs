//! Messages: sending, changing, reacting, reading.

pub mod authors;
pub mod changed;
pub mod delete;
pub mod discussion;
pub mod edit;
mod endpoints;
pub mod for_user;
pub mod history;
mod keep;
pub mod lists;
mod methods;
pub mod notice;
pub mod pin;
pub mod place;
pub mod post;
pub mod prepare;
pub mod preview;
pub mod react;
pub mod receipts;
pub mod report;
pub mod rows;
pub mod rules;
pub mod search;
pub mod send;
pub mod star;
pub mod sync;
pub mod webhook;

use gantry_kernel::percent;
use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::registry::Registry;
use gantry_kernel::{Kernel, jobs};

use crate::events::MessageSaved;

/// How often new messages are taken into the search index; searches find them before too.
const INDEXING_PERIOD: Duration = Duration::from_secs(2);

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

/// Starts listening to what happens to messages.
pub fn listen(kernel: &Arc<Kernel>) {
    jobs::every(kernel, "message search", INDEXING_PERIOD, |kernel| Box::pin(search::index(kernel)));
    kernel.events.on::<MessageSaved, _>(|kernel, event| {
        preview::message_saved(kernel, event);
        Box::pin(async {})
    });
}

/// The path of a user's avatar, as messages name it.
pub fn avatar_path(username: &str) -> String {
    format!("/avatar/{}", percent::component(username))
}
