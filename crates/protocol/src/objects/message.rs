//! Messages and their parts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::{Attachment, FileRef, IdRef, UserRef};
use crate::Timestamp;

/// A message, as stored and as sent (upstream: `IMessage`).
///
/// `msg` is the text; `t` is absent on what people write and names the kind of a system message otherwise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Message id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Room id.
    pub rid: String,
    /// Text as written.
    #[serde(default)]
    pub msg: String,
    /// Creation time; orders the room.
    #[serde(default)]
    pub ts: Timestamp,
    /// Author.
    #[serde(default)]
    pub u: UserRef,
    /// Last change of any field.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// System message kind, such as `uj` (user joined) or `rm` (removed).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<String>,
    /// Thread parent, on a reply in a thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmid: Option<String>,
    /// Thread reply also shown in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tshow: Option<bool>,
    /// Replies in the thread, on its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcount: Option<i64>,
    /// Time of the last reply, on the thread's parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tlm: Option<Timestamp>,
    /// Ids of the users who follow the thread, on its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<Vec<String>>,
    /// Room id of the discussion that this message opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drid: Option<String>,
    /// Messages in that discussion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dcount: Option<i64>,
    /// Time of the last message in that discussion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dlm: Option<Timestamp>,
    /// Parsed text: a list of blocks (npm `@rocket.chat/message-parser`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md: Option<Value>,
    /// Users and teams mentioned in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Vec<Mention>>,
    /// Rooms mentioned in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<ChannelMention>>,
    /// Links in the text, with preview data once fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<MessageUrl>>,
    /// Files, quotes, cards and buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// First file; older clients read only this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRef>,
    /// All files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FileRef>>,
    /// File hint for the livechat widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_upload: Option<FileUpload>,
    /// Reactions by `:shortcode:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactions: Option<BTreeMap<String, Reaction>>,
    /// Users who starred the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starred: Option<Vec<IdRef>>,
    /// Whether it is pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// When it was pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// Who pinned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<UserRef>,
    /// Time of the last edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who made the last edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<UserRef>,
    /// `false` keeps clients from grouping it under the message before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groupable: Option<bool>,
    /// Display name to show instead of the author's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Avatar URL to show instead of the author's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Emoji to show as avatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Present when an integration or app sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<Value>,
    /// `false` turns link previews off for this message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parse_urls: Option<bool>,
    /// Extra values, checked against the setting `Message_CustomFields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Map<String, Value>>,
    /// Kept but not listed.
    #[serde(rename = "_hidden", skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// Came from an importer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<bool>,
    /// Shown to one user only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Read receipts: `true` until everybody has read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Its read receipts have moved to cold storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipts_archived: Option<bool>,
    /// Shared position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// UiKit layout of an app or a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Value>,
    /// Buttons on old system messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_links: Option<Vec<Value>>,
    /// Role that a role-change message speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Encryption state: `pending` or `done`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e2e: Option<String>,
    /// Names mentioned inside encrypted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e2e_mentions: Option<E2eMentions>,
    /// Cipher text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
    /// Text by language, with `original` for the language it was written in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translations: Option<BTreeMap<String, String>>,
    /// Service that translated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation_provider: Option<String>,
    /// Sent to the visitor by e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_by_email: Option<bool>,
    /// Visitor token, when a livechat visitor wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// End of an omnichannel call.
    #[serde(rename = "webRtcCallEndTs", skip_serializing_if = "Option::is_none")]
    pub webrtc_call_end_ts: Option<Timestamp>,
    /// Matrix event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation: Option<Value>,
    /// Change of the service level agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla_data: Option<Value>,
    /// Change of the priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_data: Option<Value>,
    /// Page that a livechat visitor opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub navigation: Option<Value>,
    /// Details of a livechat transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_data: Option<Value>,
    /// Who asked for a livechat transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_data: Option<Value>,
    /// Closing or transfer note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// E-mail thread, in mail inboxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Value>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A user or team mentioned in a message; the ids `all` and `here` mention everybody.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mention {
    /// User or team id, or `all`, `here`.
    #[serde(rename = "_id")]
    pub id: String,
    /// Username, or `all`, `here`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Real name or team name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fname: Option<String>,
    /// `user` or `team`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A room mentioned in a message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelMention {
    /// Room id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Room name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fname: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Everybody who reacted with one emoji.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// Usernames, in the order in which they reacted.
    #[serde(default)]
    pub usernames: Vec<String>,
    /// Their display names, in the same order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// Matrix event by username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation_reaction_event_ids: Option<BTreeMap<String, String>>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A link in a message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageUrl {
    /// Where it leads.
    #[serde(default)]
    pub url: String,
    /// Text as written, when it was rewritten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Open Graph, Twitter, oEmbed and page tags.
    #[serde(default)]
    pub meta: Map<String, Value>,
    /// Response headers of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<UrlHeaders>,
    /// No preview wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_parse: Option<bool>,
    /// The parts of the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parsed_url: Option<ParsedUrl>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Response headers of a link's target.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlHeaders {
    /// Bytes, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_length: Option<String>,
    /// Media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A URL in parts, with the meaning of the fields of JavaScript's `URL`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParsedUrl {
    /// Host and port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Host alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Port, if given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// Scheme with its colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pathname: Option<String>,
    /// Query with its question mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Query without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Fragment with its `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where the livechat widget finds a file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileUpload {
    /// URL.
    #[serde(default)]
    pub public_file_path: String,
    /// Media type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A GeoJSON point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Always `Point`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Longitude and latitude in degrees, in this order.
    pub coordinates: [Number; 2],
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Names mentioned inside encrypted text, which the server cannot read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct E2eMentions {
    /// Usernames with `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e2e_user_mentions: Option<Vec<String>>,
    /// Room names with `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e2e_channel_mentions: Option<Vec<String>>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
