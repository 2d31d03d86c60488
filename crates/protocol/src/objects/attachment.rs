//! Message attachments.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::FileRef;
use crate::Timestamp;

/// One attachment: a file, a quote, a card or a row of buttons.
///
/// Upstream tells the kinds apart by the fields that are there, and bots mix them, so this is one struct with all
/// fields. `type` is `file` or `removed-file`, or absent for the others. Most names are in snake case on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// `file`, `removed-file`, or absent.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Chosen by the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the heading leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_link: Option<String>,
    /// Whether that link downloads a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_link_download: Option<bool>,
    /// Time shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<Timestamp>,
    /// Starts closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapsed: Option<bool>,
    /// Caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Parsed caption.
    #[serde(rename = "descriptionMd", skip_serializing_if = "Option::is_none")]
    pub description_md: Option<Value>,
    /// Body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Parsed body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md: Option<Value>,
    /// Line above the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pretext: Option<String>,
    /// Colour of the bar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Upload id.
    #[serde(rename = "fileId", skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    /// The upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRef>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// File format label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Media type of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_type: Option<String>,
    /// Bytes of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<i64>,
    /// Alternative text of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_alt: Option<String>,
    /// Size of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_dimensions: Option<Dimensions>,
    /// Tiny version of the picture, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_preview: Option<String>,
    /// Video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// Media type of the video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_type: Option<String>,
    /// Bytes of the video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_size: Option<i64>,
    /// Sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_url: Option<String>,
    /// Media type of the sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_type: Option<String>,
    /// Bytes of the sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_size: Option<i64>,
    /// Small picture on the right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
    /// Author line; in a quote the username of the quoted author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// Where the author line leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_link: Option<String>,
    /// Picture before the author line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_icon: Option<String>,
    /// Permalink of the quoted message; its presence makes a quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_link: Option<String>,
    /// Grid of names and values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<AttachmentField>>,
    /// Parts to read as markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mrkdwn_in: Option<Vec<String>>,
    /// `horizontal` or `vertical`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button_alignment: Option<String>,
    /// Buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<AttachmentAction>>,
    /// Nested attachments: those of the quoted message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Body by language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translations: Option<BTreeMap<String, String>>,
    /// Cipher text or app data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
    /// File key, in encrypted rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Value>,
    /// File hash, in encrypted rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashes: Option<Value>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One cell of an attachment's grid.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AttachmentField {
    /// Name.
    #[serde(default)]
    pub title: String,
    /// Text, number or flag.
    #[serde(default)]
    pub value: Value,
    /// Half width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<bool>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Size of a picture in pixels. Clients also send fractions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dimensions {
    /// Width.
    pub width: Number,
    /// Height.
    pub height: Number,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A button of an attachment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AttachmentAction {
    /// Always `button`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Parsed caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md: Option<Value>,
    /// Text to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg: Option<String>,
    /// Message that it acts on.
    #[serde(rename = "msgId", skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// Page that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Picture to show instead of the caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Open the page inside the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_webview: Option<bool>,
    /// Send `msg` into the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_in_chat_window: Option<bool>,
    /// `sendMessage`, `respondWithMessage` or `respondWithQuotedMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_processing_type: Option<String>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
