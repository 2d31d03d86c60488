//! Integrations: incoming and outgoing webhooks, with scripts.

mod endpoints;
mod in_rooms;
pub mod incoming;
mod methods;
mod outgoing;
mod record;
mod rules;
mod script;
mod stream;
mod wish;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::outgoing::Policy;
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::keys;

pub use outgoing::run_due;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    in_rooms::register(registry);
    incoming::register(registry);
    methods::register(registry);
    registry.stream::<stream::IntegrationHistory>();
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    outgoing::listen(kernel);
}

/// Which addresses webhooks and their scripts may reach: public ones, and those that the administrator names in
/// `SSRF_Allowlist`.
fn policy(kernel: &Kernel) -> Policy {
    Policy::trusting(&kernel.settings.get(keys::SSRF_Allowlist))
}
