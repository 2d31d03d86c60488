//! DDP methods of messages.

mod edit;
mod load_history;
mod marks;
mod otr;
mod previews;
mod read;
mod receipts;
mod search;
mod send_message;
mod set_reaction;

use gantry_kernel::prelude::*;

/// Registers the methods.
pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<edit::DeleteMessage>()
        .method::<edit::UpdateMessage>()
        .method::<load_history::LoadHistory>()
        .method::<marks::PinMessage>()
        .method::<marks::ReportMessage>()
        .method::<marks::StarMessage>()
        .method::<marks::UnpinMessage>()
        .method::<otr::UpdateOtrAck>()
        .method::<previews::OEmbedCacheCleanup>()
        .method::<read::GetChannelHistory>()
        .method::<read::GetMessages>()
        .method::<read::GetSingleMessage>()
        .method::<read::GetUserMentionsByChannel>()
        .method::<read::LoadMissedMessages>()
        .method::<read::LoadNextMessages>()
        .method::<read::LoadSurroundingMessages>()
        .method::<read::MessagesGet>()
        .method::<receipts::GetReadReceipts>()
        .method::<search::GetProvider>()
        .method::<search::MessageSearch>()
        .method::<search::Search>()
        .method::<search::Suggest>()
        .method::<send_message::SendMessage>()
        .method::<set_reaction::SetReaction>();
}

/// Topic in the documents.
const TAG: &str = "Messages";

/// A result, or `false` where upstream answers that to somebody who may not see it.
enum OrFalse<T> {
    Found(T),
    False,
}

impl<T: Serialize> Serialize for OrFalse<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Found(found) => found.serialize(serializer),
            Self::False => serializer.serialize_bool(false),
        }
    }
}

/// Most messages that a method answers at once.
const MAX_PAGE: i64 = 1000;

/// A client's limit; zero and less means as many as there are.
fn page_size(limit: Option<i64>, otherwise: i64) -> i64 {
    match limit {
        Some(limit) if limit <= 0 => MAX_PAGE,
        Some(limit) => limit.min(MAX_PAGE),
        None => otherwise,
    }
}

/// A message of which only the id counts.
#[derive(Debug, Deserialize)]
struct MessageId {
    #[serde(rename = "_id")]
    id: String,
}
