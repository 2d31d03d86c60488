//! Pinning and unpinning.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Attachment, Message, UserRef};

use super::place::{self, Place};
use super::send::{Sender, send_system};
use super::{avatar_path, changed, keep, rows};

/// Pins a message and says so in the room. Answers the system message.
/// Upstream: `apps/meteor/app/message-pin/server/pinMessage.ts`.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-message`, `not-authorized`.
pub async fn pin(ctx: &Ctx, tx: &Tx, mid: &str) -> Result<Message> {
    let (mut message, place) =
        admitted(ctx, tx, mid, "pinMessage", "Message you are pinning was not found").await?;
    let me = Sender::from(ctx.caller()?.as_ref());
    mark(ctx, &mut message, &me, true);
    let message = changed::store(ctx, tx, message).await?;
    let kind = if message.t.as_deref() == Some("e2e") { "message_pinned_e2e" } else { "message_pinned" };
    let limit = ctx.settings.get(keys::Message_QuoteChainLimit);
    send_system(ctx, tx, &place.room, &me, (kind, ""), |note| {
        note.attachments = Some(vec![shown(&message, limit)])
    })
    .await
}

/// Takes a pin away.
///
/// # Errors
/// As [`pin`].
pub async fn unpin(ctx: &Ctx, tx: &Tx, mid: &str) -> Result<()> {
    let (mut message, _) =
        admitted(ctx, tx, mid, "unpinMessage", "Message you are unpinning was not found").await?;
    let me = Sender::from(ctx.caller()?.as_ref());
    mark(ctx, &mut message, &me, false);
    changed::store(ctx, tx, message).await?;
    Ok(())
}

async fn admitted(
    ctx: &Ctx,
    tx: &Tx,
    mid: &str,
    method: &'static str,
    missing: &'static str,
) -> Result<(Message, Place)> {
    let details = || json!({ "method": method, "action": "Message_pinning" });
    if !ctx.settings.get(keys::Message_AllowPinning) {
        let verb = if method == "pinMessage" { "pinning" } else { "unpinning" };
        return Err(Error::new("error-action-not-allowed", format!("Message {verb} not allowed"))
            .with_details(details()));
    }
    // A message in a room of others looks like one that is not there.
    let missing = || Error::new("error-invalid-message", missing).with_details(details());
    let message = rows::lock(tx, mid).await?.ok_or_else(missing)?;
    let place = place::by_id(ctx, tx, &message.rid)
        .await?
        .filter(|place| place.member.is_some())
        .ok_or_else(missing)?;
    if !place.may(ctx, "pin-message") || !place.readable(ctx, tx).await? {
        return Err(Error::new("not-authorized", "Not Authorized").with_details(json!({ "method": method })));
    }
    if ctx.settings.get(keys::Message_KeepHistory) {
        keep::copy(ctx, tx, &message, &Sender::from(ctx.caller()?.as_ref())).await?;
    }
    Ok((message, place))
}

fn mark(ctx: &Ctx, message: &mut Message, by: &Sender, pinned: bool) {
    message.pinned = Some(pinned);
    message.pinned_at = Some(ctx.now);
    message.pinned_by =
        Some(UserRef { id: by.uid.clone(), username: Some(by.username.clone()), ..UserRef::default() });
}

/// The pinned message as the system message shows it.
fn shown(message: &Message, limit: i64) -> Attachment {
    let mut quotes: Vec<Attachment> = Vec::new();
    for attachment in message.attachments.iter().flatten() {
        let link = &attachment.message_link;
        if link.is_none() || !quotes.iter().any(|known| known.message_link == *link) {
            let mut attachment = attachment.clone();
            shorten(&mut attachment, 1, limit);
            quotes.push(attachment);
        }
    }
    Attachment {
        text: Some(message.msg.clone()),
        author_name: message.u.username.clone(),
        author_icon: message.u.username.as_deref().map(avatar_path),
        ts: Some(message.ts),
        attachments: Some(quotes),
        ..Attachment::default()
    }
}

fn shorten(attachment: &mut Attachment, depth: i64, limit: i64) {
    if attachment.message_link.is_none() {
        return;
    }
    if depth > limit {
        attachment.attachments = None;
        return;
    }
    for inner in attachment.attachments.iter_mut().flatten() {
        shorten(inner, depth + 1, limit);
    }
}
