//! Events in people's calendars: kept by their clients, remembered by the server.
//!
//! Upstream: `apps/meteor/server/services/calendar`.

mod busy;
mod endpoints;
mod event;
mod meeting;
mod remind;

use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::error::Result;
use gantry_kernel::registry::Registry;
use gantry_kernel::{Kernel, jobs};

pub(crate) use event::forget_user;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    jobs::every(kernel, "calendar", Duration::from_secs(15), |kernel| {
        Box::pin(async move { tick(&kernel).await })
    });
}

/// Reminds people of what begins soon, and shows as busy who is in a meeting. To be run often: nothing happens
/// twice.
///
/// # Errors
/// The database's.
pub async fn tick(kernel: &Arc<Kernel>) -> Result<()> {
    remind::remind(kernel).await?;
    busy::follow(kernel).await
}
