//! `POST chat.pinMessage`, `POST chat.unPinMessage`

use super::super::{for_user, pin};
use super::*;

/// Pins a message in its room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PinMessage {
    /// Message id.
    message_id: Option<String>,
}

impl Endpoint for PinMessage {
    const SPEC: Spec = Spec::post("chat.pinMessage", TAG);
    type Guard = LoggedIn;
    type Reply = OneMessage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneMessage> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let message = named(tx, self.message_id.as_deref(), NO_MESSAGE_ID).await?;
            let note = pin::pin(&inner, tx, &message.id).await?;
            Ok(OneMessage { message: for_user::one(&inner, tx, note).await? })
        })
        .await
    }
}

/// Takes a pin away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnPinMessage {
    /// Message id.
    message_id: Option<String>,
}

impl Endpoint for UnPinMessage {
    const SPEC: Spec = Spec::post("chat.unPinMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let message = named(tx, self.message_id.as_deref(), MESSAGE_ID_REQUIRED).await?;
            pin::unpin(&inner, tx, &message.id).await
        })
        .await
    }
}
