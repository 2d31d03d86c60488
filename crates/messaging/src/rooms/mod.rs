//! Channels, private groups and direct rooms.

pub mod create;
pub mod members;
pub mod names;
pub mod rows;

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(_registry: &mut Registry) {}
