//! Accounts: login, users, roles, permissions, settings, sessions and presence.

mod custom_statuses;
pub mod permissions;
pub mod roles;
pub mod settings;
pub mod streams;
pub mod users;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    settings::register(registry);
    permissions::register(registry);
    roles::register(registry);
    custom_statuses::register(registry);
    streams::register(registry);
}

/// Starts listening to what happens.
pub fn listen(kernel: &Arc<Kernel>) {
    settings::listen(kernel);
    permissions::listen(kernel);
    roles::listen(kernel);
    custom_statuses::listen(kernel);
}
