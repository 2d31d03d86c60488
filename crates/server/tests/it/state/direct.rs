//! Rooms of two and of three.

use serde_json::json;

use super::step::{Step, reply, room, save, send, slash, step, upload};

pub(super) fn story() -> Vec<Step> {
    [two(), three(), gone()].into_iter().flatten().collect()
}

fn two() -> Vec<Step> {
    vec![
        step("alice", "im.create", json!({ "username": "bob" })).opens("room", "/room/_id"),
        send("alice", "direct1", "hello"),
        send("bob", "direct2", "hello @alice"),
        step("alice", "subscriptions.read", json!({ "rid": "$room" })),
        step("bob", "subscriptions.unread", json!({ "roomId": "$room" })),
        reply("bob", "direct3", "direct1"),
        reply("alice", "direct4", "direct1"),
        step("bob", "chat.react", json!({ "messageId": "direct1", "emoji": ":tada:" })),
        step("admin", "im.create", json!({ "username": "alice" })).opens("admins", "/room/_id"),
        step("admin", "im.setTopic", json!({ "roomId": "$admins", "topic": "a topic" })),
        room("bob", "im.close", json!({})),
        send("alice", "direct5", "this opens it again"),
        room("bob", "im.close", json!({})),
        room("bob", "im.open", json!({})),
        room("bob", "rooms.favorite", json!({ "favorite": true })),
        room("bob", "rooms.hide", json!({})),
        room("bob", "rooms.open", json!({})),
        room("bob", "im.blockUser", json!({ "block": true })),
        room("bob", "im.blockUser", json!({ "block": false })),
        save("alice", json!({ "encrypted": true })),
        save("alice", json!({ "encrypted": false })),
        upload("bob", "rooms.upload/:rid", "file", json!({ "rid": "$room", "msg": "a picture" })),
        room("bob", "chat.update", json!({ "msgId": "direct2", "text": "hello, edited" })),
        room("bob", "chat.delete", json!({ "msgId": "direct2" })),
        room("alice", "chat.delete", json!({ "msgId": "direct5" })),
        step("alice", "users.setStatus", json!({ "status": "busy", "message": "at work" })),
        upload("bob", "users.setAvatar", "image", json!({})),
        step("bob", "users.resetAvatar", json!({ "userId": "$bob" })),
        step(
            "alice",
            "rooms.createDiscussion",
            json!({ "prid": "$room", "pmid": "direct1", "t_name": "an aside" }),
        ),
    ]
}

fn three() -> Vec<Step> {
    vec![
        step("alice", "im.create", json!({ "usernames": "bob, carol" })).opens("room", "/room/_id"),
        send("carol", "direct6", "hello, both"),
        send("alice", "direct7", "hello @bob"),
        step("bob", "subscriptions.read", json!({ "rid": "$room" })),
        slash("bob", "msg", "@carol psst"),
        step("alice", "im.create", json!({ "username": "alice" })).opens("own", "/room/_id"),
        step("alice", "chat.postMessage", json!({ "roomId": "$own", "text": "a note" })),
        step("alice", "im.create", json!({ "username": "carol" })).opens("carols", "/room/_id"),
        step("carol", "chat.postMessage", json!({ "roomId": "$carols", "text": "hello" })),
    ]
}

fn gone() -> Vec<Step> {
    vec![
        step("admin", "users.setActiveStatus", json!({ "userId": "$carol", "activeStatus": false })),
        step("admin", "users.setActiveStatus", json!({ "userId": "$carol", "activeStatus": true })),
        step("admin", "im.delete", json!({ "roomId": "$room" })),
        step("alice", "im.create", json!({ "username": "bob" })).opens("room", "/room/_id"),
        room("admin", "rooms.delete", json!({})),
    ]
}
