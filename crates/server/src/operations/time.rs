//! `/_timesync`: the server's time, for clients that compare it with theirs.
//!
//! Upstream: `apps/meteor/server/routes/timesync.ts`.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Verb;
use http::header::{CACHE_CONTROL, EXPIRES, PRAGMA};

pub(super) fn register(registry: &mut Registry) {
    registry.resource::<TimeSync>();
}

/// Tells the time, in milliseconds since 1970.
#[derive(Debug, Deserialize, JsonSchema)]
struct TimeSync {}

impl Resource for TimeSync {
    const SPEC: ResourceSpec = ResourceSpec::new(&[Verb::Get, Verb::Post], "/_timesync", "misc");
    type Guard = Anyone;

    async fn answer(self, _: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        Ok(Answer::text(200, ctx.now.millis().to_string())
            .with(CACHE_CONTROL, "no-cache, no-store, must-revalidate")
            .with(PRAGMA, "no-cache")
            .with(EXPIRES, "0"))
    }
}
