//! Rooms, subscriptions and messages: everything that people do with them.

pub mod access;
pub mod events;
pub mod exports;
pub mod files;
pub mod invites;
pub mod messages;
pub mod notifications;
pub mod pages;
pub mod realtime;
pub mod retention;
pub mod rooms;
pub mod subscriptions;
pub mod teams;
pub mod threads;
pub mod translate;

use gantry_kernel::registry::Registry;

/// Registers every operation of this crate.
pub fn register(registry: &mut Registry) {
    rooms::register(registry);
    subscriptions::register(registry);
    messages::register(registry);
    threads::register(registry);
    teams::register(registry);
    exports::register(registry);
    invites::register(registry);
    files::register(registry);
    realtime::register(registry);
    translate::register(registry);
}

/// Starts listening to what happens in rooms.
pub fn listen(kernel: &std::sync::Arc<gantry_kernel::Kernel>) {
    invites::listen(kernel);
    realtime::listen(kernel);
    rooms::avatars::listen(kernel);
    messages::listen(kernel);
    exports::listen(kernel);
    files::listen(kernel);
    notifications::listen(kernel);
    retention::listen(kernel);
}

/// Adds what rooms do inside the transactions of accounts: joining, renaming, leaving.
pub fn rules(within: &mut gantry_kernel::within::Within) {
    rooms::rules::add(within);
    teams::rules(within);
    exports::rules(within);
    invites::rules(within);
    files::rules(within);
}

/// Makes what a new workspace begins with: the channel `general`.
///
/// # Errors
/// The database's.
pub async fn bootstrap(kernel: &std::sync::Arc<gantry_kernel::Kernel>) -> gantry_kernel::error::Result<()> {
    rooms::bootstrap::first_room(kernel).await
}
