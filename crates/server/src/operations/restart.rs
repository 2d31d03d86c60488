//! `restart_server`: the process ends and whatever supervises it starts it again.
//!
//! Upstream: `apps/meteor/app/lib/server/methods/restartServer.ts`.

use std::time::Duration;

use gantry_kernel::prelude::*;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<RestartServer>();
}

/// An administrator wants the server to start anew, in [`RESTART_AFTER`].
pub(crate) struct RestartWanted;

/// How long the server stays, as the answer announces to whoever asked for a restart.
pub(crate) const RESTART_AFTER: Duration = Duration::from_secs(2);

/// `restart_server()`
#[derive(Debug, Deserialize)]
struct RestartServer {}

/// What clients show, as a key and its parameters.
#[derive(Debug, Serialize)]
struct Announcement {
    message: &'static str,
    params: [u64; 1],
}

impl Method for RestartServer {
    const SPEC: MethodSpec = MethodSpec::new("restart_server", "settings").needs_all(&["restart-server"]);
    type Guard = LoggedIn;
    type Reply = Announcement;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Announcement> {
        tracing::warn!(by = caller.username, "the server is to start anew");
        ctx.events.publish(RestartWanted);
        Ok(Announcement {
            message: "The_server_will_restart_in_s_seconds",
            params: [RESTART_AFTER.as_secs()],
        })
    }
}
