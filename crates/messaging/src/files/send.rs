//! Sending an upload as a message. Upstream: `apps/meteor/app/file-upload/server/methods/sendFileMessage.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;
use serde_json::Map;

use super::rows::{self, Stored};
use super::{attach, upload};
use crate::messages::post;
use crate::messages::prepare::{Draft, wire};

/// What a client says of the message that shows a file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Text.
    pub msg: Option<String>,
    /// The thread that it answers in.
    pub tmid: Option<String>,
    /// Avatar URL to show instead of the author's.
    pub avatar: Option<String>,
    /// Emoji to show as avatar.
    pub emoji: Option<String>,
    /// Name to show instead of the author's.
    pub alias: Option<String>,
    /// Whether clients may group it under the message before.
    pub groupable: Option<bool>,
    /// Extra values, or their JSON text.
    pub custom_fields: Option<Value>,
    /// Message type; `e2e` for an encrypted one.
    pub t: Option<String>,
    /// What an encrypted message says, encrypted.
    pub content: Option<Value>,
}

impl About {
    /// Of a form's fields, which are all texts.
    ///
    /// # Errors
    /// `Match failed` for a field that a message cannot have.
    pub fn of_object(fields: Map<String, Value>) -> Result<Self> {
        const KNOWN: [&str; 9] =
            ["avatar", "emoji", "alias", "groupable", "msg", "tmid", "customFields", "t", "content"];
        if fields.keys().any(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Error::match_failed());
        }
        serde_json::from_value(Value::Object(fields)).map_err(|_| Error::match_failed())
    }

    /// The message in a room, without its file.
    fn message(&self, rid: &str) -> Result<Message> {
        let custom_fields = match &self.custom_fields {
            Some(Value::String(text)) => {
                serde_json::from_str(text).map_err(|error| Error::message(error.to_string()))?
            }
            given => given.clone(),
        };
        let given = [
            ("rid", Some(json!(rid))),
            ("msg", Some(json!(self.msg.clone().unwrap_or_default()))),
            ("groupable", Some(json!(self.groupable.unwrap_or(false)))),
            ("tmid", self.tmid.clone().filter(|id| !id.is_empty()).map(Value::from)),
            ("avatar", self.avatar.clone().map(Value::from)),
            ("emoji", self.emoji.clone().map(Value::from)),
            ("alias", self.alias.clone().map(Value::from)),
            ("customFields", custom_fields),
            ("t", self.t.clone().map(Value::from)),
            ("content", self.content.clone()),
        ];
        let fields = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let message = wire::message(fields.collect())?;
        if post::may_have_type(&message) { Ok(message) } else { Err(Error::match_failed()) }
    }
}

/// What is told of the file itself when it is sent.
#[derive(Clone, Debug, Default)]
pub struct Caption {
    /// Caption.
    pub description: Option<String>,
    /// Another name for it.
    pub name: Option<String>,
    /// What an encrypted file is, encrypted.
    pub content: Option<Value>,
}

/// Sends the caller's upload as a message in its room and keeps the file from expiring.
///
/// # Errors
/// `invalid-file` if it is not the caller's or of another room; `error-message-size-exceeded`; what posting
/// refuses.
pub async fn send(ctx: &Ctx, rid: &str, id: &str, about: &About, caption: Caption) -> Result<Message> {
    let message = about.message(rid)?;
    crate::messages::prepare::within_size(ctx, caption.description.as_deref().unwrap_or_default())?;
    let (inner, rid, id) = (ctx.clone(), rid.to_owned(), id.to_owned());
    ctx.write(async move |tx| send_in(&inner, tx, &rid, &id, message.clone(), &caption).await).await
}

async fn send_in(
    ctx: &Ctx,
    tx: &Tx,
    rid: &str,
    id: &str,
    mut message: Message,
    caption: &Caption,
) -> Result<Message> {
    rows::lock(tx, id).await?;
    let mut found = rows::with_thumbs(tx, id).await?;
    let own = found.first().is_some_and(|file| {
        file.upload.id == id && file.upload.rid == rid && file.upload.user_id.as_deref() == Some(ctx.uid())
    });
    // Sent once: a second message would take the file from the first.
    if !own || found[0].hidden || found[0].mid.is_some() {
        return Err(Error::code("invalid-file"));
    }
    caption.apply(&mut found[0]);
    // An encrypted message describes its file where only its readers can see it.
    if message.t.as_deref() != Some("e2e") {
        let (attachment, files) = attach::attachment(&found[0], found.get(1));
        message.file = files.first().cloned();
        message.files = Some(files);
        message.attachments = Some(vec![attachment]);
    }
    let draft: Draft = post::accept(ctx, message, None)?;
    let sent = post::post(ctx, tx, draft).await?;
    for entry in &mut found {
        entry.mid = Some(sent.id.clone());
        entry.upload.expires_at = None;
        rows::update(tx, entry, ctx.now).await?;
    }
    Ok(sent)
}

impl Caption {
    fn apply(&self, file: &mut Stored) {
        let changed = &mut file.upload;
        if self.description.is_some() {
            changed.description.clone_from(&self.description);
        }
        if let Some(name) = self.name.as_ref().filter(|name| !name.is_empty()) {
            changed.name.clone_from(name);
            changed.extension = upload::extension_of(name).to_owned();
            changed.path = upload::path_of(&changed.id, name);
        }
        if self.content.is_some() {
            changed.content.clone_from(&self.content);
        }
    }
}
