//! `POST chat.sendMessage`

use serde_json::Map;

use super::super::{for_user, post, prepare};
use super::*;

/// Sends a message into a room. Its `_id` may be chosen by the client: the same id is sent once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendMessage {
    /// The message: `rid` and `msg` at least, or `tmid` in a thread.
    message: Option<Map<String, Value>>,
    /// The links that get a preview; without it all do.
    preview_urls: Option<Vec<String>>,
}

impl Endpoint for SendMessage {
    const SPEC: Spec = Spec::post("chat.sendMessage", TAG);
    type Guard = LoggedIn;
    type Reply = OneMessage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneMessage> {
        let message = self.message.ok_or_else(|| {
            Error::new("error-invalid-params", "The \"message\" parameter must be provided.")
        })?;
        let message = prepare::wire::message(message)?;
        if !post::may_have_type(&message) {
            return Err(Error::message("Cannot send system messages using 'chat.sendMessage'"));
        }
        let draft = post::accept(ctx, message, self.preview_urls.as_deref())?;
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let message = post::post(&inner, tx, draft.clone()).await?;
            Ok(OneMessage { message: for_user::one(&inner, tx, message).await? })
        })
        .await
    }
}
