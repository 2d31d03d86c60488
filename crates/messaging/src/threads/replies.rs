//! What a reply does to its thread, and what reading and following do.
//! Upstream: `apps/meteor/app/threads/server/functions.ts` and `hooks/aftersavemessage.ts` beside it.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, RoomType};

use super::rows;
use crate::events::{MessageSaved, SubscriptionsChanged};
use crate::messages::prepare::{mentioned_people, mentions_everybody};
use crate::{messages, rooms, subscriptions};

/// What a stored reply changed.
#[derive(Debug, Default)]
pub struct Reply {
    /// Users whose subscriptions changed.
    pub touched: Vec<String>,
    /// The thread's parent with its new counters.
    pub parent: Option<Message>,
}

/// A reply was stored: counts it on its parent and alerts the followers.
///
/// # Errors
/// The database's.
pub async fn reply_saved(ctx: &Ctx, tx: &Tx, room: &Room, reply: &Message) -> Result<Reply> {
    let Some(tmid) = reply.tmid.as_deref().filter(|_| ctx.settings.get(keys::Threads_enabled)) else {
        return Ok(Reply::default());
    };
    let Some(mut parent) = messages::rows::lock(tx, tmid).await? else { return Ok(Reply::default()) };
    let mentioned = mentioned_people(tx, reply).await?;
    let first = parent.tcount.unwrap_or(0) == 0;
    let mut followers = match (&parent.replies, first) {
        (Some(replies), false) => replies.clone(),
        _ => vec![parent.u.id.clone()],
    };
    if first && room.t == RoomType::Direct {
        followers.extend(room.uids.iter().flatten().cloned());
    }
    followers.extend(mentioned.iter().cloned());
    followers.sort_unstable();
    followers.dedup();
    followers.retain(|uid| *uid != reply.u.id);

    let mut replies = parent.replies.take().unwrap_or_default();
    let new: Vec<String> = [&parent.u.id, &reply.u.id]
        .into_iter()
        .filter(|uid| first || **uid == reply.u.id)
        .chain(&followers)
        .filter(|uid| !replies.contains(uid))
        .cloned()
        .collect();
    for uid in &new {
        if !replies.contains(uid) {
            replies.push(uid.clone());
        }
    }
    parent.replies = Some(replies);
    parent.tcount = Some(parent.tcount.unwrap_or(0) + 1);
    parent.tlm = Some(reply.ts);
    messages::rows::update(tx, &mut parent, ctx.now).await?;
    rows::add_followers(tx, &room.id, tmid, &new).await?;

    let thread = (room.id.as_str(), tmid);
    let unmentioned: Vec<String> = parent
        .replies
        .iter()
        .flatten()
        .filter(|uid| **uid != reply.u.id && !mentioned.contains(uid))
        .cloned()
        .collect();
    rows::mark_unread(tx, thread, &unmentioned, (false, mentions_everybody(reply)), ctx.now).await?;
    if !mentioned.is_empty() {
        rows::mark_unread(tx, thread, &mentioned, (true, false), ctx.now).await?;
    }
    let mut touched = followers;
    touched.extend(unmentioned);
    touched.push(reply.u.id.clone());
    touched.sort_unstable();
    touched.dedup();
    subscriptions::rows::replied(tx, &room.id, &touched, &reply.u.id, ctx.now).await?;
    Ok(Reply { touched, parent: Some(parent) })
}

/// A reply was removed: it no longer counts.
///
/// # Errors
/// The database's.
pub async fn reply_removed(ctx: &Ctx, tx: &Tx, tmid: &str) -> Result<Option<Message>> {
    let Some(mut parent) = messages::rows::lock(tx, tmid).await? else { return Ok(None) };
    parent.tcount = parent.tcount.map(|count| (count - 1).max(0));
    messages::rows::update(tx, &mut parent, ctx.now).await?;
    Ok(Some(parent))
}

/// Several replies were removed at once, in a room whose counters are told by the caller. Does nothing if the
/// thread went with them.
///
/// # Errors
/// The database's.
pub async fn replies_removed(ctx: &Ctx, tx: &Tx, tmid: &str, removed: i64) -> Result<()> {
    let Some(mut parent) = messages::rows::lock(tx, tmid).await? else { return Ok(()) };
    parent.tcount = parent.tcount.map(|count| (count - removed).max(0));
    messages::changed::store(ctx, tx, parent).await?;
    Ok(())
}

/// A thread is gone: nobody has it unread any more. Answers whose subscriptions changed.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &Tx, tmid: &str) -> Result<Vec<String>> {
    let uids = rows::unread_for(tx, tmid).await?;
    rows::delete(tx, tmid).await?;
    Ok(uids)
}

/// The caller has read a thread. With the last unread one, the alert goes too. Nothing is kept of the reading of
/// somebody who is not in the room.
///
/// # Errors
/// The database's.
pub async fn read(ctx: &Ctx, tx: &Tx, rid: &str, tmid: &str) -> Result<()> {
    let uid = ctx.uid();
    if !subscriptions::rows::exists(tx, rid, uid).await? {
        return Ok(());
    }
    messages::receipts::read(ctx, tx, rid, tmid, uid).await?;
    messages::receipts::settle(ctx, tx, rid, Some(tmid)).await?;
    if !rows::mark_read(tx, rid, uid, tmid).await? {
        return Ok(());
    }
    let last = rows::unread_of(tx, rid, uid).await?.is_empty();
    subscriptions::rows::thread_read(tx, rid, uid, last, ctx.now).await?;
    tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids: vec![uid.to_owned()] });
    Ok(())
}

/// The caller follows the thread of a message.
///
/// # Errors
/// `error-not-allowed` while threads are off or if the room is closed to the caller, `error-invalid-message`.
pub async fn follow(ctx: &Ctx, tx: &Tx, mid: &str, method: &'static str) -> Result<()> {
    let (mut parent, room) = thread_of(ctx, tx, mid, method).await?;
    let uid = ctx.uid().to_owned();
    if parent.replies.iter().flatten().any(|follower| *follower == uid) {
        return Ok(());
    }
    rows::add_followers(tx, &room.id, &parent.id, std::slice::from_ref(&uid)).await?;
    parent.replies.get_or_insert_default().push(uid);
    messages::rows::update(tx, &mut parent, ctx.now).await?;
    tx.emit(MessageSaved::changed(parent, room));
    Ok(())
}

/// The caller no longer follows the thread of a message.
///
/// # Errors
/// `error-not-allowed` while threads are off or if the room is closed to the caller, `error-invalid-message`.
pub async fn unfollow(ctx: &Ctx, tx: &Tx, mid: &str, method: &'static str) -> Result<()> {
    let (mut parent, room) = thread_of(ctx, tx, mid, method).await?;
    let uid = ctx.uid();
    rows::remove_follower(tx, &parent.id, uid).await?;
    if rows::mark_read(tx, &room.id, uid, &parent.id).await? {
        subscriptions::rows::thread_read(tx, &room.id, uid, false, ctx.now).await?;
        tx.emit(SubscriptionsChanged { rid: room.id.clone(), uids: vec![uid.to_owned()] });
    }
    if let Some(replies) = &mut parent.replies {
        replies.retain(|follower| follower != uid);
        messages::rows::update(tx, &mut parent, ctx.now).await?;
        tx.emit(MessageSaved::changed(parent, room));
    }
    Ok(())
}

/// The parent of the thread that a message belongs to or would open, and its room.
///
/// # Errors
/// `error-not-allowed` while threads are off or if the room is closed to the caller, `error-invalid-message`.
async fn thread_of(ctx: &Ctx, tx: &Tx, mid: &str, method: &'static str) -> Result<(Message, Room)> {
    let details = || json!({ "method": method });
    let not_allowed = || Error::new("error-not-allowed", "not-allowed").with_details(details());
    let invalid = || Error::new("error-invalid-message", "Invalid message").with_details(details());
    if !ctx.settings.get(keys::Threads_enabled) {
        return Err(not_allowed());
    }
    let message = messages::rows::lock(tx, mid).await?.ok_or_else(invalid)?;
    let place = messages::place::readable(ctx, tx, &message.rid).await?.ok_or_else(not_allowed)?;
    let parent = match &message.tmid {
        Some(tmid) => messages::rows::lock(tx, tmid).await?.ok_or_else(invalid)?,
        None => message,
    };
    let room = rooms::rows::by_id(tx, &place.room.id).await?.unwrap_or(place.room);
    Ok((parent, room))
}
