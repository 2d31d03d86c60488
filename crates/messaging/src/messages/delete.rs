//! Deleting a message.

use std::collections::BTreeMap;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, UserRef};

use super::place::{self, Place};
use super::send::Sender;
use super::{edit, keep, rows, rules};
use crate::events::{
    Action, MessageDeleted, MessageDeleting, MessageSaved, RoomChanged, SubscriptionsChanged,
};
use crate::{rooms, threads};

/// Whether the caller may delete the message.
/// Upstream: `apps/meteor/app/authorization/server/functions/canDeleteMessage.ts`.
///
/// # Errors
/// `error-action-not-allowed`; the sentence about read-only rooms.
pub async fn may_delete(ctx: &Ctx, tx: &Tx, place: &Place, message: &Message) -> Result<()> {
    let refused = || Error::new("error-action-not-allowed", "Not allowed");
    if !place.readable(ctx, tx).await? {
        return Err(refused());
    }
    if place.may(ctx, "force-delete-message") {
        return Ok(());
    }
    let own = message.u.id == ctx.uid() && place.may(ctx, "delete-own-message");
    if !ctx.settings.get(keys::Message_AllowDeleting) || !(own || place.may(ctx, "delete-message")) {
        return Err(refused());
    }
    let minutes = edit::minutes(ctx, "Message_AllowDeleting_BlockDeleteInMinutes");
    let passed = ((ctx.now.millis() - message.ts.millis()) as f64 / edit::MINUTE as f64).round();
    if minutes != 0.0 && passed > minutes && !place.may(ctx, "bypass-time-limit-edit-and-delete") {
        return Err(refused());
    }
    rules::may_write_read_only(ctx, place, "You can't delete messages because the room is readonly.")
}

/// Deletes a message as the caller, or with `force-delete-message` as its author. Answers what was deleted.
///
/// # Errors
/// What [`may_delete`] refuses.
pub async fn as_caller(ctx: &Ctx, tx: &Tx, message: Message, as_author: bool) -> Result<Message> {
    let place = place::by_id(ctx, tx, &message.rid)
        .await?
        .ok_or_else(|| Error::new("error-action-not-allowed", "Not allowed"))?;
    let mut actor = Sender::from(ctx.caller()?.as_ref());
    if as_author && message.u.id != actor.uid {
        if !place.may(ctx, "force-delete-message") {
            return Err(Error::message(
                "Unauthorized. You must have the permission \"force-delete-message\" to delete other's message as them.",
            ));
        }
        actor = Sender {
            uid: message.u.id.clone(),
            username: message.u.username.clone().unwrap_or_default(),
            name: message.u.name.clone(),
        };
    }
    may_delete(ctx, tx, &place, &message).await?;
    delete(ctx, tx, message, &actor).await
}

/// Deletes a message: it goes for good, is hidden, or leaves a marker, as the settings say. Answers what was
/// deleted. Upstream: `apps/meteor/app/lib/server/functions/deleteMessage.ts`.
///
/// # Errors
/// The database's, and those of rules of other topics.
pub async fn delete(ctx: &Ctx, tx: &Tx, message: Message, by: &Sender) -> Result<Message> {
    let has_replies = message.tcount.unwrap_or(0) > 0;
    let keep_history = ctx.settings.get(keys::Message_KeepHistory) || has_replies;
    let show_deleted = ctx.settings.get(keys::Message_ShowDeletedStatus) || has_replies;
    ctx.within.run(ctx, tx, &MessageDeleting { message: message.clone(), for_good: !keep_history }).await?;
    if keep_history && show_deleted {
        keep::copy(ctx, tx, &message, by).await?;
    }
    let mut left = None;
    if show_deleted {
        let mut marker = marker(ctx, &message, by);
        rows::update(tx, &mut marker, ctx.now).await?;
        rows::reindex_mentions(tx, &marker).await?;
        left = Some(marker);
    } else {
        if keep_history {
            rows::hide(tx, &message, ctx.now).await?;
        } else {
            rows::delete(tx, &message, ctx.now).await?;
        }
        tx.emit(MessageDeleted {
            rid: message.rid.clone(),
            mid: message.id.clone(),
            tmid: message.tmid.clone(),
        });
    }
    recount(ctx, tx, &message, left).await?;
    Ok(message)
}

/// Counters and the last message of the room, its thread and its parent room.
async fn recount(ctx: &Ctx, tx: &Tx, message: &Message, left: Option<Message>) -> Result<()> {
    let uids = threads::forget(tx, &message.id).await?;
    if !uids.is_empty() {
        tx.emit(SubscriptionsChanged { rid: message.rid.clone(), uids });
    }
    rooms::rows::add_message_count(tx, &message.rid, -1, ctx.now).await?;
    let Some(mut room) = rooms::rows::by_id(tx, &message.rid).await? else { return Ok(()) };
    if room.last_message.as_ref().is_some_and(|last| last.id == message.id) {
        let newest = rows::newest(tx, &message.rid).await?;
        rooms::rows::set_last_message(tx, &room.id, newest.as_ref(), ctx.now).await?;
        room.last_message = newest.map(Box::new);
    }
    room.updated_at = ctx.now;
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Updated, subscriptions: false });
    if let Some(marker) = left {
        tx.emit(MessageSaved::changed(marker, room.clone()));
    }
    if let Some(tmid) = &message.tmid
        && let Some(parent) = threads::reply_removed(ctx, tx, tmid).await?
    {
        tx.emit(MessageSaved::changed(parent, room.clone()));
    }
    super::discussion::count(ctx, tx, &room).await
}

/// What stays of a deleted message where that is shown.
fn marker(ctx: &Ctx, message: &Message, by: &Sender) -> Message {
    Message {
        msg: String::new(),
        t: Some("rm".to_owned()),
        urls: Some(Vec::new()),
        mentions: Some(Vec::new()),
        attachments: Some(Vec::new()),
        reactions: Some(BTreeMap::new()),
        md: None,
        blocks: None,
        tshow: None,
        edited_at: Some(ctx.now),
        edited_by: Some(UserRef {
            id: by.uid.clone(),
            username: Some(by.username.clone()),
            ..UserRef::default()
        }),
        ..message.clone()
    }
}
