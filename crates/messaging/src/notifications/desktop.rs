//! Notifications on the screen: `notify-user <uid>/notification`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{RoomType, Subscription};

use crate::events::MessageSaved;

/// Whether a client of the user waits for notifications.
pub(super) fn listens(kernel: &Kernel, uid: &str) -> bool {
    kernel.hub.has_subscribers("notify-user", &format!("{uid}/notification"))
}

/// Tells a member's clients.
pub(super) fn send(kernel: &Kernel, event: &MessageSaved, member: &Subscription) {
    let text = payload(kernel, event, member).to_string();
    kernel.hub.publish("notify-user", &format!("{}/notification", member.u.id), &[&text]);
}

/// What the notification says: names of members instead of usernames where the workspace shows them.
fn shown(kernel: &Kernel, event: &MessageSaved) -> String {
    let message = &event.message;
    let file = message.attachments.iter().flatten().next();
    if let Some(attachment) = file.filter(|_| message.msg.is_empty()) {
        let image = attachment.image_url.is_some();
        return if image { "Uploaded an image" } else { "Uploaded a file" }.to_owned();
    }
    if message.t.as_deref() == Some("e2e") {
        return "Encrypted message".to_owned();
    }
    let mut text = message.msg.clone();
    if kernel.settings.get(keys::UI_Use_Real_Name) {
        for mention in message.mentions.iter().flatten() {
            if let (Some(username), Some(name)) = (&mention.username, &mention.name) {
                text = text.replace(&format!("@{username}"), name);
            }
        }
    }
    text
}

fn payload(kernel: &Kernel, event: &MessageSaved, member: &Subscription) -> Value {
    let (message, room) = (&event.message, &event.room);
    let username = message.u.username.as_deref().unwrap_or_default();
    let real = message.u.name.as_deref().filter(|_| kernel.settings.get(keys::UI_Use_Real_Name));
    let author = real.unwrap_or(username);
    let text = shown(kernel, event);
    let name = match room.t {
        RoomType::Direct => member.fname.as_deref().unwrap_or(&member.name),
        _ => room.fname.as_deref().or(room.name.as_deref()).unwrap_or_default(),
    };
    let several = room.uids.as_ref().is_some_and(|uids| uids.len() > 2);
    let (title, text) = match room.t {
        RoomType::Direct if several => (name.to_owned(), format!("{author}: {text}")),
        RoomType::Direct => (author.to_owned(), text),
        _ => (format!("#{name}"), format!("{author}: {text}")),
    };
    let mut inner = json!({ "msg": message.msg });
    if let Some(t) = &message.t {
        inner["t"] = json!(t);
    }
    if let Some(content) = &message.content {
        inner["content"] = content.clone();
    }
    let mut payload = json!({
        "_id": message.id,
        "rid": message.rid,
        "sender": message.u,
        "type": room.t,
        "message": inner,
        "name": room.name.as_deref().unwrap_or(name),
        "audioNotificationValue": member.audio_notification_value,
    });
    if let Some(tmid) = &message.tmid {
        payload["tmid"] = json!(tmid);
    }
    json!({ "title": title, "text": text, "payload": payload })
}
