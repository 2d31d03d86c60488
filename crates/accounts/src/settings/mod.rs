//! Settings of the workspace: who reads and changes them, and what follows from a change.

mod change;
mod endpoints;
mod list;
mod listen;
mod methods;
mod oauth;
mod publications;
pub mod trail;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;

pub use change::{Written, save, save_one, set};
pub use oauth::{LoginService, login_services};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
    registry.publication::<publications::LoginServices>();
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    listen::listen(kernel);
}
