//! Methods of the Realtime API that no REST operation does the work of.

use serde_json::json;

use super::step::{Step, method, reply, room, send, step, upload};

pub(super) fn story() -> Vec<Step> {
    let file = json!({ "_id": "$file", "name": "picture.png", "type": "image/png", "size": 80 });
    vec![
        step("alice", "channels.create", json!({ "name": "stateMethods", "members": ["bob"] }))
            .opens("room", "/channel/_id"),
        send("alice", "method1", "hello"),
        reply("bob", "method2", "method1"),
        reply("alice", "method3", "method1"),
        method("bob", "readThreads", json!(["method1"])),
        method("bob", "saveAudioNotificationValue", json!(["$room", "chime"])),
        method("bob", "toggleFavorite", json!(["$room"])),
        method("bob", "setReaction", json!([":tada:", "method1"])),
        upload("alice", "rooms.media/:rid", "file", json!({ "rid": "$room" })).keeps("file", "/file/_id"),
        method("alice", "sendFileMessage", json!(["$room", null, file, { "msg": "@bob, a picture" }])),
        method("alice", "deleteFileMessage", json!(["$file"])),
        method("bob", "leaveRoom", json!(["GENERAL"])),
        method("bob", "joinDefaultChannels", json!([false])),
        method("bob", "saveUserPreferences", json!([{ "highlights": ["hello"] }])),
        step("alice", "im.create", json!({ "username": "bob" })).opens("direct", "/room/_id"),
        method("bob", "blockUser", json!([{ "rid": "$direct", "blocked": "$alice" }])),
        method("bob", "unblockUser", json!([{ "rid": "$direct", "blocked": "$alice" }])),
        method("alice", "addUsersToRoom", json!([{ "rid": "$room", "users": ["carol"] }])),
        method("alice", "removeUserFromRoom", json!([{ "rid": "$room", "username": "carol" }])),
        room("alice", "channels.delete", json!({})),
    ]
}
