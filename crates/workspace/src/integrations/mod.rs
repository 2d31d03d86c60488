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

use gantry_accounts::users::UserDeleting;
use gantry_kernel::Kernel;
use gantry_kernel::outgoing::Policy;
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::keys;
use gantry_kernel::within::Within;
use gantry_messaging::events::RoomRenaming;

pub use outgoing::run_due;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    in_rooms::register(registry);
    incoming::register(registry);
    methods::register(registry);
    registry.stream::<stream::IntegrationHistory>();
}

pub(crate) fn rules(within: &mut Within) {
    within.on::<RoomRenaming>(|ctx, tx, renaming| Box::pin(record::follow_room(ctx, tx, renaming)));
    within.on::<UserDeleting>(|ctx, tx, event| Box::pin(record::switch_off(ctx, tx, &event.user.id)));
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    outgoing::listen(kernel);
}

/// Which addresses webhooks and their scripts may reach: public ones, and those that the administrator names in
/// `SSRF_Allowlist`.
fn policy(kernel: &Kernel) -> Policy {
    Policy::trusting(&kernel.settings.get(keys::SSRF_Allowlist))
}
