//! What a workspace has besides people and rooms: integrations, moderation, statistics, custom emoji.

mod assets;
mod audit;
pub mod banners;
mod binary;
pub mod calendar;
mod cloud;
mod custom_sounds;
mod dns;
mod e2e;
mod emoji_custom;
mod engagement;
pub mod integrations;
mod licenses;
mod moderation;
pub mod oauth_apps;
pub mod push;
mod shield;
mod slash_commands;
mod statistics;
mod uploaded;
mod video_conferences;
mod webdav;

use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    integrations::register(registry);
    slash_commands::register(registry);
    moderation::register(registry);
    oauth_apps::register(registry);
    statistics::register(registry);
    licenses::register(registry);
    banners::register(registry);
    push::register(registry);
    e2e::register(registry);
    engagement::register(registry);
    audit::register(registry);
    cloud::register(registry);
    dns::register(registry);
    shield::register(registry);
    video_conferences::register(registry);
    calendar::register(registry);
    webdav::register(registry);
    emoji_custom::register(registry);
    custom_sounds::register(registry);
    assets::register(registry);
}

/// Starts listening to what happens elsewhere in the workspace.
pub fn listen(kernel: &std::sync::Arc<gantry_kernel::Kernel>) {
    integrations::listen(kernel);
    banners::listen(kernel);
    statistics::listen(kernel);
    calendar::listen(kernel);
    webdav::listen(kernel);
    e2e::listen(kernel);
    emoji_custom::listen(kernel);
    custom_sounds::listen(kernel);
}

/// Makes what a new workspace begins with. To be called before its first room is made.
///
/// # Errors
/// The database's.
pub async fn bootstrap(kernel: &std::sync::Arc<gantry_kernel::Kernel>) -> gantry_kernel::error::Result<()> {
    oauth_apps::bootstrap(kernel).await
}

/// Adds what this crate does inside the transactions of other domains.
pub fn rules(within: &mut Within) {
    e2e::rules(within);
    integrations::rules(within);
    within.on::<gantry_accounts::users::UserDeleting>(|_ctx, tx, event| {
        Box::pin(async move {
            push::tokens::remove_all(tx, &event.user.id).await?;
            calendar::forget_user(tx, &event.user.id).await?;
            webdav::forget_user(tx, &event.user.id).await
        })
    });
}
