//! What follows after users and sessions changed.

use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::{Kernel, jobs};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use serde_json::{Map, json};

use crate::Accounts;
use crate::bootstrap::BOT;
use crate::sessions::lifetime;
use crate::streams::{notify_logged, notify_user};
use crate::tokens::{SessionsEnded, drop_expired};
use crate::users::events::ErasureType;
use crate::users::{NameChanged, UserChanged, UserCreated, UserDeleted, UsernameChanged};

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<SessionsEnded, _>(|kernel, event| {
        Accounts::of(kernel).sessions.forget_hashes(&event.hashes);
        for connection in kernel.hub.connections_of(&event.uid) {
            let ended = connection
                .identity()
                .is_some_and(|identity| event.hashes.iter().any(|hash| **hash == *identity.token_hash));
            if ended && event.but.as_deref() != Some(connection.id()) {
                connection.outbox().close(event.reason);
            }
        }
        Box::pin(async {})
    });
    kernel.events.on::<UserChanged, _>(|kernel, event| {
        Accounts::of(kernel).sessions.forget_user(&event.uid);
        own_clients(kernel, event);
        Box::pin(async {})
    });
    kernel.events.on::<UserCreated, _>(|kernel, event| {
        notify_user(kernel, &event.user.id, "userData", &json!({ "type": "inserted", "id": event.user.id }));
        Box::pin(async {})
    });
    kernel.events.on::<UsernameChanged, _>(|kernel, event| {
        named(kernel, &event.user);
        Box::pin(async {})
    });
    kernel.events.on::<NameChanged, _>(|kernel, event| {
        named(kernel, &event.user);
        Box::pin(async {})
    });
    kernel.events.on::<UserDeleted, _>(|kernel, event| {
        deleted(kernel, event);
        Accounts::of(kernel).sessions.forget_user(&event.user.id);
        kernel.hub.close_user(&event.user.id, None, "the account was deleted");
        Box::pin(async {})
    });
    jobs::every(kernel, "expired logins", Duration::from_secs(3600), |kernel| {
        Box::pin(async move {
            let before = Timestamp::from_millis(kernel.clock.now_millis() - lifetime(&kernel));
            kernel.db.write(async move |tx| drop_expired(tx, before).await).await?;
            Ok(())
        })
    });
}

/// Clients show the names of others beside their messages.
fn named(kernel: &Kernel, user: &User) {
    let shown = json!({ "_id": user.id, "name": user.name, "username": user.username });
    notify_logged(kernel, "Users:NameChanged", &[&shown]);
}

/// Clients drop or rename the messages of somebody who is gone.
fn deleted(kernel: &Kernel, event: &UserDeleted) {
    let mut shown = json!({ "userId": event.user.id });
    match event.messages {
        ErasureType::Keep => return,
        ErasureType::Delete => shown["messageErasureType"] = json!("Delete"),
        ErasureType::Unlink => {
            shown["messageErasureType"] = json!("Unlink");
            shown["replaceByUser"] = json!({ "_id": BOT, "username": BOT, "alias": "Removed User" });
        }
    }
    notify_logged(kernel, "Users:Deleted", &[&shown]);
}

/// A user's own clients keep the user's document up to date by these.
fn own_clients(kernel: &Kernel, event: &UserChanged) {
    let unset: Map<_, _> = event.unset.iter().map(|field| (field.clone(), json!(1))).collect();
    let data = json!({ "type": "updated", "id": event.uid, "diff": event.diff, "unset": unset });
    notify_user(kernel, &event.uid, "userData", &data);
}
