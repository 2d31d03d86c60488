//! Which roles may do what: how administrators see and change it.

mod change;
mod endpoints;
mod listen;
mod methods;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;

pub use change::Written;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    listen::listen(kernel);
}
