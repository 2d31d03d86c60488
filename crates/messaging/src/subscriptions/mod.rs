//! Who is in which room, and how far they have read.

pub mod rows;

use gantry_kernel::registry::Registry;

/// Registers the operations of this topic.
pub fn register(_registry: &mut Registry) {}
