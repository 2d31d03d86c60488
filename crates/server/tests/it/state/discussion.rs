//! Discussions: rooms that hang on a room, and the messages that lead to them.

use serde_json::json;

use super::step::{Step, method, room, send, step};

pub(super) fn story() -> Vec<Step> {
    let aside = |by, text: &str| step(by, "chat.postMessage", json!({ "roomId": "$aside", "text": text }));
    vec![
        step("alice", "channels.create", json!({ "name": "stateParent", "members": ["bob"] }))
            .opens("room", "/channel/_id"),
        send("alice", "parent1", "let us talk"),
        step(
            "alice",
            "rooms.createDiscussion",
            json!({ "prid": "$room", "pmid": "parent1", "t_name": "a discussion", "users": ["bob"],
                    "reply": "go on" }),
        )
        .opens("aside", "/discussion/_id"),
        step(
            "alice",
            "rooms.createDiscussion",
            json!({ "prid": "$room", "t_name": "another", "topic": "why" }),
        )
        .opens("another", "/discussion/_id"),
        aside("alice", "hello @bob"),
        aside("bob", "hello @carol"),
        step("bob", "subscriptions.read", json!({ "rid": "$aside" })),
        step("bob", "channels.leave", json!({ "roomId": "$aside" })),
        step("bob", "channels.join", json!({ "roomId": "$aside" })),
        step("alice", "rooms.saveRoomSettings", json!({ "rid": "$aside", "roomName": "a renamed one" })),
        step("alice", "rooms.saveRoomSettings", json!({ "rid": "$aside", "roomTopic": "a topic" })),
        method("alice", "createDiscussion", json!([{ "prid": "$room", "t_name": "a third", "users": [] }])),
        step("alice", "rooms.delete", json!({ "roomId": "$another" })),
        room("alice", "channels.rename", json!({ "name": "stateParentRenamed" })),
        room("alice", "channels.setType", json!({ "type": "p" })),
        room("alice", "chat.delete", json!({ "msgId": "parent1" })),
        room("alice", "groups.delete", json!({})),
    ]
}
