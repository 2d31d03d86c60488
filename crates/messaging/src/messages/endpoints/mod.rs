//! `chat.*`

mod edit;
mod get_message;
mod lists;
mod otr;
mod pin;
mod post_message;
mod preview;
mod react;
pub(super) mod receipts;
mod report;
mod search;
mod send_message;
mod star;
mod sync;

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;

use super::rows;

/// Registers the REST operations.
pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<edit::Delete>()
        .endpoint::<edit::Update>()
        .endpoint::<get_message::GetMessage>()
        .endpoint::<lists::GetDeletedMessages>()
        .endpoint::<lists::GetDiscussions>()
        .endpoint::<lists::GetMentionedMessages>()
        .endpoint::<lists::GetPinnedMessages>()
        .endpoint::<lists::GetStarredMessages>()
        .endpoint::<otr::Otr>()
        .endpoint::<pin::PinMessage>()
        .endpoint::<pin::UnPinMessage>()
        .endpoint::<post_message::PostMessage>()
        .endpoint::<preview::GetUrlPreview>()
        .endpoint::<react::React>()
        .endpoint::<receipts::GetMessageReadReceipts>()
        .endpoint::<report::ReportMessage>()
        .endpoint::<search::Search>()
        .endpoint::<send_message::SendMessage>()
        .endpoint::<star::StarMessage>()
        .endpoint::<star::UnStarMessage>()
        .endpoint::<sync::SyncMessages>();
}

/// Topic in the API documents.
const TAG: &str = "Messages";

/// An answer with one message.
#[derive(Debug, Serialize, JsonSchema)]
struct OneMessage {
    /// The message.
    message: RawJson,
}

/// The message that a `messageId` parameter names.
///
/// # Errors
/// `error-messageid-param-not-provided`, `error-message-not-found`.
async fn named(
    tx: &Tx,
    id: Option<&str>,
    sentence: &'static str,
) -> Result<gantry_protocol::objects::Message> {
    let id = id.filter(|id| !id.trim().is_empty());
    let id = id.ok_or_else(|| Error::new("error-messageid-param-not-provided", sentence))?;
    rows::by_id(tx, id).await?.ok_or_else(|| {
        Error::new(
            "error-message-not-found",
            "The provided \"messageId\" does not match any existing message.",
        )
    })
}

/// What [`named`] says of a missing parameter.
const NO_MESSAGE_ID: &str = "The required \"messageId\" param is missing.";

/// What some operations say of it instead.
const MESSAGE_ID_REQUIRED: &str = "The required \"messageId\" param is required.";
