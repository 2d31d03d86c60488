//! Threads: replies to a message, and who follows them.

mod replies;
pub mod rows;

pub use replies::{Reply, follow, forget, read, reply_removed, reply_saved, unfollow};

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(_registry: &mut Registry) {}
