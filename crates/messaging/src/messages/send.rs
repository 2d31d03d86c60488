//! Sending a message: what is written, and for whom. The work does not grow with the room.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, RoomType, User, UserRef};

use super::prepare::{self, Draft};
use super::rows;
use crate::events::MessageSaved;
use crate::notifications::highlights;
use crate::{rooms, subscriptions, threads};

/// What a message on its way needs to know of its sender.
#[derive(Clone, Debug)]
pub struct Sender {
    /// User id.
    pub uid: String,
    /// Username.
    pub username: String,
    /// Real name.
    pub name: Option<String>,
}

impl Sender {
    /// As messages name their author.
    pub fn reference(&self) -> UserRef {
        UserRef {
            id: self.uid.clone(),
            username: Some(self.username.clone()),
            name: self.name.clone(),
            ..UserRef::default()
        }
    }
}

impl From<&Caller> for Sender {
    fn from(caller: &Caller) -> Self {
        Self { uid: caller.uid.clone(), username: caller.username.clone(), name: caller.name.clone() }
    }
}

impl From<&User> for Sender {
    fn from(user: &User) -> Self {
        Self {
            uid: user.id.clone(),
            username: user.username.clone().unwrap_or_default(),
            name: user.name.clone(),
        }
    }
}

/// Sends `message` to `room` as `sender`. Who may post is the caller's question: see [`super::rules`].
///
/// # Errors
/// What [`Draft::new`] and [`send_draft`] refuse.
pub async fn send(ctx: &Ctx, tx: &Tx, room: &Room, sender: &Sender, message: Message) -> Result<Message> {
    let draft = Draft::new(ctx, message, None)?;
    let roles = subscriptions::rows::roles_in(tx, &room.id, &sender.uid).await?;
    send_draft(ctx, tx, (room, &roles), sender, draft).await
}

/// Sends a draft. `roles` are the sender's roles in the room.
///
/// A draft with an id is sent once: the same id by the same user in the same room answers the message that
/// is there.
///
/// # Errors
/// `error-message-size-exceeded` and what [`Draft::complete`] refuses; an id that somebody else used is refused.
pub async fn send_draft(
    ctx: &Ctx,
    tx: &Tx,
    (room, roles): (&Room, &[String]),
    sender: &Sender,
    mut draft: Draft,
) -> Result<Message> {
    let message = &mut draft.message;
    if message.id.is_empty() {
        message.id = ctx.ids.id();
    } else if let Some(existing) = rows::by_id(tx, &message.id).await? {
        return same_message(existing, room, sender);
    }
    message.rid.clone_from(&room.id);
    message.u = sender.reference();
    if message.ts == Timestamp::default() {
        message.ts = ctx.now;
    }
    message.updated_at = ctx.now;
    let message = draft.complete(ctx, tx, room, roles).await?;
    let doc = encode(&message)?;
    if !rows::insert(tx, &message, &doc).await? {
        return Err(Error::new("error-invalid-message", "The message id is taken"));
    }
    settle(ctx, tx, room, message, &doc).await
}

/// Writes a system message of type `kind`; `text` is its parameter (a username, a room name). It makes nothing
/// unread and does not become the room's last message.
/// Upstream: `apps/meteor/server/services/messages/service.ts`.
///
/// # Errors
/// Only if the database fails.
pub async fn send_system(
    ctx: &Ctx,
    tx: &Tx,
    room: &Room,
    sender: &Sender,
    (kind, text): (&str, &str),
    extra: impl FnOnce(&mut Message),
) -> Result<Message> {
    let mut message = Message {
        id: ctx.ids.id(),
        rid: room.id.clone(),
        msg: text.to_owned(),
        t: Some(kind.to_owned()),
        ts: ctx.now,
        updated_at: ctx.now,
        u: sender.reference(),
        groupable: Some(false),
        ..Message::default()
    };
    if ctx.settings.get(keys::Message_Read_Receipt_Enabled) {
        message.unread = Some(true);
    }
    extra(&mut message);
    rows::insert(tx, &message, &encode(&message)?).await?;
    rooms::rows::count_message(tx, &room.id, message.ts, None, false).await?;
    let after = rooms::rows::by_id(tx, &room.id).await?.unwrap_or_else(|| room.clone());
    emit(tx, &message, after, false, Vec::new());
    Ok(message)
}

fn encode(message: &Message) -> Result<String> {
    serde_json::to_string(message).map_err(Error::internal)
}

fn emit(tx: &Tx, message: &Message, room: Room, alerts: bool, touched: Vec<String>) {
    tx.emit(MessageSaved {
        message: Arc::new(message.clone()),
        room: Arc::new(room),
        new: true,
        alerts,
        room_changed: true,
        touched,
    });
}

/// Counts a stored message in its room, its thread and the subscriptions that it touches. `doc` is the
/// message's document.
async fn settle(ctx: &Ctx, tx: &Tx, room: &Room, message: Message, doc: &str) -> Result<Message> {
    let alerts = message.tmid.is_none() || message.tshow == Some(true);
    let store_last = alerts && ctx.settings.get(keys::Store_Last_Message);
    let seq = rooms::rows::count_message(tx, &room.id, message.ts, store_last.then_some(doc), alerts).await?;
    let mut touched = Vec::new();
    let mut parent = None;
    if message.tmid.is_some() {
        let reply = threads::reply_saved(ctx, tx, room, &message).await?;
        touched.extend(reply.touched);
        parent = reply.parent;
    }
    if alerts {
        touched.extend(count_unread(ctx, tx, room, &message).await?);
        subscriptions::rows::sent(tx, &room.id, &message.u.id, seq, ctx.now).await?;
        touched.push(message.u.id.clone());
    }
    touched.sort_unstable();
    touched.dedup();
    let after = if store_last {
        after_message(room, &message)
    } else {
        rooms::rows::by_id(tx, &room.id).await?.unwrap_or_else(|| room.clone())
    };
    let shared = (parent.is_some() || after.prid.is_some()).then(|| after.clone());
    emit(tx, &message, after, alerts, touched);
    if let Some(after) = shared {
        super::discussion::count(ctx, tx, &after).await?;
        if let Some(parent) = parent {
            tx.emit(MessageSaved::changed(parent, after));
        }
    }
    Ok(message)
}

/// The room as the message leaves it. `room` may lack its last message: this one is the last now.
fn after_message(room: &Room, message: &Message) -> Room {
    let mut after = room.clone();
    after.msgs += 1;
    after.updated_at = message.ts;
    after.lm = Some(message.ts);
    after.last_message = Some(Box::new(message.clone()));
    after
}

/// Raises the counters of the members whom the message mentions or who highlight a word of it, or of both sides of a direct room.
/// Everybody else's unread state is derived when it is read. Answers whose rows changed.
async fn count_unread(ctx: &Ctx, tx: &Tx, room: &Room, message: &Message) -> Result<Vec<String>> {
    if message.tmid.is_some() {
        return Ok(Vec::new());
    }
    let mut mentioned: Vec<String> = prepare::mentioned_people(tx, message).await?;
    for (uid, words) in subscriptions::rows::attentive(tx, &room.id).await? {
        if uid != message.u.id && !mentioned.contains(&uid) && highlights::found_in(&message.msg, &words) {
            mentioned.push(uid);
        }
    }
    let group = prepare::mentions_everybody(message);
    let setting = if room.t == RoomType::Direct { keys::Unread_Count_DM } else { keys::Unread_Count };
    let setting = ctx.settings.get(setting);
    let every_message = setting == "all_messages";
    let group_counts = room.t == RoomType::Direct || setting != "user_mentions_only";
    let user_counts = room.t == RoomType::Direct || setting != "group_mentions_only";
    let mut touched = Vec::new();
    if !mentioned.is_empty() {
        let by = (i64::from(user_counts), 1, 0);
        subscriptions::rows::count_mentions(tx, &room.id, &mentioned, by, ctx.now).await?;
        touched.extend(mentioned);
    }
    if !(group || every_message) {
        return Ok(touched);
    }
    let mut others = subscriptions::rows::member_ids(tx, &room.id).await?;
    others.retain(|uid| *uid != message.u.id && !touched.contains(uid));
    let by = if group { (i64::from(group_counts), 0, 1) } else { (1, 0, 0) };
    subscriptions::rows::count_mentions(tx, &room.id, &others, by, ctx.now).await?;
    touched.extend(others);
    Ok(touched)
}

fn same_message(existing: Message, room: &Room, sender: &Sender) -> Result<Message> {
    if existing.rid == room.id && existing.u.id == sender.uid {
        return Ok(existing);
    }
    Err(Error::new("error-invalid-message", "The message id is taken"))
}
