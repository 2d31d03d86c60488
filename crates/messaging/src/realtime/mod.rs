//! What does a client see when something happens in a room? Answered here, in one place.

mod streams;

use std::collections::HashMap;

use gantry_accounts::permissions::Written;
use gantry_accounts::roles::events::UserRoleChanged;
use gantry_kernel::hub::Topic;
use gantry_kernel::prelude::*;
use gantry_kernel::settings::SettingChanged;
use gantry_protocol::objects::{Message, Room};

use crate::events::{
    Action, MemberJoined, MemberLeft, MessageDeleted, MessageSaved, MessagesPruned, MessagesRead,
    RoomAccessChanged, RoomChanged, RoomRead, RoomRoleChanged, SubscriptionsChanged,
};
use crate::{rooms, subscriptions};

/// Permissions that decide who may read rooms.
const ROOM_PERMISSIONS: [&str; 5] =
    ["view-c-room", "view-p-room", "view-d-room", "view-joined-room", "preview-c-room"];

/// Registers the streams of rooms.
pub fn register(registry: &mut Registry) {
    registry
        .stream::<streams::RoomMessages>()
        .stream::<streams::RoomData>()
        .stream::<streams::NotifyRoom>()
        .stream::<streams::NotifyRoomUsers>();
}

/// Starts listening to what happens.
pub fn listen(kernel: &Arc<Kernel>) {
    let events = &kernel.events;
    events.on::<MessageSaved, _>(|kernel, event| Box::pin(message_saved(kernel, event)));
    events.on::<MessageDeleted, _>(|kernel, event| Box::pin(message_deleted(kernel, event)));
    events.on::<MessagesPruned, _>(|kernel, event| Box::pin(messages_pruned(kernel, event)));
    events.on::<RoomChanged, _>(|kernel, event| Box::pin(room_changed(kernel, event)));
    events.on::<MemberJoined, _>(|kernel, event| Box::pin(member_joined(kernel, event)));
    events.on::<MemberLeft, _>(|kernel, event| Box::pin(member_left(kernel, event)));
    events.on::<SubscriptionsChanged, _>(|kernel, event| Box::pin(subscriptions_changed(kernel, event)));
    events.on::<RoomRead, _>(|kernel, event| Box::pin(room_read(kernel, event)));
    events.on::<MessagesRead, _>(|kernel, event| Box::pin(messages_read(kernel, event)));
    events.on::<RoomRoleChanged, _>(|kernel, event| Box::pin(role_changed(kernel, event)));
    events.on::<RoomAccessChanged, _>(|kernel, event| Box::pin(access_changed(kernel, event)));
    events.on::<UserRoleChanged, _>(|kernel, event| {
        Box::pin(async move { ask_again(kernel, Some(&event.uid), None).await })
    });
    events.on::<SettingChanged, _>(|kernel, event| {
        Box::pin(async move {
            if event.id == keys::Accounts_AllowAnonymousRead.id() {
                ask_again(kernel, None, None).await;
            }
        })
    });
    events.on::<Written, _>(|kernel, event| {
        Box::pin(async move {
            if event.permission().is_some_and(|id| ROOM_PERMISSIONS.contains(&id)) {
                ask_again(kernel, None, None).await;
            }
        })
    });
}

/// Loads the rooms of a user whose first socket has just signed in, so that events reach it.
///
/// # Errors
/// The database's.
pub async fn load_membership(kernel: &Arc<Kernel>, uid: &str) -> Result<()> {
    let user = uid.to_owned();
    let ctx = Ctx::internal(kernel);
    let subs = ctx.read(async move |tx| subscriptions::rows::of_user(tx, &user).await).await?;
    let rooms = subs.iter().map(|sub| (sub.rid.as_str(), sub.alert.unwrap_or(false)));
    kernel.hub.membership().load(uid, rooms);
    Ok(())
}

async fn message_saved(kernel: &Arc<Kernel>, event: &MessageSaved) {
    let (message, room) = (&event.message, &event.room);
    let hub = &kernel.hub;
    let text = json_text(&for_stream(kernel, message).await);
    hub.publish("room-messages", &room.id, &[&text]);
    let membership = hub.membership();
    if hub.has_subscribers("room-messages", "__my_messages__") {
        let participant =
            json!({ "roomParticipant": true, "roomType": room.t, "roomName": room.name }).to_string();
        hub.publish_each("room-messages", "__my_messages__", &[&text], |identity| {
            identity.filter(|who| membership.is_member(&who.uid, &room.id)).map(|_| participant.as_str())
        });
    }
    if event.room_changed {
        room_data(kernel, room);
    }
    let members = membership.members(&room.id);
    if members.is_empty() {
        return;
    }
    if event.room_changed {
        let room_text = json_text(room.as_ref());
        hub.publish_shared(
            "notify-user",
            members.iter().map(|uid| format!("{uid}/rooms-changed")),
            &[r#""updated""#, &room_text],
        );
    }
    let mut uids: Vec<String> = event.touched.iter().filter(|uid| hub.is_connected(uid)).cloned().collect();
    if event.alerts {
        membership.mark_alert(&room.id, &message.u.id, false);
        uids.extend(membership.take_unalerted(&room.id, &message.u.id).iter().map(|uid| uid.to_string()));
    }
    send_subscriptions(kernel, &room.id, uids, Action::Updated).await;
}

/// What goes over `room-messages`: with `UI_Use_Real_Name` the names that people have now, as when it is fetched.
/// Who starred a message is each user's own affair.
async fn for_stream(kernel: &Arc<Kernel>, message: &Message) -> Message {
    let mut message = message.clone();
    if kernel.settings.get(keys::UI_Use_Real_Name) {
        let stored = message.clone();
        let named = Ctx::internal(kernel)
            .read(async move |tx| crate::messages::for_user::with_names(tx, stored.clone()).await)
            .await;
        message = logged(named).unwrap_or(message);
    }
    if message.starred.as_ref().is_some_and(Vec::is_empty) {
        message.starred = None;
    }
    message
}

async fn message_deleted(kernel: &Arc<Kernel>, event: &MessageDeleted) {
    let args = json!({ "_id": event.mid }).to_string();
    kernel.hub.publish("notify-room", &format!("{}/deleteMessage", event.rid), &[&args]);
}

async fn messages_pruned(kernel: &Arc<Kernel>, event: &MessagesPruned) {
    kernel.hub.publish(
        "notify-room",
        &format!("{}/deleteMessageBulk", event.rid),
        &[&event.query.to_string()],
    );
}

async fn room_changed(kernel: &Arc<Kernel>, event: &RoomChanged) {
    let room = &event.room;
    room_data(kernel, room);
    let members = kernel.hub.membership().members(&room.id);
    let action = json!(event.action.name()).to_string();
    let text = json_text(room.as_ref());
    kernel.hub.publish_shared(
        "notify-user",
        members.iter().map(|uid| format!("{uid}/rooms-changed")),
        &[&action, &text],
    );
    if event.action == Action::Removed {
        kernel.hub.revoke(None, |topic| concerns(topic.stream, &topic.event, &room.id));
        return;
    }
    if event.subscriptions {
        let uids = members.iter().map(|uid| uid.to_string()).collect();
        send_subscriptions(kernel, &room.id, uids, Action::Updated).await;
    }
}

/// Those who look at one room without being told of all of theirs.
fn room_data(kernel: &Kernel, room: &Room) {
    if kernel.hub.has_subscribers("room-data", &room.id) {
        kernel.hub.publish("room-data", &room.id, &[&json_text(room)]);
    }
}

async fn member_joined(kernel: &Arc<Kernel>, event: &MemberJoined) {
    if !kernel.hub.is_connected(&event.uid) {
        return;
    }
    kernel.hub.membership().join(&event.uid, &event.rid);
    send_subscriptions(kernel, &event.rid, vec![event.uid.clone()], Action::Inserted).await;
    let rid = event.rid.clone();
    let room = Ctx::internal(kernel).read(async move |tx| rooms::rows::by_id(tx, &rid).await).await;
    if let Some(room) = logged(room).flatten() {
        let name = format!("{}/rooms-changed", event.uid);
        kernel.hub.publish("notify-user", &name, &[r#""inserted""#, &json_text(&room)]);
    }
}

async fn member_left(kernel: &Arc<Kernel>, event: &MemberLeft) {
    kernel.hub.membership().leave(&event.uid, &event.rid);
    let sub = &event.subscription;
    let gone = json!({ "_id": sub.id, "u": sub.u, "rid": sub.rid, "t": sub.t }).to_string();
    kernel.hub.publish(
        "notify-user",
        &format!("{}/subscriptions-changed", event.uid),
        &[r#""removed""#, &gone],
    );
    ask_again(kernel, Some(&event.uid), Some(&event.rid)).await;
}

async fn subscriptions_changed(kernel: &Arc<Kernel>, event: &SubscriptionsChanged) {
    // The alert may be gone with the change (a hidden room has none): the next message tells of it again.
    for uid in &event.uids {
        kernel.hub.membership().mark_alert(&event.rid, uid, false);
    }
    send_subscriptions(kernel, &event.rid, event.uids.clone(), Action::Updated).await;
}

async fn room_read(kernel: &Arc<Kernel>, event: &RoomRead) {
    kernel.hub.membership().mark_alert(&event.rid, &event.uid, false);
    send_subscriptions(kernel, &event.rid, vec![event.uid.clone()], Action::Updated).await;
}

async fn messages_read(kernel: &Arc<Kernel>, event: &MessagesRead) {
    let mut args = json!({ "until": event.until });
    if let Some(tmid) = &event.tmid {
        args["tmid"] = json!(tmid);
    }
    kernel.hub.publish("notify-room", &format!("{}/messagesRead", event.rid), &[&args.to_string()]);
}

async fn role_changed(kernel: &Arc<Kernel>, event: &RoomRoleChanged) {
    send_subscriptions(kernel, &event.rid, vec![event.uid.clone()], Action::Updated).await;
    if !kernel.settings.get(keys::UI_DisplayRoles) {
        return;
    }
    let uid = event.uid.clone();
    let user =
        Ctx::internal(kernel).read(async move |tx| gantry_accounts::users::by_id(tx, &uid).await).await;
    let Some(user) = logged(user).flatten() else { return };
    let change = json!({
        "type": if event.given { "added" } else { "removed" },
        "_id": event.role,
        "u": { "_id": user.id, "username": user.username, "name": user.name },
        "scope": event.rid,
    });
    kernel.hub.publish("notify-logged", "roles-change", &[&change.to_string()]);
}

/// The room's rules changed for people who are not members: everybody who listens is asked again.
async fn access_changed(kernel: &Arc<Kernel>, event: &RoomAccessChanged) {
    ask_again(kernel, None, Some(&event.rid)).await;
}

/// Asks again whether those who listen to rooms may: `uid` or, with `None`, everybody, strangers too; to the room
/// `rid` or to any. It is the question that was asked when they subscribed. Whoever may no longer is told `nosub`.
pub(crate) async fn ask_again(kernel: &Arc<Kernel>, uid: Option<&str>, rid: Option<&str>) {
    let mut callers: HashMap<Option<Arc<str>>, Option<Ctx>> = HashMap::new();
    let mut answers: HashMap<(Option<Arc<str>>, Topic), bool> = HashMap::new();
    for connection in kernel.hub.connections() {
        let listener = connection.uid();
        if uid.is_some_and(|uid| listener.as_deref() != Some(uid)) {
            continue;
        }
        for (sub_id, topic) in connection.subscriptions() {
            let asked = match rid {
                Some(rid) => concerns(topic.stream, &topic.event, rid),
                None => matches!(topic.stream, "room-messages" | "room-data" | "notify-room"),
            };
            if !asked {
                continue;
            }
            let key = (listener.clone(), topic.clone());
            let may = match answers.get(&key) {
                Some(may) => *may,
                None => {
                    if !callers.contains_key(&listener) {
                        callers.insert(listener.clone(), as_listener(kernel, listener.as_deref()).await);
                    }
                    let may = may_read(kernel, callers[&listener].as_ref(), &topic).await;
                    answers.insert(key, may);
                    may
                }
            };
            if !may {
                kernel.hub.end(&connection, &sub_id);
            }
        }
    }
}

/// Who listens, as they are now; `None` for somebody who is gone, or of whom nothing can be found out.
async fn as_listener(kernel: &Arc<Kernel>, uid: Option<&str>) -> Option<Ctx> {
    let ctx = Ctx::internal(kernel);
    let Some(uid) = uid else { return Some(ctx) };
    let caller = logged(kernel.identity().caller_of(kernel, uid).await).flatten()?;
    Some(Ctx { caller: Some(caller), ..ctx })
}

async fn may_read(kernel: &Arc<Kernel>, ctx: Option<&Ctx>, topic: &Topic) -> bool {
    let (Some(ctx), Some(stream)) = (ctx, kernel.registry.find_stream(topic.stream)) else { return false };
    logged(stream.may_read(&topic.event, &[], ctx).await).unwrap_or(false)
}

/// Whether a topic carries what happens in a room.
fn concerns(stream: &str, event: &str, rid: &str) -> bool {
    match stream {
        "room-messages" | "room-data" => event == rid,
        "notify-room" => event.split_once('/').is_some_and(|(room, _)| room == rid),
        _ => false,
    }
}

/// Sends the subscriptions of these users in a room to those of them who listen.
async fn send_subscriptions(kernel: &Arc<Kernel>, rid: &str, mut uids: Vec<String>, action: Action) {
    uids.sort_unstable();
    uids.dedup();
    uids.retain(|uid| kernel.hub.has_subscribers("notify-user", &format!("{uid}/subscriptions-changed")));
    if uids.is_empty() {
        return;
    }
    let rid = rid.to_owned();
    let subs = Ctx::internal(kernel)
        .read(async move |tx| subscriptions::rows::find_many(tx, &rid, &uids).await)
        .await;
    let action = json!(action.name()).to_string();
    for sub in logged(subs).unwrap_or_default() {
        let event = format!("{}/subscriptions-changed", sub.u.id);
        kernel.hub.publish("notify-user", &event, &[&action, &json_text(&sub)]);
    }
}

/// Nobody waits for a listener's answer: its errors go to the log.
fn logged<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(|error| tracing::error!(%error, "an event could not be told to clients")).ok()
}

fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an event could not be encoded");
        "null".to_owned()
    })
}
