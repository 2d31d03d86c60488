//! The DDP methods of files.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;
use serde_json::Map;

use super::access::{Presented, may_fetch};
use super::send::{self, About, Caption};
use super::{removal, rows};
use crate::messages::{delete, rows as messages};

const TAG: &str = "rooms";

pub(super) fn register(registry: &mut Registry) {
    registry.method::<SendFileMessage>().method::<DeleteFileMessage>().method::<GetS3FileUrl>();
}

/// `sendFileMessage [roomId, store, file, msgData]`: sends an upload as a message. Of the file only `_id`,
/// `name` and `description` count: the rest was settled when it came.
#[derive(Debug, Deserialize)]
struct SendFileMessage {
    room_id: String,
    #[expect(dead_code, reason = "upstream ignores it too; it holds the third parameter's place")]
    store: Value,
    file: Map<String, Value>,
    msg_data: Option<Map<String, Value>>,
}

impl Method for SendFileMessage {
    const SPEC: MethodSpec = MethodSpec::new("sendFileMessage", TAG);
    type Guard = LoggedIn;
    type Reply = Message;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Message> {
        let text = |name: &str| self.file.get(name).and_then(Value::as_str).map(str::to_owned);
        let complete = ["_id", "name", "type", "size"].iter().all(|name| self.file.contains_key(*name));
        let Some(id) = text("_id").filter(|_| complete) else {
            return Err(Error::new("error-invalid-file", "Invalid file"));
        };
        let about = About::of_object(self.msg_data.unwrap_or_default())?;
        let caption = Caption { description: text("description"), name: text("name"), content: None };
        send::send(ctx, &self.room_id, &id, &about, caption).await
    }
}

/// `deleteFileMessage [fileId]`: deletes the message that shows a file, and with it the file.
#[derive(Debug, Deserialize)]
struct DeleteFileMessage {
    file_id: String,
}

impl Method for DeleteFileMessage {
    const SPEC: MethodSpec = MethodSpec::new("deleteFileMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (inner, id) = (ctx.clone(), self.file_id);
        ctx.write(async move |tx| {
            let Some(file) = rows::by_id(tx, &id).await? else { return Ok(()) };
            let message = match &file.mid {
                Some(mid) => messages::lock(tx, mid).await?,
                None => None,
            };
            if let Some(message) = message {
                delete::as_caller(&inner, tx, message, false).await?;
                return Ok(());
            }
            // Upstream lets anybody delete a file that no message shows.
            if file.upload.user_id.as_deref() != Some(inner.uid()) {
                return Err(Error::new("error-action-not-allowed", "Not allowed"));
            }
            removal::forget(&inner, tx, std::slice::from_ref(&id)).await?;
            Ok(())
        })
        .await
    }
}

/// `getS3FileUrl [fileId]`: the object store's own URL of a file, for a short time.
#[derive(Debug, Deserialize)]
struct GetS3FileUrl {
    file_id: String,
}

impl Method for GetS3FileUrl {
    const SPEC: MethodSpec = MethodSpec::new("getS3FileUrl", TAG);
    type Guard = Anyone;
    type Reply = Option<String>;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Option<String>> {
        if ctx.caller.is_none() && ctx.settings.get(keys::FileUpload_ProtectFiles) {
            return Err(Error::new("error-invalid-user", "Invalid user"));
        }
        let (inner, id) = (ctx.clone(), self.file_id);
        let key = ctx.read(async move |tx| {
            let file = rows::by_id(tx, &id).await?;
            match file {
                Some(file)
                    if may_fetch(&inner, tx, &file.upload, file.hidden, &Presented::default()).await? =>
                {
                    Ok(file.key)
                }
                _ => Err(Error::new("error-not-allowed", "Not allowed")),
            }
        });
        let seconds = u64::try_from(ctx.settings.get(keys::FileUpload_S3_URLExpiryTimeSpan)).unwrap_or(120);
        ctx.files.signed_url(&key.await?, seconds).await
    }
}
