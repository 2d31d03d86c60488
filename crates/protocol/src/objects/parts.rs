//! Small parts that several objects share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;

/// A user as named inside other objects: author, editor, creator, inviter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRef {
    /// User id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Username at the time of writing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Real name at the time of writing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A bare id in a list of objects, such as the users in `starred`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdRef {
    /// The id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An upload as named inside a message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileRef {
    /// Upload id.
    #[serde(rename = "_id")]
    pub id: String,
    /// File name.
    #[serde(default)]
    pub name: String,
    /// Media type.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Short format label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// `image`, `audio`, `video`, `text`, ... or `thumb` for a preview picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_group: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A member of an encrypted room who still lacks the room key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingForKey {
    /// The member.
    pub user_id: String,
    /// Waiting since.
    #[serde(default)]
    pub ts: Timestamp,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
