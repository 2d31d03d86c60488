//! Teams: people who share a main room and the rooms beside it.
//!
//! Whoever is in a team's main room is in the team, with the roles that they hold there, so that the two
//! cannot differ. Upstream: `apps/meteor/server/services/team/service.ts`.

pub mod changing;
pub mod creation;
mod endpoints;
pub mod guard;
pub mod lists;
pub mod members;
pub mod rooms;
pub mod rows;

use gantry_accounts::users::events::UsernameSought;
use gantry_kernel::prelude::*;
use gantry_kernel::within::Within;

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
}

/// Adds what teams have to say about names.
pub fn rules(within: &mut Within) {
    within.on::<UsernameSought>(|_, tx, event| Box::pin(name_sought(tx, event)));
}

/// Users and teams are mentioned in the same way: a name is either's.
async fn name_sought(tx: &Tx, sought: &UsernameSought) -> Result<()> {
    match rows::by_folded_name(tx, &sought.username).await? {
        Some(_) => Err(Error::new("error-field-unavailable", "The name is a team's")),
        None => Ok(()),
    }
}

/// A refusal that is nothing but upstream's word for it.
fn refused(word: &'static str) -> Error {
    Error::message(word)
}
