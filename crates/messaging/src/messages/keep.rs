//! Earlier states of messages, kept when `Message_KeepHistory` is on.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, UserRef};

use super::rows;
use super::send::Sender;

/// Stores a hidden copy of the message as it is. Upstream: `cloneAndSaveAsHistoryById` of the messages model.
///
/// # Errors
/// The database's.
pub(super) async fn copy(ctx: &Ctx, tx: &Tx, message: &Message, by: &Sender) -> Result<()> {
    let mut copy = message.clone();
    copy.id = ctx.ids.id();
    copy.hidden = Some(true);
    copy.rest.insert("parent".to_owned(), message.id.clone().into());
    copy.edited_at = Some(ctx.now);
    copy.edited_by =
        Some(UserRef { id: by.uid.clone(), username: Some(by.username.clone()), ..UserRef::default() });
    copy.updated_at = ctx.now;
    let doc = serde_json::to_string(&copy).map_err(Error::internal)?;
    rows::insert_hidden(tx, &copy, &doc).await
}
