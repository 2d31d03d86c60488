//! `stdout.queue`: the last lines of the log.
//!
//! Upstream: `apps/meteor/app/api/server/v1/misc.ts`, `apps/meteor/server/stream/stdout.ts` (7.1; later versions
//! have it no more).

use gantry_kernel::prelude::*;

use crate::log_lines::{self, Line};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Queue>();
}

/// Shows the last lines of this node's log, at most as many as the setting `Log_View_Limit` says.
#[derive(Debug, Deserialize, JsonSchema)]
struct Queue {}

/// Lines, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
struct QueueReply {
    queue: Vec<Line>,
}

impl Endpoint for Queue {
    const SPEC: Spec = Spec::get("stdout.queue", "misc").needs_all(&["view-logs"]);
    type Guard = LoggedIn;
    type Reply = QueueReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<QueueReply> {
        let count = usize::try_from(ctx.settings.get(keys::Log_View_Limit)).unwrap_or(0);
        Ok(QueueReply { queue: log_lines::last(count) })
    }
}
