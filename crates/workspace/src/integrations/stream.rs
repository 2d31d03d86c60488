//! `stream-integrationHistory`: what becomes of the calls of outgoing webhooks, while it happens.

use gantry_kernel::prelude::*;

use super::record::{self, Side};
use super::rules;

/// The event is an integration's id. Upstream lets whoever manages only their own listen to all; here they hear
/// of their own.
pub(super) struct IntegrationHistory;

impl Stream for IntegrationHistory {
    const NAME: &'static str = "integrationHistory";

    async fn may_read(event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        if ctx.may(Side::Outgoing.manage()) {
            return Ok(true);
        }
        if !ctx.may(Side::Outgoing.manage_own()) {
            return Ok(false);
        }
        let (inner, id) = (ctx.clone(), event.to_owned());
        ctx.read(async move |tx| {
            Ok(record::by_id(tx, &id).await?.is_some_and(|found| rules::may_manage(&inner, &found)))
        })
        .await
    }
}
