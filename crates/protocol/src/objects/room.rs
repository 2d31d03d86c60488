//! Rooms.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Message, UserRef, WaitingForKey};
use crate::Timestamp;

/// What kind of room it is: one letter on the wire.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
pub enum RoomType {
    /// Public channel.
    #[default]
    #[serde(rename = "c")]
    Channel,
    /// Private group.
    #[serde(rename = "p")]
    Private,
    /// Direct messages between two or more people.
    #[serde(rename = "d")]
    Direct,
    /// Omnichannel conversation.
    #[serde(rename = "l")]
    Livechat,
    /// Phone call, in data of old versions only.
    #[serde(rename = "v")]
    Voip,
}

impl RoomType {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Channel, Self::Private, Self::Direct, Self::Livechat, Self::Voip];

    /// The letter on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "c",
            Self::Private => "p",
            Self::Direct => "d",
            Self::Livechat => "l",
            Self::Voip => "v",
        }
    }
}

impl fmt::Display for RoomType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RoomType {
    type Err = UnknownRoomType;

    fn from_str(letter: &str) -> Result<Self, UnknownRoomType> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == letter).ok_or(UnknownRoomType)
    }
}

/// The text is not the letter of a [`RoomType`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown room type")]
pub struct UnknownRoomType;

/// A room, as stored and as sent (upstream: `IRoom`), with the fields that all kinds share.
///
/// Conversations with visitors have more: see [`super::OmnichannelRoom`]. The join code is no part of this
/// object, so that it cannot leave with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Room id; a direct room of two people has their ids joined.
    #[serde(rename = "_id")]
    pub id: String,
    /// Kind.
    pub t: RoomType,
    /// Name in URLs and mentions, unique among channels and groups; random in discussions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fname: Option<String>,
    /// Creator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub u: Option<UserRef>,
    /// Message counter.
    #[serde(default)]
    pub msgs: i64,
    /// Members.
    #[serde(default)]
    pub users_count: i64,
    /// Creation time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<Timestamp>,
    /// Last change of any field.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// Time of the newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lm: Option<Timestamp>,
    /// Newest message, if the setting `Store_Last_Message` is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Box<Message>>,
    /// Ids of the people in a direct room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uids: Option<Vec<String>>,
    /// Usernames of the people in a direct room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usernames: Option<Vec<String>>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Longer text about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Banner text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announcement: Option<String>,
    /// Banner style.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announcement_details: Option<Map<String, Value>>,
    /// New users join by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// Starred by default for those who join by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favorite: Option<bool>,
    /// Listed first in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured: Option<bool>,
    /// Only its owners and moderators, and those in `unmuted`, may write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ro: Option<bool>,
    /// Reactions are allowed although it is read only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub react_when_read_only: Option<bool>,
    /// Members see only their own messages and those of its owners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<bool>,
    /// Closed for writing and hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// End-to-end encryption is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// Id of the room key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e2e_key_id: Option<String>,
    /// Members who lack the room key.
    #[serde(rename = "usersWaitingForE2EKeys", skip_serializing_if = "Option::is_none")]
    pub users_waiting_for_keys: Option<Vec<WaitingForKey>>,
    /// Joining takes a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_code_required: Option<bool>,
    /// Usernames that may not write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<Vec<String>>,
    /// Usernames that may write although it is read only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmuted: Option<Vec<String>>,
    /// System messages that are hidden here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sys_mes: Option<SystemMessages>,
    /// May be left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cl: Option<bool>,
    /// Parent room, in a discussion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prid: Option<String>,
    /// Main room of a team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_main: Option<bool>,
    /// Team that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// Members of the team join by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_default: Option<bool>,
    /// Version of the avatar, for caches.
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    pub avatar_etag: Option<String>,
    /// Extra values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Map<String, Value>>,
    /// Own rule for deleting old messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// Belongs to a Matrix server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated: Option<bool>,
    /// Matrix identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation: Option<Value>,
    /// Attributes that members must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abac_attributes: Option<Vec<Value>>,
    /// Whether the data for sorting members by role is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_priorities_created: Option<Value>,
    /// Omnichannel: not closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Omnichannel: agent in charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served_by: Option<ServedBy>,
    /// Omnichannel: start of a call.
    #[serde(rename = "webRtcCallStartTime", skip_serializing_if = "Option::is_none")]
    pub webrtc_call_start_time: Option<Timestamp>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The agent in charge of a conversation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServedBy {
    /// User id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// In charge since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<Timestamp>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A room's own rule for deleting old messages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// Whether old messages are deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Days to keep messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    /// Delete the files and keep the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_only: Option<bool>,
    /// Keep pinned messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_pinned: Option<bool>,
    /// Keep threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_threads: Option<bool>,
    /// Use this rule instead of the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_global: Option<bool>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// System messages hidden in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SystemMessages {
    /// All of them (`true`), or as the workspace has it (`false`).
    All(bool),
    /// These kinds, as in [`Message::t`].
    Kinds(Vec<String>),
}
