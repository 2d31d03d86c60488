//! The upload as clients see it.

use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::FileRef;
use serde_json::Map;

/// A file in a room. Upstream: `IUpload` in `packages/core-typings`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Upload id.
    #[serde(rename = "_id")]
    pub id: String,
    /// File name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Media type.
    #[serde(rename = "type")]
    pub kind: String,
    /// First half of the media type, or `thumb`.
    pub type_group: String,
    /// The room.
    pub rid: String,
    /// Who sent it; absent for visitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Upstream's name of where the bytes are (`FileSystem:Uploads`).
    pub store: String,
    /// File ending without the dot.
    #[serde(default)]
    pub extension: String,
    /// All bytes are there.
    pub complete: bool,
    /// Bytes are still coming.
    pub uploading: bool,
    /// 0 to 1.
    pub progress: i64,
    /// Changes with the bytes.
    pub etag: String,
    /// Where it is fetched.
    pub path: String,
    /// The same, with the server's address.
    pub url: String,
    /// When it came.
    pub uploaded_at: Timestamp,
    /// When the record changed last.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Timestamp,
    /// When it is removed unless a message shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What a picture is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identify: Option<Identified>,
    /// Caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of a preview picture: the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_file_id: Option<String>,
    /// What an encrypted file is, encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is known of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Identified {
    /// `png`, `jpeg`, `gif`, `webp`.
    pub format: String,
    /// Its size in pixels.
    pub size: PictureSize,
}

/// Pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PictureSize {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Upload {
    /// As messages name it.
    pub fn reference(&self) -> FileRef {
        FileRef {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: if self.kind.is_empty() { "file".to_owned() } else { self.kind.clone() },
            size: Some(self.size),
            format: Some(self.identify.as_ref().map(|found| found.format.clone()).unwrap_or_default()),
            type_group: Some(self.type_group.clone()),
            ..FileRef::default()
        }
    }

    /// Its bytes are encrypted by the sender's client: nobody here knows what they are.
    pub fn encrypted(&self) -> bool {
        self.content.is_some()
    }
}

/// Where a file is fetched: `/file-upload/<id>/<name>`, encoded as JavaScript's `encodeURI` does.
pub(super) fn path_of(id: &str, name: &str) -> String {
    format!("/file-upload/{id}/{}", percent::address(name))
}

/// The part of a name behind the last dot.
pub(super) fn extension_of(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

/// The first half of a media type.
pub(super) fn group_of(kind: &str) -> &str {
    kind.split('/').next().unwrap_or_default()
}
