//! Auditing: reading messages and members without being there, which is itself written down.
//!
//! Upstream: `apps/meteor/ee/server/lib/audit/methods.ts`, `apps/meteor/ee/server/api/audit.ts`.

mod endpoints;
mod log;
mod messages;
mod methods;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
