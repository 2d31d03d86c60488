//! `rooms.media`, `rooms.mediaConfirm`, `rooms.upload`.

use gantry_kernel::upload::required;
use gantry_protocol::RawJson;
use serde_json::Map;

use super::super::send::{self, About, Caption};
use super::super::store::{self, Uploader};
use super::*;
use crate::messages::for_user;
use crate::messages::prepare::within_size;

pub(super) fn register(registry: &mut Registry) {
    registry.upload::<Media>().endpoint::<MediaConfirm>().upload::<UploadAndSend>();
}

/// Uploads a file into a room. Nobody sees it until `rooms.mediaConfirm` sends it as a message; without that it is
/// removed after a day.
#[derive(Debug, Deserialize, JsonSchema)]
struct Media {
    /// Room id.
    rid: String,
    /// Of an encrypted file: what it is, encrypted, as JSON text.
    content: Option<String>,
}

/// The stored file.
#[derive(Debug, Serialize, JsonSchema)]
struct MediaReply {
    file: Place,
}

/// Where a stored file is.
#[derive(Debug, Serialize, JsonSchema)]
struct Place {
    #[serde(rename = "_id")]
    id: String,
    url: String,
}

impl AboutRid for Media {
    fn rid(&self) -> &str {
        &self.rid
    }
}

impl Upload for Media {
    const SPEC: Spec = Spec::post("rooms.media/:rid", TAG);
    const FIELD: &'static str = "file";
    type Guard = Readable;
    type Reply = MediaReply;

    async fn call(self, file: Option<UploadedFile>, guard: Readable, ctx: &Ctx) -> Result<MediaReply> {
        let content = self.content.as_deref().filter(|text| !text.is_empty());
        let content = content.map(serde_json::from_str).transpose();
        let content = content.map_err(|_| Error::code("invalid-field-content"))?;
        let by = Uploader { uid: Some(ctx.uid().to_owned()), content };
        let stored = store::store(ctx, &guard.room, by, required(file)?).await?;
        Ok(MediaReply { file: Place { id: stored.id, url: stored.path } })
    }
}

/// Sends an uploaded file as a message in its room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MediaConfirm {
    /// Room id.
    rid: String,
    /// Upload id.
    file_id: String,
    /// Caption.
    description: Option<String>,
    /// Another name for the file.
    file_name: Option<String>,
    /// Of an encrypted file: what it is, encrypted.
    file_content: Option<Value>,
    #[serde(flatten)]
    about: About,
}

/// The sent message.
#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    message: RawJson,
}

impl AboutRid for MediaConfirm {
    fn rid(&self) -> &str {
        &self.rid
    }
}

impl Endpoint for MediaConfirm {
    const SPEC: Spec = Spec::post("rooms.mediaConfirm/:rid/:fileId", TAG);
    type Guard = Readable;
    type Reply = Sent;

    async fn call(self, guard: Readable, ctx: &Ctx) -> Result<Sent> {
        let caption =
            Caption { description: self.description, name: self.file_name, content: self.file_content };
        let message = send::send(ctx, &guard.room.id, &self.file_id, &self.about, caption).await?;
        shown(ctx, message).await
    }
}

/// Uploads a file and sends it as a message at once.
#[derive(Debug, Deserialize, JsonSchema)]
struct UploadAndSend {
    /// Room id.
    rid: String,
    /// Caption.
    description: Option<String>,
    /// Text and other fields of the message.
    #[serde(flatten)]
    about: Map<String, Value>,
}

impl AboutRid for UploadAndSend {
    fn rid(&self) -> &str {
        &self.rid
    }
}

impl Upload for UploadAndSend {
    const SPEC: Spec = Spec::post("rooms.upload/:rid", TAG).deprecated("8.0.0", "rooms.media");
    const FIELD: &'static str = "file";
    type Guard = Readable;
    type Reply = Sent;

    async fn call(self, file: Option<UploadedFile>, guard: Readable, ctx: &Ctx) -> Result<Sent> {
        let file = required(file)?;
        // Before anything is stored that would then wait for its removal.
        let about = About::of_object(self.about)?;
        within_size(ctx, self.description.as_deref().unwrap_or_default())?;
        let by = Uploader { uid: Some(ctx.uid().to_owned()), content: None };
        let stored = store::store(ctx, &guard.room, by, file).await?;
        let caption = Caption { description: self.description, ..Caption::default() };
        shown(ctx, send::send(ctx, &guard.room.id, &stored.id, &about, caption).await?).await
    }
}

async fn shown(ctx: &Ctx, message: gantry_protocol::objects::Message) -> Result<Sent> {
    let inner = ctx.clone();
    let message = ctx.read(async move |tx| for_user::one(&inner, tx, message.clone()).await).await?;
    Ok(Sent { message })
}
