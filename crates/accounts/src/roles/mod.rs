//! Roles: what there is, who holds which.

mod catalogue;
mod endpoints;
pub mod events;
mod holders;
mod listen;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::permissions::Scope;
use gantry_kernel::registry::Registry;

pub(crate) use holders::keep_an_administrator;
pub use holders::{give, grant, holds, take};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    listen::listen(kernel);
}

/// The workspace-wide roles that are shown beside names: those that say what they are for.
/// Upstream: `getPublicRoles` in `apps/meteor/server/services/authorization/service.ts`.
pub(crate) fn shown_to_all(kernel: &Kernel) -> Vec<String> {
    let roles = kernel.permissions.roles().into_iter();
    roles
        .filter(|role| role.scope == Scope::Users && !role.description.is_empty())
        .map(|role| role.id)
        .collect()
}
