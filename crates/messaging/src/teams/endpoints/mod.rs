//! The REST operations of teams.

mod converting;
mod lifecycle;
mod listing;
mod members;
mod rooms;

use gantry_kernel::prelude::*;

/// Registers `teams.*`, `users.listTeams` and the operations that make teams of rooms.
pub(super) fn register(registry: &mut Registry) {
    converting::register(registry);
    lifecycle::register(registry);
    listing::register(registry);
    members::register(registry);
    rooms::register(registry);
}

/// `{}`: the work is done and there is nothing to tell.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Done {}

/// `{team: …}`.
#[derive(Debug, Serialize, JsonSchema)]
struct OneTeam {
    team: super::rows::Team,
}
