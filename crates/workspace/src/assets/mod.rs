//! The pictures of the workspace itself: logo, icons, backgrounds.

mod change;
mod endpoints;
mod file;
mod list;
mod own;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    registry.resource::<file::File>();
}
