//! Rooms, subscriptions and messages: everything that people do with them.

pub mod access;
pub mod events;
pub mod messages;
pub mod rooms;
pub mod subscriptions;
pub mod threads;

use gantry_kernel::registry::Registry;

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    rooms::register(registry);
    subscriptions::register(registry);
    messages::register(registry);
}
