//! `POST chat.postMessage`

use serde_json::Map;

use super::super::prepare::{self, Draft};
use super::super::{for_user, place, post, rows};
use super::*;

/// Posts a message, to one or several rooms.
///
/// A public channel is joined first; a direct room with `@user` is made if there is none. Upstream:
/// `processWebhookMessage`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostMessage {
    /// `#name`, `@username`, or a room's id or name without a mark.
    channel: Option<Targets>,
    /// Room id; used when `channel` is absent.
    room_id: Option<Targets>,
    /// Text.
    text: Option<String>,
    /// Text, when `text` is absent.
    msg: Option<String>,
    /// Name to show instead of the author's; needs `message-impersonate`.
    alias: Option<String>,
    /// The same as `alias`, and before it.
    username: Option<String>,
    /// Emoji to show as avatar.
    emoji: Option<String>,
    /// The same as `emoji`, and before it.
    #[serde(rename = "icon_emoji")]
    icon_emoji: Option<String>,
    /// URL of a picture to show as avatar; needs `message-impersonate`.
    avatar: Option<String>,
    /// The same as `avatar`, and before it.
    #[serde(rename = "icon_url")]
    icon_url: Option<String>,
    /// Attachments.
    attachments: Option<Value>,
    /// Thread to reply in.
    tmid: Option<String>,
    /// Whether links get a preview; by default they do in messages without attachments.
    parse_urls: Option<bool>,
    /// Whether clients may group it under the message before.
    groupable: Option<bool>,
    /// Who automated it.
    bot: Option<Value>,
    /// Extra values, as `Message_CustomFields` describes them.
    custom_fields: Option<Map<String, Value>>,
}

/// One room or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Targets {
    One(String),
    Many(Vec<String>),
}

/// The first message that was posted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Posted {
    /// Milliseconds since 1970.
    ts: i64,
    /// The room as it was named.
    channel: String,
    /// The message.
    message: RawJson,
}

impl Endpoint for PostMessage {
    const SPEC: Spec = Spec::post("chat.postMessage", TAG);
    type Guard = LoggedIn;
    type Reply = Posted;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Posted> {
        let targets = self.targets();
        let message = prepare::wire::message(self.into_message())?;
        let captions =
            message.attachments.iter().flatten().filter_map(|attachment| attachment.text.as_deref());
        for text in captions.chain([message.msg.as_str()]) {
            // Unlike elsewhere, the sentence is the code.
            prepare::within_size(ctx, text).map_err(|_| Error::message("error-message-size-exceeded"))?;
        }
        let draft = Draft::new(ctx, message, None)?;
        let inner = ctx.clone();
        ctx.write(async move |tx| post_all(&inner, tx, &targets, &draft).await).await
    }
}

async fn post_all(ctx: &Ctx, tx: &Tx, targets: &[String], draft: &Draft) -> Result<Posted> {
    let mut first = None;
    for target in targets {
        let place = place::destination(ctx, tx, target).await?;
        let mut draft = draft.clone();
        if let Some(tmid) = &draft.message.tmid
            && let Some(parent) = rows::by_id(tx, tmid).await?
        {
            if parent.rid != place.room.id {
                return Err(Error::new("error-invalid-message", "The thread is in another room"));
            }
            draft.message.tmid = Some(parent.tmid.unwrap_or(parent.id));
        }
        let message = post::post_at(ctx, tx, &place, draft).await?;
        if first.is_none() {
            let message = for_user::one(ctx, tx, message).await?;
            first = Some(Posted { ts: ctx.now.millis(), channel: target.clone(), message });
        }
    }
    first.ok_or_else(|| Error::code("invalid-channel"))
}

impl PostMessage {
    /// The rooms, each once.
    fn targets(&self) -> Vec<String> {
        let given = |targets: &Option<Targets>| match targets {
            Some(Targets::One(one)) if !one.is_empty() => vec![one.clone()],
            Some(Targets::Many(many)) => many.clone(),
            _ => Vec::new(),
        };
        let mut targets = given(&self.channel);
        if targets.is_empty() {
            targets = given(&self.room_id);
        }
        if targets.is_empty() {
            targets.push(String::new());
        }
        let mut seen = std::collections::HashSet::new();
        targets.retain(|target| seen.insert(target.clone()));
        targets
    }

    fn into_message(self) -> Map<String, Value> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let mut attachments = match self.attachments {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let parse_urls = self.parse_urls.unwrap_or(attachments.is_empty());
        for attachment in attachments.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::String(text)) = attachment.remove("msg") {
                attachment.insert("text".into(), text.trim().into());
            }
        }
        let text = filled(self.text).or(self.msg).unwrap_or_default();
        let mut message = Map::new();
        message.insert("msg".into(), text.trim().into());
        message.insert("alias".into(), filled(self.username).or(self.alias).unwrap_or_default().into());
        message.insert("attachments".into(), attachments.into());
        message.insert("parseUrls".into(), parse_urls.into());
        message.insert("groupable".into(), self.groupable.unwrap_or(false).into());
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                message.insert(name.to_owned(), value);
            }
        };
        put("bot", self.bot);
        put("tmid", filled(self.tmid).map(Value::from));
        put("customFields", self.custom_fields.map(Value::Object));
        let avatar = filled(self.icon_url).or(filled(self.avatar));
        let emoji = filled(self.icon_emoji).or(filled(self.emoji)).filter(|_| avatar.is_none());
        put("avatar", avatar.map(Value::from));
        put("emoji", emoji.map(Value::from));
        message
    }
}
