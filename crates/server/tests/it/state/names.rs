//! People who change their names while others look on.

use serde_json::json;

use super::step::{Step, method, reply, send, step, upload};

pub(super) fn story() -> Vec<Step> {
    [spoken(), named()].into_iter().flatten().collect()
}

/// What others write, about each other too.
pub(super) fn spoken() -> Vec<Step> {
    vec![
        step(
            "alice",
            "channels.create",
            json!({ "name": "statePeople", "members": ["bob", "carol", "dave"] }),
        )
        .opens("room", "/channel/_id"),
        step("carol", "im.create", json!({ "username": "alice" })).opens("direct", "/room/_id"),
        step("carol", "im.create", json!({ "usernames": "alice,bob" })).opens("three", "/room/_id"),
        step("dave", "im.create", json!({ "username": "bob" })).opens("daves", "/room/_id"),
        step("carol", "chat.postMessage", json!({ "roomId": "$direct", "text": "hello" })),
        step("carol", "chat.postMessage", json!({ "roomId": "$three", "text": "hello, @bob" })),
        step("dave", "chat.postMessage", json!({ "roomId": "$daves", "text": "hello" })),
        send("carol", "people1", "hello @dave"),
        send("dave", "people2", "hello @carol"),
        reply("dave", "people3", "people1"),
        reply("carol", "people4", "people2"),
        reply("alice", "people7", "people1"),
        reply("bob", "people8", "people1"),
        send("carol", "people5", "the newest"),
        step("admin", "rooms.muteUser", json!({ "roomId": "$room", "userId": "$carol" })),
    ]
}

fn named() -> Vec<Step> {
    vec![
        // Otherwise messages keep the real name that their author had, and nobody is shown it.
        step("admin", "settings/:_id", json!({ "_id": "UI_Use_Real_Name", "value": true })),
        step("admin", "users.update", json!({ "userId": "$carol", "data": { "username": "caroline" } })),
        step("carol", "users.updateOwnBasicInfo", json!({ "data": { "name": "Caroline C." } })),
        step("carol", "users.updateOwnBasicInfo", json!({ "data": { "username": "caro" } })),
        step(
            "bob",
            "users.updateOwnBasicInfo",
            json!({ "data": { "username": "bobby", "name": "Bobby B." } }),
        ),
        method("bob", "setRealName", json!(["Robert B."])),
        method("bob", "setUsername", json!(["robert"])),
        send("bob", "people6", "my new name"),
        upload("dave", "users.setAvatar", "image", json!({})),
    ]
}
