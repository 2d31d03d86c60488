//! Files in rooms: sending, listing, fetching, removing them.

pub mod access;
pub mod attach;
mod endpoints;
mod methods;
mod removal;
pub mod rows;
pub mod rules;
pub mod send;
pub mod store;
pub mod token;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;

pub use removal::{clean, hide_or_remove, of_messages, of_room};
pub use upload::{Identified, PictureSize, Upload};

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

/// Adds what happens to files when their messages go.
pub fn rules(within: &mut Within) {
    removal::rules(within);
}

/// Removes the bytes of files that are gone, at once and after a restart, and what nobody confirmed.
pub fn listen(kernel: &Arc<Kernel>) {
    removal::listen(kernel);
    gantry_kernel::jobs::every(kernel, "clean-files", Duration::from_secs(3600), |kernel| {
        Box::pin(async move { clean(&kernel).await })
    });
}
