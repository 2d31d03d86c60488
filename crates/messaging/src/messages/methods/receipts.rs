//! `getReadReceipts`

use super::super::endpoints::receipts::find;
use super::super::receipts::Receipt;
use super::*;

/// `getReadReceipts [{messageId}]`
#[derive(Debug, Deserialize)]
pub(super) struct GetReadReceipts {
    of: Of,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Of {
    message_id: Option<String>,
}

impl Method for GetReadReceipts {
    const SPEC: MethodSpec = MethodSpec::new("getReadReceipts", TAG);
    type Guard = LoggedIn;
    type Reply = Vec<Receipt>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<Receipt>> {
        let mid = self.of.message_id.filter(|mid| !mid.is_empty()).ok_or_else(|| {
            Error::new("error-invalid-message", "The required 'messageId' param is missing.")
                .with_details(json!({ "method": "getReadReceipts" }))
        })?;
        find(ctx, mid).await
    }
}
