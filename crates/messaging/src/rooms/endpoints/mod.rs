//! The REST operations of rooms. Those of channels and groups are written once for both.

mod direct;
mod directory;
mod founding;
mod info;
mod lifecycle;
mod membership;
mod reading;
mod roles;
mod rooms;
mod settings;

use gantry_kernel::registry::Registry;

pub(super) use direct::Opened;
pub(crate) use direct::{AboutDirect, InDirect, either};

/// Registers `channels.*`, `groups.*`, `im.*` (`dm.*`) and `rooms.*`.
pub(super) fn register(registry: &mut Registry) {
    direct::register(registry);
    directory::register(registry);
    founding::register(registry);
    info::register(registry);
    lifecycle::register(registry);
    membership::register(registry);
    reading::register(registry);
    roles::register(registry);
    rooms::register(registry);
    settings::register(registry);
}
