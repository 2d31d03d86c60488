//! Operations that belong to the server itself rather than to a domain.

mod bridge;
mod instances;
mod logs;
mod restart;
mod time;

use gantry_kernel::registry::Registry;

pub(crate) use restart::{RESTART_AFTER, RestartWanted};

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    bridge::register(registry);
    instances::register(registry);
    logs::register(registry);
    restart::register(registry);
    time::register(registry);
}
