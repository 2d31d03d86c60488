//! Messages: sending, changing, reacting, reading.

pub mod prepare;
pub mod rows;
pub mod send;

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(_registry: &mut Registry) {}
