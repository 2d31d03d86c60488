//! Push notifications: which devices a person has, and what a notification about a message says.
//!
//! Devices are stored here. Nothing is sent yet.

mod endpoints;
mod methods;
mod notification;
pub mod tokens;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
