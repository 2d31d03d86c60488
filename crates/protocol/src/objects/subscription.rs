//! Subscriptions: a user's side of a room.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{RoomType, UserRef};
use crate::Timestamp;

/// One user's side of one room: read marks, counters and preferences (upstream: `ISubscription`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Subscription id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Room id.
    pub rid: String,
    /// Kind of the room.
    #[serde(default)]
    pub t: RoomType,
    /// The user.
    #[serde(default)]
    pub u: UserRef,
    /// Name of the room; in a direct room the other's username.
    #[serde(default)]
    pub name: String,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fname: Option<String>,
    /// Shown in the list of rooms.
    #[serde(default)]
    pub open: bool,
    /// Has something unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<bool>,
    /// Unread counter.
    #[serde(default)]
    pub unread: i64,
    /// Unread mentions of the user.
    #[serde(default)]
    pub user_mentions: i64,
    /// Unread mentions of everybody.
    #[serde(default)]
    pub group_mentions: i64,
    /// Joined.
    #[serde(default)]
    pub ts: Timestamp,
    /// Last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ls: Option<Timestamp>,
    /// Last message by the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lr: Option<Timestamp>,
    /// Last change of any field.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// Favourite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f: Option<bool>,
    /// Roles in the room: `owner`, `moderator`, `leader`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// Threads with unread replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunread: Option<Vec<String>>,
    /// Those of them that mention the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunread_user: Option<Vec<String>>,
    /// Those of them that mention everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunread_group: Option<Vec<String>>,
    /// The room is archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Parent room, in a discussion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prid: Option<String>,
    /// Main room of a team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_main: Option<bool>,
    /// Team of the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// The room is a broadcast room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<bool>,
    /// End-to-end encryption is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// Room key for this user.
    #[serde(rename = "E2EKey", skip_serializing_if = "Option::is_none")]
    pub e2e_key: Option<String>,
    /// Room key offered to this user.
    #[serde(rename = "E2ESuggestedKey", skip_serializing_if = "Option::is_none")]
    pub e2e_suggested_key: Option<String>,
    /// Former room keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_room_keys: Option<Vec<Value>>,
    /// Former room keys offered to this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_old_room_keys: Option<Vec<Value>>,
    /// No unread badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_unread_status: Option<bool>,
    /// No mention badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_mention_status: Option<bool>,
    /// What sets the badge: `default`, `all`, `mentions` or `nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_alert: Option<String>,
    /// No notifications at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_notifications: Option<bool>,
    /// Mentions of everybody do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mute_group_mentions: Option<bool>,
    /// Sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_notification_value: Option<String>,
    /// `all`, `mentions` or `nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desktop_notifications: Option<String>,
    /// `all`, `mentions` or `nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_push_notifications: Option<String>,
    /// `all`, `mentions` or `nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_notifications: Option<String>,
    /// Where that value comes from: `subscription` or `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desktop_pref_origin: Option<String>,
    /// Where that value comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_pref_origin: Option<String>,
    /// Where that value comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_pref_origin: Option<String>,
    /// The user's highlight words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_highlights: Option<Vec<String>>,
    /// Users whose messages the user does not see here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Vec<String>>,
    /// The other person has blocked the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// The user has blocked the other person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocker: Option<bool>,
    /// Messages are translated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_translate: Option<bool>,
    /// Language to translate to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_translate_language: Option<String>,
    /// Text not sent yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// Text not sent yet, by thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_drafts: Option<BTreeMap<String, String>>,
    /// Set while invited or banned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Who invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inviter: Option<UserRef>,
    /// Omnichannel: the visitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v: Option<Value>,
    /// Omnichannel: on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_hold: Option<bool>,
    /// Omnichannel: department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<Value>,
    /// Omnichannel: number of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// Extra values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Map<String, Value>>,
    /// Last check of the attributes that the room asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abac_last_time_checked: Option<Timestamp>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
