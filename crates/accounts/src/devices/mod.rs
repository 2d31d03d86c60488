//! The devices on which people are signed in: one entry per login that a client has used.
//! Upstream: `apps/meteor/ee/server/api/sessions.ts`.

mod agent;
mod endpoints;
mod rows;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;

pub(crate) use rows::note;

use crate::streams::{Argument, publish};

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::List>()
        .endpoint::<endpoints::ListAll>()
        .endpoint::<endpoints::Info>()
        .endpoint::<endpoints::InfoForAdministrators>()
        .endpoint::<endpoints::LogoutOwn>()
        .endpoint::<endpoints::Logout>();
}

/// A device is about to be signed out by somebody who is not on it. Recorded before the session ends, so that
/// the client hears of it before its socket closes.
pub(crate) struct LogoutForced {
    pub(crate) uid: String,
    /// All of the user's devices without it.
    pub(crate) session_id: Option<String>,
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<LogoutForced, _>(|kernel, event| {
        let args: Vec<&dyn Argument> = event.session_id.iter().map(|id| id as &dyn Argument).collect();
        publish(kernel, "notify-user", &format!("{}/force_logout", event.uid), &args);
        Box::pin(async {})
    });
}
