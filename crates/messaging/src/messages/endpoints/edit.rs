//! `POST chat.update`, `POST chat.delete`

use gantry_protocol::objects::Message;
use serde_json::Map;

use super::super::{delete, edit, for_user};
use super::*;

/// Changes the text or the custom fields of a message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    /// Room of the message.
    room_id: String,
    /// Message id.
    msg_id: String,
    /// New text; the caption of a message with a file.
    text: String,
    /// The links that get a preview; without it all do.
    preview_urls: Option<Vec<String>>,
    /// New extra values.
    custom_fields: Option<Map<String, Value>>,
    /// New cipher text, in encrypted rooms.
    content: Option<Map<String, Value>>,
    /// Names mentioned inside encrypted text.
    e2e_mentions: Option<Map<String, Value>>,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("chat.update", TAG);
    type Guard = LoggedIn;
    type Reply = OneMessage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneMessage> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let message = of_room(tx, &self.msg_id, &self.room_id).await?;
            let mut change = Map::new();
            change.insert("_id".into(), message.id.clone().into());
            let mut put =
                |name: &str, value: Option<Value>| value.map(|value| change.insert(name.to_owned(), value));
            put("msg", Some(self.text.clone().into()));
            put("customFields", self.custom_fields.clone().map(Value::Object));
            put("content", self.content.clone().map(Value::Object));
            put("e2eMentions", self.e2e_mentions.clone().map(Value::Object));
            let edited = edit::update(&inner, tx, change, self.preview_urls.as_deref()).await?;
            Ok(OneMessage { message: for_user::one(&inner, tx, edited.unwrap_or(message)).await? })
        })
        .await
    }
}

/// Deletes a message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Delete {
    /// Message id.
    msg_id: String,
    /// Room of the message.
    room_id: String,
    /// As its author; for messages of others this needs `force-delete-message`.
    as_user: Option<bool>,
}

/// What was deleted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Deleted {
    /// Message id.
    #[serde(rename = "_id")]
    id: String,
    /// Milliseconds since 1970, as text.
    ts: String,
    /// The message's author and room.
    message: Rest,
}

/// The part of a deleted message that is told.
#[derive(Debug, Serialize, JsonSchema)]
struct Rest {
    /// Message id.
    #[serde(rename = "_id")]
    id: String,
    /// Room id.
    rid: String,
    /// Author.
    u: gantry_protocol::objects::UserRef,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("chat.delete", TAG);
    type Guard = LoggedIn;
    type Reply = Deleted;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Deleted> {
        let inner = ctx.clone();
        let gone = ctx
            .write(async move |tx| {
                let message = of_room(tx, &self.msg_id, &self.room_id).await?;
                delete::as_caller(&inner, tx, message, self.as_user.unwrap_or(false)).await
            })
            .await?;
        let message = Rest { id: gone.id.clone(), rid: gone.rid, u: gone.u };
        Ok(Deleted { id: gone.id, ts: ctx.now.millis().to_string(), message })
    }
}

/// The message, if it is in the room that the client names.
async fn of_room(tx: &Tx, id: &str, rid: &str) -> Result<Message> {
    let message = rows::lock(tx, id)
        .await?
        .ok_or_else(|| Error::message(format!("No message found with the id of \"{id}\".")))?;
    if message.rid != rid {
        return Err(Error::message("The room id provided does not match where the message is from."));
    }
    Ok(message)
}
