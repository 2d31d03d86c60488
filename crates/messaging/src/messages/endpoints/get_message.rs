//! `GET chat.getMessage`

use super::super::{for_user, place};
use super::*;

/// One message of a room that the caller may read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetMessage {
    /// Message id.
    msg_id: Option<String>,
}

impl Endpoint for GetMessage {
    const SPEC: Spec = Spec::get("chat.getMessage", TAG);
    type Guard = LoggedIn;
    type Reply = OneMessage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneMessage> {
        let id = self.msg_id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Error::message("The \"msgId\" query parameter must be provided."))?;
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let message = rows::by_id(tx, &id).await?.ok_or_else(Error::nothing)?;
            if place::readable(&inner, tx, &message.rid).await?.is_none() {
                return Err(Error::new("error-not-allowed", "Not allowed")
                    .with_details(json!({ "method": "getSingleMessage" })));
            }
            Ok(OneMessage { message: for_user::one(&inner, tx, message).await? })
        })
        .await
    }
}
