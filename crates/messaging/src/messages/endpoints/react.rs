//! `POST chat.react`

use super::super::react;
use super::*;

/// Sets or takes back the caller's reaction to a message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct React {
    /// Message id.
    message_id: Option<String>,
    /// Emoji, with or without colons.
    emoji: Option<String>,
    /// The same as `emoji`.
    reaction: Option<String>,
    /// Whether to have the reaction; without it the call switches it.
    should_react: Option<bool>,
}

impl Endpoint for React {
    const SPEC: Spec = Spec::post("chat.react", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let message = named(tx, self.message_id.as_deref(), NO_MESSAGE_ID).await?;
            let emoji = self.emoji.as_deref().or(self.reaction.as_deref()).filter(|emoji| !emoji.is_empty());
            let emoji = emoji.ok_or_else(|| {
                Error::new("error-emoji-param-not-provided", "The required \"emoji\" param is missing.")
            })?;
            react::set(&inner, tx, &message.id, emoji, self.should_react).await
        })
        .await
    }
}
