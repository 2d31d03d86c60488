//! `POST chat.postMessage`

use super::super::{for_user, webhook};
use super::*;

/// Posts a message, to one or several rooms.
///
/// A public channel is joined first; a direct room with `@user` is made if there is none. Upstream:
/// `processWebhookMessage`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct PostMessage {
    #[serde(flatten)]
    payload: webhook::Payload,
}

/// The first message that was posted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Posted {
    /// Milliseconds since 1970.
    ts: i64,
    /// The room as it was named.
    channel: String,
    /// The message.
    message: RawJson,
}

impl Endpoint for PostMessage {
    const SPEC: Spec = Spec::post("chat.postMessage", TAG);
    type Guard = LoggedIn;
    type Reply = Posted;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Posted> {
        let (targets, draft) = self.payload.draft(ctx, &webhook::Defaults::default())?;
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let (channel, message) = webhook::post(&inner, tx, &targets, &draft).await?.swap_remove(0);
            Ok(Posted { ts: inner.now.millis(), channel, message: for_user::one(&inner, tx, message).await? })
        })
        .await
    }
}
