//! `setReaction`

use super::super::react;
use super::*;

/// `setReaction [emoji, messageId, shouldReact]`: the SDKs call it, although upstream dropped it.
#[derive(Debug, Deserialize)]
pub(super) struct SetReaction {
    emoji: String,
    message_id: String,
    should_react: Option<bool>,
}

impl Method for SetReaction {
    const SPEC: MethodSpec = MethodSpec::new("setReaction", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            react::set(&inner, tx, &self.message_id, &self.emoji, self.should_react).await
        })
        .await
    }
}
