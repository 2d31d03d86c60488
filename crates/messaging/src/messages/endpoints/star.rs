//! `POST chat.starMessage`, `POST chat.unStarMessage`

use super::super::star;
use super::*;

/// Stars a message for the caller.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StarMessage {
    /// Message id.
    message_id: Option<String>,
}

impl Endpoint for StarMessage {
    const SPEC: Spec = Spec::post("chat.starMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        set(ctx, self.message_id, true, MESSAGE_ID_REQUIRED).await
    }
}

/// Takes the caller's star away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnStarMessage {
    /// Message id.
    message_id: Option<String>,
}

impl Endpoint for UnStarMessage {
    const SPEC: Spec = Spec::post("chat.unStarMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        set(ctx, self.message_id, false, MESSAGE_ID_REQUIRED).await
    }
}

async fn set(ctx: &Ctx, id: Option<String>, starred: bool, missing: &'static str) -> Result<()> {
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let message = named(tx, id.as_deref(), missing).await?;
        star::set(&inner, tx, &message.rid, &message.id, starred).await.map(|_| ())
    })
    .await
}
