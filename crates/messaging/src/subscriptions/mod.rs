//! Who is in which room, and how far they have read.

mod endpoints;
mod methods;
pub mod read;
pub mod rows;

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
