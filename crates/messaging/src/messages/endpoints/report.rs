//! `POST chat.reportMessage`

use super::super::report;
use super::*;

/// Reports a message to the moderators.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReportMessage {
    /// Message id.
    message_id: String,
    /// What is wrong with it.
    description: String,
}

impl Endpoint for ReportMessage {
    const SPEC: Spec = Spec::post("chat.reportMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        if self.message_id.is_empty() {
            return Err(Error::message("The required \"messageId\" param is missing."));
        }
        if self.description.is_empty() {
            return Err(Error::message("The required \"description\" param is missing."));
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| report::message(&inner, tx, &self.message_id, &self.description).await)
            .await
    }
}
