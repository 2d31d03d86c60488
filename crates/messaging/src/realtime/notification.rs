//! Desktop notifications: who is told of a message while it happens.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{RoomType, Subscription};

use super::{json_text, logged};
use crate::events::MessageSaved;
use crate::messages::prepare::mentioned_people;
use crate::subscriptions;

/// Tells the connected members whose preferences ask for it, on `notify-user <uid>/notification`.
/// Upstream: `apps/meteor/app/lib/server/lib/sendNotificationsOnMessage.ts`.
pub(super) async fn notify(kernel: &Arc<Kernel>, event: &MessageSaved, members: &[Arc<str>]) {
    let message = &event.message;
    if message.t.as_deref().is_some_and(|t| t != "e2e") || !event.alerts {
        return;
    }
    let uids: Vec<String> = members
        .iter()
        .filter(|uid| ***uid != *message.u.id)
        .filter(|uid| kernel.hub.has_subscribers("notify-user", &format!("{uid}/notification")))
        .map(|uid| uid.to_string())
        .collect();
    if uids.is_empty() {
        return;
    }
    let (rid, inner) = (event.room.id.clone(), message.clone());
    let subs = Ctx::internal(kernel)
        .read(async move |tx| {
            let subs = subscriptions::rows::find_many(tx, &rid, &uids).await?;
            Ok((subs, mentioned_people(tx, &inner).await?))
        })
        .await;
    let default = kernel.settings.value("Accounts_Default_User_Preferences_desktopNotifications");
    let default = default.as_ref().and_then(|value| value.as_str()).unwrap_or("all").to_owned();
    let (subs, mentioned) = logged(subs).unwrap_or_default();
    for sub in subs {
        if wants(&sub, event, &mentioned, &default) {
            let text = json_text(&payload(event, &sub));
            kernel.hub.publish("notify-user", &format!("{}/notification", sub.u.id), &[&text]);
        }
    }
}

/// Whether a member's preferences ask for a notification of this message.
fn wants(sub: &Subscription, event: &MessageSaved, mentioned: &[String], default: &str) -> bool {
    let message = &event.message;
    let ignores = sub.ignored.iter().flatten().any(|uid| *uid == message.u.id);
    if sub.disable_notifications.unwrap_or(false) || ignores {
        return false;
    }
    let preference = sub.desktop_notifications.as_deref().unwrap_or(default);
    if preference == "nothing" {
        return false;
    }
    let group = message.mentions.iter().flatten().any(|mention| mention.id == "all" || mention.id == "here");
    let lower = message.msg.to_lowercase();
    let highlighted = sub.user_highlights.iter().flatten().any(|word| lower.contains(&word.to_lowercase()));
    event.room.t == RoomType::Direct
        || preference == "all"
        || mentioned.contains(&sub.u.id)
        || highlighted
        || (group && !sub.mute_group_mentions.unwrap_or(false))
}

fn payload(event: &MessageSaved, sub: &Subscription) -> Value {
    let (message, room) = (&event.message, &event.room);
    let author = message.u.name.as_deref().or(message.u.username.as_deref()).unwrap_or_default();
    let name = room.fname.as_deref().or(room.name.as_deref()).unwrap_or_default();
    let title = match room.t {
        RoomType::Direct => author.to_owned(),
        _ => format!("#{name}"),
    };
    let text =
        if room.t == RoomType::Direct { message.msg.clone() } else { format!("{author}: {}", message.msg) };
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
        "audioNotificationValue": sub.audio_notification_value,
    });
    if let Some(tmid) = &message.tmid {
        payload["tmid"] = json!(tmid);
    }
    if let Some(name) = &room.name {
        payload["name"] = json!(name);
    }
    json!({ "title": title, "text": text, "payload": payload })
}
