//! Channels, private groups and direct rooms.

pub mod announce;
pub mod archive;
pub mod avatars;
pub mod bootstrap;
pub mod browsing;
pub mod counters;
pub mod create;
pub mod delete;
pub mod direct;
pub mod directory;
pub mod discussions;
pub(crate) mod endpoints;
pub mod export;
pub mod founding;
mod granted;
pub mod guards;
pub mod history;
pub mod joining;
pub mod kind;
pub mod lists;
pub mod members;
mod methods;
pub mod mute;
pub mod names;
pub mod notifications;
pub mod person;
pub mod prune;
pub mod refusals;
pub mod relinquish;
pub mod renaming;
pub mod reply;
pub mod roles;
pub mod roster;
pub mod rows;
pub mod rules;
pub mod settings;
pub mod sidebar;
pub mod spotlight;
pub mod sync;
pub mod view;

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
    avatars::register(registry);
}
