//! `updateMessage`, `deleteMessage`

use serde_json::Map;

use super::super::{delete, edit, rows};
use super::*;

/// `updateMessage [message, previewUrls]`
#[derive(Debug, Deserialize)]
pub(super) struct UpdateMessage {
    message: Map<String, Value>,
    preview_urls: Option<Vec<String>>,
}

impl Method for UpdateMessage {
    const SPEC: MethodSpec = MethodSpec::new("updateMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        if !self.message.get("_id").is_some_and(Value::is_string) {
            return Err(Error::match_failed());
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            edit::update(&inner, tx, self.message.clone(), self.preview_urls.as_deref()).await.map(|_| ())
        })
        .await
    }
}

/// `deleteMessage [message]`: of the message only `_id` counts.
#[derive(Debug, Deserialize)]
pub(super) struct DeleteMessage {
    message: MessageId,
}

impl Method for DeleteMessage {
    const SPEC: MethodSpec = MethodSpec::new("deleteMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let message = rows::lock(tx, &self.message.id).await?.ok_or_else(|| {
                Error::new("error-action-not-allowed", "Not allowed")
                    .with_details(json!({ "method": "deleteMessage" }))
            })?;
            delete::as_caller(&inner, tx, message, false).await.map(|_| ())
        })
        .await
    }
}
