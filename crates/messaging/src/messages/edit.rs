//! Editing a message.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, UserRef};
use serde_json::Map;

use super::place::{self, Place};
use super::prepare::{Draft, wire};
use super::send::Sender;
use super::{changed, keep, rows, rules};

/// What an edit may change.
const EDITABLE: [&str; 9] =
    ["tshow", "alias", "attachments", "avatar", "emoji", "msg", "customFields", "content", "e2eMentions"];

/// A minute in milliseconds.
pub(super) const MINUTE: i64 = 60_000;

/// Edits a message: `change` holds its `_id`, and the fields as a client sent them. Answers the message as it is
/// now; `None` if there is none, or nothing to change.
/// Upstream: `apps/meteor/app/lib/server/methods/updateMessage.ts`.
///
/// # Errors
/// `error-invalid-update-key`, `error-message-same-as-tmid`, `error-message-change-to-thread`,
/// `error-action-not-allowed`, `error-message-editing-blocked`, what [`rules::may_post`] refuses.
pub async fn update(
    ctx: &Ctx,
    tx: &Tx,
    change: Map<String, Value>,
    previews: Option<&[String]>,
) -> Result<Option<Message>> {
    let id = change.get("_id").and_then(Value::as_str).unwrap_or_default();
    let Some(original) = rows::lock(tx, id).await? else { return Ok(None) };
    refuse_other_fields(&change, &original)?;
    let text = change.get("msg").and_then(Value::as_str);
    let caption = original
        .attachments
        .as_ref()
        .and_then(|list| list.first())
        .and_then(|first| first.description.clone());
    let shown = caption.as_ref().unwrap_or(&original.msg);
    if text == Some(shown.as_str())
        && previews.is_none()
        && change.get("customFields").is_none_or(Value::is_null)
    {
        return Ok(None);
    }
    let place =
        place::by_id(ctx, tx, &original.rid).await?.ok_or_else(|| Error::message("error-invalid-room"))?;
    may_edit(ctx, &place, &original)?;
    rules::may_post(ctx, tx, &place).await?;
    let edited = merge(ctx, &place, &original, change, caption.is_some())?;
    let sender = Sender::from(ctx.caller()?.as_ref());
    if ctx.settings.get(keys::Message_KeepHistory) {
        keep::copy(ctx, tx, &original, &sender).await?;
    }
    let draft = Draft::new(ctx, edited, previews)?;
    let message = draft.complete(ctx, tx, &place.room, place.roles()).await?;
    rows::reindex_mentions(tx, &message).await?;
    Ok(Some(changed::store(ctx, tx, message).await?))
}

/// Other fields than the editable ones may be repeated, not changed.
fn refuse_other_fields(change: &Map<String, Value>, original: &Message) -> Result<()> {
    let details = || json!({ "method": "updateMessage" });
    let stored = serde_json::to_value(original).map_err(Error::internal)?;
    for (name, value) in change {
        if !EDITABLE.contains(&name.as_str()) && stored.get(name).unwrap_or(&Value::Null) != value {
            return Err(Error::new("error-invalid-update-key", format!("Cannot update the message {name}"))
                .with_details(details()));
        }
    }
    Ok(())
}

fn may_edit(ctx: &Ctx, place: &Place, original: &Message) -> Result<()> {
    let own = original.u.id == ctx.uid();
    let allowed = place.may(ctx, "edit-message") || own && ctx.settings.get(keys::Message_AllowEditing);
    if !allowed {
        return Err(Error::new("error-action-not-allowed", "Message editing not allowed")
            .with_details(json!({ "method": "updateMessage", "action": "Message_editing" })));
    }
    let minutes = minutes(ctx, "Message_AllowEditing_BlockEditInMinutes");
    let passed = ((ctx.now.millis() - original.ts.millis()) / MINUTE) as f64;
    if minutes != 0.0 && passed >= minutes && !place.may(ctx, "bypass-time-limit-edit-and-delete") {
        return Err(Error::new("error-message-editing-blocked", "Message editing is blocked")
            .with_details(json!({ "method": "updateMessage" })));
    }
    Ok(())
}

/// A setting in minutes, which may be a fraction.
pub(super) fn minutes(ctx: &Ctx, id: &str) -> f64 {
    ctx.settings.value(id).as_deref().and_then(Value::as_f64).unwrap_or_default()
}

fn merge(
    ctx: &Ctx,
    place: &Place,
    original: &Message,
    change: Map<String, Value>,
    captioned: bool,
) -> Result<Message> {
    let given: Map<String, Value> =
        change.into_iter().filter(|(name, _)| EDITABLE.contains(&name.as_str())).collect();
    let has = |name: &str| given.get(name).is_some_and(|value| !value.is_null());
    let (text, attachments, custom, content) =
        (has("msg"), has("attachments"), has("customFields"), has("content"));
    let given = wire::message(given)?;
    rules::may_impersonate(ctx, place, given.alias.as_deref(), given.avatar.as_deref())?;
    let mut edited = original.clone();
    if captioned && text {
        // The text of a message with a file is the file's caption.
        if let Some(first) = edited.attachments.as_mut().and_then(|list| list.first_mut()) {
            first.description = Some(given.msg);
        }
    } else {
        if text {
            edited.msg = given.msg;
        }
        if attachments {
            edited.attachments = given.attachments;
        }
    }
    edited.tshow = given.tshow.or(edited.tshow);
    edited.alias = given.alias.or(edited.alias);
    edited.avatar = given.avatar.or(edited.avatar);
    edited.emoji = given.emoji.or(edited.emoji);
    edited.e2e_mentions = given.e2e_mentions.or(edited.e2e_mentions);
    if custom {
        edited.custom_fields = given.custom_fields;
    }
    if content {
        edited.content = given.content;
    }
    let caller = ctx.caller()?;
    edited.edited_at = Some(ctx.now);
    edited.edited_by = Some(UserRef {
        id: caller.uid.clone(),
        username: Some(caller.username.clone()),
        ..UserRef::default()
    });
    Ok(edited)
}
