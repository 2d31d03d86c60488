//! What happens in rooms. Recorded in the transaction, delivered after its commit, in commit order.

use std::sync::Arc;

use gantry_protocol::Timestamp;
use gantry_protocol::objects::{Message, Room, Subscription, User};

/// How an object changed, as `notify-user` events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Inserted,
    /// It changed.
    Updated,
    /// It is gone.
    Removed,
}

impl Action {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Updated => "updated",
            Self::Removed => "removed",
        }
    }
}

/// A channel or group goes by another name from now on. Not recorded: it runs the rules of other domains inside
/// the transaction that renames the room (`gantry_kernel::within`).
#[derive(Clone, Debug)]
pub struct RoomRenaming {
    /// The room's former name.
    pub old: String,
    /// Its new name.
    pub new: String,
}

/// A message was sent or changed. Clients get the whole message on `room-messages`.
#[derive(Clone, Debug)]
pub struct MessageSaved {
    /// The message as it is now.
    pub message: Arc<Message>,
    /// The room after the message (counters, `lastMessage`).
    pub room: Arc<Room>,
    /// The message is new, not edited or reacted to.
    pub new: bool,
    /// The message made the room unread: not an edit, not a reply that stays in its thread.
    pub alerts: bool,
    /// The room's document changed with it (counters, `lastMessage`).
    pub room_changed: bool,
    /// Users whose subscription row the message changed (mentions, both sides of a direct room, the sender,
    /// thread followers).
    pub touched: Vec<String>,
}

impl MessageSaved {
    /// A message changed that was there before, and nothing else did.
    pub fn changed(message: Message, room: Room) -> Self {
        Self {
            message: Arc::new(message),
            room: Arc::new(room),
            new: false,
            alerts: false,
            room_changed: false,
            touched: Vec::new(),
        }
    }
}

/// A message is about to be deleted; runs inside the deleting transaction (`kernel.within`), for the topics
/// that keep something with it: files, discussions.
#[derive(Clone, Debug)]
pub struct MessageDeleting {
    /// The message as it is before.
    pub message: Message,
    /// Nothing of it is kept: its files go too.
    pub for_good: bool,
}

/// A message was removed and no marker was kept.
#[derive(Clone, Debug)]
pub struct MessageDeleted {
    /// Its room.
    pub rid: String,
    /// Its id.
    pub mid: String,
    /// Its thread, if it was a reply.
    pub tmid: Option<String>,
}

/// Many messages of a room were removed at once.
#[derive(Clone, Debug)]
pub struct MessagesPruned {
    /// The room.
    pub rid: String,
    /// The argument of `deleteMessageBulk`, as it goes over the wire.
    pub query: serde_json::Value,
}

/// A room's own document changed (not by a message, which says so itself).
#[derive(Clone, Debug)]
pub struct RoomChanged {
    /// The room as it is now; for `Removed`, as it was.
    pub room: Arc<Room>,
    /// How it changed.
    pub action: Action,
    /// The change shows in the members' subscriptions (name, type, archived, ...): all of them are sent anew.
    pub subscriptions: bool,
}

/// A user joined a room.
#[derive(Clone, Debug)]
pub struct MemberJoined {
    /// The room.
    pub rid: String,
    /// The user.
    pub uid: String,
}

/// A user left a room, was removed or the room was deleted. Streams of the room end for the user.
#[derive(Clone, Debug)]
pub struct MemberLeft {
    /// The room.
    pub rid: String,
    /// The user.
    pub uid: String,
    /// What was removed.
    pub subscription: Arc<Subscription>,
}

/// Subscriptions of these users in a room changed by something they did (read, hid, favourited, ...).
#[derive(Clone, Debug)]
pub struct SubscriptionsChanged {
    /// The room.
    pub rid: String,
    /// The users.
    pub uids: Vec<String>,
}

/// Who may read a room may have changed for people who are not members: type, team, archive.
#[derive(Clone, Debug)]
pub struct RoomAccessChanged {
    /// The room.
    pub rid: String,
}

/// A user read a room.
#[derive(Clone, Debug)]
pub struct RoomRead {
    /// The room.
    pub rid: String,
    /// The user.
    pub uid: String,
    /// Up to when.
    pub at: Timestamp,
}

/// Every member has read a room, or a thread, up to a time.
#[derive(Clone, Debug)]
pub struct MessagesRead {
    /// The room.
    pub rid: String,
    /// The thread; `None` for the room itself.
    pub tmid: Option<String>,
    /// Up to when.
    pub until: Timestamp,
}

/// A user got or lost a role in a room.
#[derive(Clone, Debug)]
pub struct RoomRoleChanged {
    /// The room.
    pub rid: String,
    /// The user.
    pub uid: String,
    /// `owner`, `moderator`, `leader`.
    pub role: String,
    /// Whether it was given, not taken.
    pub given: bool,
}

/// A channel or group was founded.
#[derive(Clone, Debug)]
pub struct RoomFounded {
    /// The room.
    pub room: Arc<Room>,
    /// Who founded it.
    pub owner: Arc<User>,
}

/// A room was archived.
#[derive(Clone, Debug)]
pub struct RoomArchived {
    /// The room.
    pub room: Arc<Room>,
    /// Who archived it.
    pub uid: String,
}

/// Somebody came into a room that was there before, or went out of it.
#[derive(Clone, Debug)]
pub struct RoomEntered {
    /// The room as it was before.
    pub room: Arc<Room>,
    /// Who.
    pub user: Arc<User>,
    /// Whether they came, not went.
    pub entered: bool,
}
