//! `GET chat.getMessageReadReceipts`

use super::super::{place, receipts};
use super::*;

/// Who has read a message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetMessageReadReceipts {
    /// Message id.
    message_id: Option<String>,
    /// A part of them; all without `count` and `offset`.
    #[serde(flatten)]
    page: Page,
}

/// Receipts.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Receipts {
    /// One per reader.
    receipts: Vec<receipts::Receipt>,
}

impl Endpoint for GetMessageReadReceipts {
    const SPEC: Spec = Spec::get("chat.getMessageReadReceipts", TAG);
    type Guard = LoggedIn;
    type Reply = Receipts;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Receipts> {
        let mid = self.message_id.filter(|mid| !mid.is_empty());
        let mid = mid.ok_or_else(|| Error::message("The required 'messageId' param is missing."))?;
        let mut receipts = find(ctx, mid).await?;
        if self.page.count.is_some() || self.page.offset.is_some() {
            let window = self.page.window(ctx);
            let part = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
            receipts = receipts.into_iter().skip(part(window.offset)).take(part(window.count)).collect();
        }
        Ok(Receipts { receipts })
    }
}

/// The receipts of a message of a room that the caller may read.
///
/// # Errors
/// `error-invalid-message`, `error-invalid-room`.
pub(in crate::messages) async fn find(ctx: &Ctx, mid: String) -> Result<Vec<receipts::Receipt>> {
    let inner = ctx.clone();
    ctx.read(async move |tx| {
        let details = || json!({ "method": "getReadReceipts" });
        let message = rows::by_id(tx, &mid)
            .await?
            .ok_or_else(|| Error::new("error-invalid-message", "Invalid message").with_details(details()))?;
        if place::readable(&inner, tx, &message.rid).await?.is_none() {
            return Err(Error::new("error-invalid-room", "Invalid room").with_details(details()));
        }
        receipts::of(&inner, tx, &message).await
    })
    .await
}
