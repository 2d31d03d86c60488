//! What a workspace has besides people and rooms: integrations, moderation, statistics, custom emoji.

pub mod integrations;
mod slash_commands;

use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    integrations::register(registry);
    slash_commands::register(registry);
}

/// Starts listening to what happens elsewhere in the workspace.
pub fn listen(kernel: &std::sync::Arc<gantry_kernel::Kernel>) {
    integrations::listen(kernel);
}

/// Adds what this crate does inside the transactions of other domains.
pub fn rules(_within: &mut Within) {}
