//! The engagement dashboard: how much is written where, and who joins.
//!
//! Everything is counted from messages and users when somebody looks, so that sending a message costs nothing
//! for it. Days are days in UTC. Upstream: `apps/meteor/ee/server/lib/engagementDashboard`.

mod count;
mod endpoints;
mod period;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
}
