//! Messages as webhooks and `chat.postMessage` write them: rooms by name, and a name and picture of one's own.
//! Upstream: `apps/meteor/app/lib/server/functions/processWebhookMessage.ts`.

use std::collections::HashSet;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;
use serde_json::Map;

use super::prepare::{self, Draft};
use super::{place, post, rows};

/// Rooms that one call posts into.
const MAX_TARGETS: usize = 100;

/// What to post, and where.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payload {
    /// `#name`, `@username`, or a room's id or name without a mark.
    pub channel: Option<Targets>,
    /// Room id; used when `channel` is absent.
    pub room_id: Option<Targets>,
    /// Text.
    pub text: Option<String>,
    /// Text, when `text` is absent.
    pub msg: Option<String>,
    /// Name to show instead of the author's; needs `message-impersonate`.
    pub alias: Option<String>,
    /// The same as `alias`, and before it.
    pub username: Option<String>,
    /// Emoji to show as avatar.
    pub emoji: Option<String>,
    /// The same as `emoji`, and before it.
    #[serde(rename = "icon_emoji")]
    pub icon_emoji: Option<String>,
    /// URL of a picture to show as avatar; needs `message-impersonate`.
    pub avatar: Option<String>,
    /// The same as `avatar`, and before it.
    #[serde(rename = "icon_url")]
    pub icon_url: Option<String>,
    /// Attachments.
    pub attachments: Option<Value>,
    /// Thread to reply in.
    pub tmid: Option<String>,
    /// Whether links get a preview; by default they do in messages without attachments.
    pub parse_urls: Option<bool>,
    /// Whether clients may group it under the message before.
    pub groupable: Option<bool>,
    /// Who automated it.
    pub bot: Option<Value>,
    /// Extra values, as `Message_CustomFields` describes them.
    pub custom_fields: Option<Map<String, Value>>,
}

/// One room or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Targets {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// What holds where the payload says nothing.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Rooms.
    pub channel: Vec<String>,
    /// Name.
    pub alias: Option<String>,
    /// Picture.
    pub avatar: Option<String>,
    /// Emoji as picture.
    pub emoji: Option<String>,
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl Payload {
    /// The rooms, each once, and the message for them.
    ///
    /// # Errors
    /// `invalid-params` for too many rooms; what a message is refused for: wrong types, unsafe links, its size.
    pub fn draft(self, ctx: &Ctx, defaults: &Defaults) -> Result<(Vec<String>, Draft)> {
        let targets = self.targets(defaults);
        if targets.len() > MAX_TARGETS {
            return Err(Error::invalid_params(format!("must NOT have more than {MAX_TARGETS} items")));
        }
        let message = prepare::wire::message(self.into_message(defaults))?;
        let captions =
            message.attachments.iter().flatten().filter_map(|attachment| attachment.text.as_deref());
        for text in captions.chain([message.msg.as_str()]) {
            // Unlike elsewhere, the sentence is the code.
            prepare::within_size(ctx, text).map_err(|_| Error::message("error-message-size-exceeded"))?;
        }
        Ok((targets, Draft::new(ctx, message, None)?))
    }

    fn targets(&self, defaults: &Defaults) -> Vec<String> {
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
            targets.clone_from(&defaults.channel);
        }
        if targets.is_empty() {
            targets.push(String::new());
        }
        let mut seen = HashSet::new();
        targets.retain(|target| seen.insert(target.clone()));
        targets
    }

    fn into_message(self, defaults: &Defaults) -> Map<String, Value> {
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
        let alias = filled(self.username).or(filled(self.alias)).or(defaults.alias.clone());
        let mut message = Map::new();
        message.insert("msg".into(), text.trim().into());
        message.insert("alias".into(), alias.unwrap_or_default().into());
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
        // The first that is given counts: the payload's before the defaults', a picture before an emoji.
        let pictures = [
            ("avatar", filled(self.icon_url).or(filled(self.avatar))),
            ("emoji", filled(self.icon_emoji).or(filled(self.emoji))),
            ("avatar", filled(defaults.avatar.clone())),
            ("emoji", filled(defaults.emoji.clone())),
        ];
        if let Some((field, Some(value))) = pictures.into_iter().find(|(_, value)| value.is_some()) {
            put(field, Some(value.into()));
        }
        message
    }
}

/// Posts the caller's draft into each of the rooms; answers the rooms as they were named, with the messages.
///
/// # Errors
/// `invalid-channel`, and what posting refuses.
pub async fn post(ctx: &Ctx, tx: &Tx, targets: &[String], draft: &Draft) -> Result<Vec<(String, Message)>> {
    let mut posted = Vec::with_capacity(targets.len());
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
        posted.push((target.clone(), post::post_at(ctx, tx, &place, draft).await?));
    }
    if posted.is_empty() { Err(Error::code("invalid-channel")) } else { Ok(posted) }
}
