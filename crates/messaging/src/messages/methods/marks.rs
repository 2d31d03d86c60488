//! `pinMessage`, `unpinMessage`, `starMessage`, `reportMessage`

use gantry_protocol::objects::Message;

use super::super::{pin, report, star};
use super::*;

/// `pinMessage [message]`: of the message only `_id` counts. Answers the system message.
#[derive(Debug, Deserialize)]
pub(super) struct PinMessage {
    message: MessageId,
}

impl Method for PinMessage {
    const SPEC: MethodSpec = MethodSpec::new("pinMessage", TAG);
    type Guard = LoggedIn;
    type Reply = Message;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Message> {
        let inner = ctx.clone();
        ctx.write(async move |tx| pin::pin(&inner, tx, &self.message.id).await).await
    }
}

/// `unpinMessage [message]`
#[derive(Debug, Deserialize)]
pub(super) struct UnpinMessage {
    message: MessageId,
}

impl Method for UnpinMessage {
    const SPEC: MethodSpec = MethodSpec::new("unpinMessage", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| pin::unpin(&inner, tx, &self.message.id).await.map(|()| true)).await
    }
}

/// `starMessage [{_id, rid, starred}]`
#[derive(Debug, Deserialize)]
pub(super) struct StarMessage {
    message: Star,
}

#[derive(Debug, Deserialize)]
struct Star {
    #[serde(rename = "_id")]
    id: String,
    rid: String,
    starred: bool,
}

impl Method for StarMessage {
    const SPEC: MethodSpec =
        MethodSpec::new("starMessage", TAG).deprecated("9.0.0", "POST /v1/chat.starMessage");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        let Star { id, rid, starred } = self.message;
        ctx.write(async move |tx| star::set(&inner, tx, &rid, &id, starred).await).await
    }
}

/// `reportMessage [messageId, description]`
#[derive(Debug, Deserialize)]
pub(super) struct ReportMessage {
    message_id: String,
    description: String,
}

impl Method for ReportMessage {
    const SPEC: MethodSpec = MethodSpec::new("reportMessage", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            report::message(&inner, tx, &self.message_id, &self.description).await.map(|()| true)
        })
        .await
    }
}
