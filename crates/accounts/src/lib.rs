//! Accounts: login, users, roles, permissions, settings, sessions and presence.
//!
//! A server starts with [`Accounts`] as the identity of its kernel, [`register`]s the operations, adds the
//! [`rules`], calls [`listen`] once the kernel runs and [`bootstrap()`] before it serves anybody.

mod accounts;
pub mod activity;
pub mod avatars;
pub mod bootstrap;
mod custom_statuses;
mod devices;
pub mod hashing;
mod listen;
pub mod login;
pub mod mail;
pub mod permissions;
pub mod presence;
pub mod recovery;
pub mod roles;
pub mod second_factor;
pub mod session;
mod sessions;
pub mod settings;
pub mod streams;
pub mod tokens;
pub mod users;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;

pub use accounts::Accounts;
pub use bootstrap::bootstrap;

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    login::register(registry);
    tokens::register(registry);
    devices::register(registry);
    second_factor::register(registry);
    users::register(registry);
    recovery::register(registry);
    mail::register(registry);
    presence::register(registry);
    settings::register(registry);
    permissions::register(registry);
    roles::register(registry);
    custom_statuses::register(registry);
    avatars::register(registry);
    streams::register(registry);
}

/// Adds what one topic does inside the transactions of others.
pub fn rules(within: &mut Within) {
    avatars::rules(within);
}

/// Listens to what this crate has to follow after commits, and starts its jobs.
pub fn listen(kernel: &Arc<Kernel>) {
    settings::listen(kernel);
    permissions::listen(kernel);
    roles::listen(kernel);
    custom_statuses::listen(kernel);
    activity::listen(kernel);
    devices::listen(kernel);
    avatars::listen(kernel);
    presence::listen(kernel);
    mail::listen(kernel);
    listen::listen(kernel);
}
