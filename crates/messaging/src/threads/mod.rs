//! Threads: replies to a message, and who follows them.

mod endpoints;
mod methods;
mod replies;
pub mod rows;

pub use replies::{Reply, follow, forget, read, replies_removed, reply_removed, reply_saved, unfollow};

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
