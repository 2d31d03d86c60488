//! The engagement dashboard: how much is written where, who joins, and when people are here.
//!
//! Everything is counted from messages, users and the hours in which they were here when somebody looks, so that
//! sending a message costs nothing for it. Days are days in UTC. Upstream: `apps/meteor/ee/server/lib/engagementDashboard`.

mod count;
mod endpoints;
mod period;
mod presence;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
}
