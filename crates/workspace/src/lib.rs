//! What a workspace has besides people and rooms: integrations, moderation, statistics, custom emoji.

use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;

/// Registers every operation of this crate.
pub fn register(_registry: &mut Registry) {}

/// Starts listening to what happens elsewhere in the workspace.
pub fn listen(_kernel: &std::sync::Arc<gantry_kernel::Kernel>) {}

/// Adds what this crate does inside the transactions of other domains.
pub fn rules(_within: &mut Within) {}
