//! Conversations with visitors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Room, UserRef};
use crate::Timestamp;

/// A conversation between a visitor and agents (upstream: `IOmnichannelRoom`): a [`Room`] of kind `l` and more.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OmnichannelRoom {
    /// The visitor.
    #[serde(default)]
    pub v: RoomVisitor,
    /// Where the conversation came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// E-mail thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Value>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_id: Option<String>,
    /// Units that the department belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_ancestors: Option<Vec<String>>,
    /// Contact that the visitor belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Place in the queue: `queued`, `taken` or `ready`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Entered the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    /// The visitor waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_response: Option<Value>,
    /// First and last answer of an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_by: Option<ResponseBy>,
    /// On hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_hold: Option<bool>,
    /// The contact's identity is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Title shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Tags given when closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Custom field values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub livechat_data: Option<Value>,
    /// What the webhook sent back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crm_data: Option<Value>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Which side closed it: `user` or `visitor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closer: Option<String>,
    /// Who closed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<UserRef>,
    /// Its last system message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing_message: Option<Value>,
    /// Transcript to be sent when it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript_request: Option<Value>,
    /// Upload id of the transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdf_transcript_file_id: Option<String>,
    /// Times in seconds: service, chat, response and reaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Value>,
    /// Priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_id: Option<String>,
    /// Sort key of the priority; 99 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_weight: Option<i64>,
    /// Service level agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla_id: Option<String>,
    /// Minutes that the service level agreement allows for waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_waiting_time_queue: Option<i64>,
    /// Number that texted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<Value>,
    /// When the visitor will count as gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omnichannel: Option<Value>,
    /// Last automatic transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_transferred_at: Option<Timestamp>,
    /// An automatic transfer is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_transfer_ongoing: Option<bool>,
    /// What it shares with other rooms, and fields that this version does not know.
    #[serde(flatten)]
    pub room: Room,
}

/// The visitor of a conversation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomVisitor {
    /// Visitor id.
    #[serde(rename = "_id")]
    pub id: String,
    /// `guest-` and a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Name given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Token that the visitor's browser keeps; only for agents and the visitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Online, away, busy or offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Time of the visitor's last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_ts: Option<Timestamp>,
    /// Months with activity, `2026-11`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<Vec<String>>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where a conversation came from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `widget`, `email`, `sms`, `app`, `api` or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of the app, inbox or text message service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Readable name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Label of the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Icon in the list of rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sidebar_icon: Option<String>,
    /// Icon elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_icon: Option<String>,
    /// Number or address that the visitor wrote to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// First and last answer of an agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResponseBy {
    /// User id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// First answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_response_ts: Option<Timestamp>,
    /// Last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_ts: Option<Timestamp>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
