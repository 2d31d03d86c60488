//! `sendMessage`

use gantry_kernel::limiter::{LimitKey, Rule};
use gantry_protocol::objects::Message;

use super::super::{notice, post, prepare};
use super::*;

/// `sendMessage [message, previewUrls]`
#[derive(Debug, Deserialize)]
pub(super) struct SendMessage {
    message: Value,
    preview_urls: Option<Vec<String>>,
}

/// What a client may send; anything else is refused as upstream's `check()` does.
const FIELDS: [&str; 16] = [
    "_id",
    "rid",
    "msg",
    "tmid",
    "tshow",
    "ts",
    "t",
    "otrAck",
    "bot",
    "content",
    "e2e",
    "e2eMentions",
    "customFields",
    "federation",
    "groupable",
    "sentByEmail",
];

/// Messages per second of somebody without `send-many-messages`.
const RULE: Rule = Rule { calls: 5, window_ms: 1000 };

impl Method for SendMessage {
    const SPEC: MethodSpec = MethodSpec::new("sendMessage", TAG);
    type Guard = LoggedIn;
    type Reply = Message;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Message> {
        let Value::Object(message) = self.message else { return Err(Error::match_failed()) };
        if message.keys().any(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Error::match_failed());
        }
        within_rate(ctx)?;
        let rid = message.get("rid").and_then(Value::as_str).unwrap_or_default().to_owned();
        let message = prepare::wire::message(message).map_err(|_| Error::match_failed())?;
        if !post::may_have_type(&message) {
            return Err(Error::message("Cannot send system messages using 'sendMessage'"));
        }
        let previews = self.preview_urls;
        let sent = async {
            let draft = post::accept(ctx, message, previews.as_deref())?;
            let inner = ctx.clone();
            ctx.write(async move |tx| post::post(&inner, tx, draft.clone()).await).await
        };
        sent.await.inspect_err(|error| {
            let text = error.reason.as_deref().or(error.code.as_deref()).unwrap_or_default();
            notice::tell(ctx, &rid, None, text);
        })
    }
}

fn within_rate(ctx: &Ctx) -> Result<()> {
    if ctx.test_mode || ctx.may("send-many-messages") {
        return Ok(());
    }
    let verdict = ctx.limiter.check(LimitKey::of(&("sendMessage", ctx.uid())), RULE, ctx.now.millis());
    if verdict.allowed {
        return Ok(());
    }
    let wait = verdict.reset_at_ms - ctx.now.millis();
    let text = "Error, too many requests. Please slow down. You must wait 1 seconds before trying again.";
    Err(Error::new("too-many-requests", text).with_status(429).with_details(json!({ "timeToReset": wait })))
}
