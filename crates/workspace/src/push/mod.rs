//! Push notifications: which devices a person has, and what a notification about a message says.
//!
//! Devices are stored here. Nothing is sent of messages yet, only what somebody tries their own devices with.

mod endpoints;
mod methods;
mod notification;
pub mod tokens;
mod trial;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
