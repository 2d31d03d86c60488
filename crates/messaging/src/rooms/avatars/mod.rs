//! Pictures of rooms: chosen ones, and the first letter of the name of those that have none.

mod change;
mod routes;

use gantry_kernel::registry::Registry;

pub use change::{AvatarChanged, prepare, put, remove};

pub(super) fn register(registry: &mut Registry) {
    routes::register(registry);
}

pub(crate) fn listen(kernel: &std::sync::Arc<gantry_kernel::Kernel>) {
    change::listen(kernel);
}
