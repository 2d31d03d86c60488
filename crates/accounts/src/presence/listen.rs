//! Who is told that somebody's presence changed.

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::hub::Frame;
use gantry_kernel::settings::keys;
use serde_json::{Map, json};

use super::PresenceChanged;
use crate::Accounts;
use crate::streams::notify_user;

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<PresenceChanged, _>(|kernel, event| {
        tell(kernel, event);
        Box::pin(async {})
    });
}

fn tell(kernel: &Kernel, event: &PresenceChanged) {
    own_clients(kernel, event);
    if kernel.settings.get(keys::Presence_broadcast_disabled) || event.username.is_empty() {
        return;
    }
    watchers(kernel, event);
    if kernel.hub.has_subscribers("notify-logged", "user-status") {
        let text = event.text.as_deref().unwrap_or_default();
        let args = json!([event.uid, event.username, event.status.number(), text, event.name, event.roles]);
        kernel.hub.publish("notify-logged", "user-status", &[&args.to_string()]);
    }
}

/// Those who have the user on their screen.
fn watchers(kernel: &Kernel, event: &PresenceChanged) {
    let watchers = Accounts::of(kernel).presence.watch.of(&event.uid);
    if watchers.is_empty() {
        return;
    }
    let mut arg = vec![json!(event.username), json!(event.status.number())];
    arg.extend(event.text.as_ref().map(|text| json!(text)));
    let changed = json!({
        "msg": "changed",
        "collection": "stream-user-presence",
        "id": event.uid,
        "fields": { "uid": event.uid, "eventName": event.uid, "args": [arg] },
    });
    let frame = Frame::new(&changed.to_string());
    for id in watchers {
        if let Some(connection) = kernel.hub.connection(&id) {
            kernel.hub.send(&connection, frame.clone());
        }
    }
}

/// The user's own clients.
fn own_clients(kernel: &Kernel, event: &PresenceChanged) {
    let mut diff = Map::new();
    diff.insert("status".into(), json!(event.status));
    if event.text_changed {
        diff.insert("statusText".into(), json!(event.text.as_deref().unwrap_or_default()));
    }
    let data = json!({ "type": "updated", "id": event.uid, "diff": diff, "unset": {} });
    notify_user(kernel, &event.uid, "userData", &data);
}
