//! Users over REST.

mod active;
mod create;
mod info;
mod lists;
mod names;
mod preferences;
mod profile;
mod remove;
mod update;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<create::Create>()
        .endpoint::<create::Register>()
        .endpoint::<info::Info>()
        .endpoint::<lists::List>()
        .endpoint::<lists::ListByStatus>()
        .endpoint::<lists::Autocomplete>()
        .endpoint::<update::Update>()
        .endpoint::<profile::UpdateOwnBasicInfo>()
        .endpoint::<preferences::SetPreferences>()
        .endpoint::<preferences::GetPreferences>()
        .endpoint::<names::UsernameSuggestion>()
        .endpoint::<names::UsernameAvailability>()
        .endpoint::<active::SetActiveStatus>()
        .endpoint::<active::DeactivateIdle>()
        .endpoint::<remove::Delete>()
        .endpoint::<remove::DeleteOwnAccount>();
}

/// The answer of operations that change one user.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub(super) struct UserReply {
    user: serde_json::Value,
}
