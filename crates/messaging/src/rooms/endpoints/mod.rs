//! The REST operations of rooms. Those of channels and groups are written once for both.

mod founding;
mod info;
mod lifecycle;
mod membership;
mod reading;
mod roles;
mod settings;

use gantry_kernel::registry::Registry;

/// Registers `channels.*`, `groups.*`, `im.*` (`dm.*`) and `rooms.*`.
pub(super) fn register(registry: &mut Registry) {
    founding::register(registry);
    info::register(registry);
    lifecycle::register(registry);
    membership::register(registry);
    reading::register(registry);
    roles::register(registry);
    settings::register(registry);
}
