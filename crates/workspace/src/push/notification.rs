//! What a notification about a message says.
//! Upstream: `apps/meteor/app/push-notifications/server/lib/PushNotification.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::messages::{for_user, place, rows};
use gantry_protocol::RawJson;
use gantry_protocol::objects::{Message, Room, RoomType};

/// The message, as the caller may see it, and the notification about it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Content {
    #[schemars(with = "Value")]
    message: RawJson,
    notification: Value,
}

/// The notification about a message that the caller may read.
///
/// # Errors
/// `error-message-not-found`, `error-not-allowed`.
pub(super) async fn about(ctx: &Ctx, tx: &Tx, mid: &str) -> Result<Content> {
    let message = rows::by_id(tx, mid).await?.ok_or_else(|| Error::message("error-message-not-found"))?;
    let place =
        place::readable(ctx, tx, &message.rid).await?.ok_or_else(|| Error::message("error-not-allowed"))?;
    let sender =
        users::by_id(tx, &message.u.id).await?.ok_or_else(|| Error::message("Message sender not found"))?;
    let real = ctx.settings.get(keys::UI_Use_Real_Name);
    let username = sender.username.unwrap_or_default();
    let name = sender.name.filter(|_| real).unwrap_or_else(|| username.clone());
    let notification = describe(ctx, &place.room, &message, &name, &username);
    Ok(Content { notification, message: for_user::one(ctx, tx, message).await? })
}

fn describe(ctx: &Ctx, room: &Room, message: &Message, name: &str, username: &str) -> Value {
    let direct = room.t == RoomType::Direct;
    let shown = ctx.settings.flag_by_id("Push_show_username_room");
    let room_name = match (shown, direct) {
        (true, false) => {
            format!("#{}", room.fname.as_deref().or(room.name.as_deref()).unwrap_or_default())
        }
        _ => String::new(),
    };
    let who = if shown { name } else { "" };
    let said = if ctx.settings.flag_by_id("Push_show_message") { message.msg.as_str() } else { " " };
    let text = if room_name.is_empty() { said.to_owned() } else { format!("{who}: {said}") };
    let title = if room_name.is_empty() { who } else { &room_name };
    json!({
        "from": "push",
        "badge": 1,
        "sound": "default",
        "priority": 10,
        "title": title,
        "text": text,
        "payload": {
            "host": site(ctx),
            "messageId": message.id,
            "notificationType": "message",
            "rid": message.rid,
            "sender": { "_id": message.u.id, "username": username, "name": name },
            "senderName": name,
            "type": room.t.as_str(),
            "name": room.name,
            "messageType": message.t,
            "tmid": message.tmid,
        },
        "userId": message.u.id,
        "notId": id(&ctx.settings.get(keys::uniqueID), &message.rid),
        "gcm": { "style": "inbox", "image": format!("{}assets/favicon_192.png", site(ctx)) },
        "apn": { "category": "MESSAGE" },
    })
}

/// The workspace's address with a slash at its end.
fn site(ctx: &Ctx) -> String {
    format!("{}/", ctx.settings.get(keys::Site_Url).trim_end_matches('/'))
}

/// The number under which a phone groups what comes from one room: upstream's hash, so that a notification
/// replaces an older one.
fn id(server: &str, rid: &str) -> i32 {
    let units: Vec<u16> = format!("{server}|{rid}").encode_utf16().collect();
    units
        .into_iter()
        .rev()
        .fold(0_i32, |hash, unit| (hash << 5).wrapping_sub(hash).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_have_numbers_of_their_own() {
        assert_eq!(id("", ""), 124);
        assert_eq!(id("a", "b"), 98_i32 * 961 + 124 * 31 + 97);
        assert_ne!(id("unique", "GENERAL"), id("unique", "OTHER"));
    }
}
