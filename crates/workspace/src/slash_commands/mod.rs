//! Slash commands: what people type after a `/`. Each calls the same domain functions as the operation that a
//! client would call for it.

mod call;
mod catalogue;
mod endpoints;
mod methods;
mod people;
mod rooms;
mod writing;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
