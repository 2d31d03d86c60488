//! The Realtime API's methods on rooms: the same domain functions as the REST operations.

mod bot;
mod changing;
mod creating;
mod finding;
mod membership;
mod reading;
mod spotlight;

use gantry_kernel::registry::Registry;

/// Registers the methods.
pub(super) fn register(registry: &mut Registry) {
    bot::register(registry);
    changing::register(registry);
    creating::register(registry);
    finding::register(registry);
    membership::register(registry);
    reading::register(registry);
    spotlight::register(registry);
}
