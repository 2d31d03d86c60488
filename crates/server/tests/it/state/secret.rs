//! An encrypted group: keys are named, offered, taken, refused and replaced.

use serde_json::json;

use super::step::{Step, room, send, step};

pub(super) fn story() -> Vec<Step> {
    let keys = |by| {
        step(by, "e2e.setUserPublicAndPrivateKeys", json!({ "public_key": "{}", "private_key": "secret" }))
    };
    let offer = |key: &str| {
        step(
            "alice",
            "e2e.provideUsersSuggestedGroupKeys",
            json!({ "usersSuggestedGroupKeys": { "$room": [{ "_id": "$bob", "key": key }] } }),
        )
    };
    vec![
        keys("alice"),
        step(
            "alice",
            "groups.create",
            json!({ "name": "stateSecret", "members": ["bob"], "extraData": { "encrypted": true } }),
        )
        .opens("room", "/group/_id"),
        step("alice", "e2e.setRoomKeyID", json!({ "rid": "$room", "keyID": "key1" })),
        step("alice", "e2e.updateGroupKey", json!({ "uid": "$alice", "rid": "$room", "key": "alice-key" })),
        keys("bob"),
        step("bob", "e2e.requestSubscriptionKeys", json!({})),
        offer("bob-key-1"),
        step("bob", "e2e.rejectSuggestedGroupKey", json!({ "rid": "$room" })),
        offer("bob-key-2"),
        step("bob", "e2e.acceptSuggestedGroupKey", json!({ "rid": "$room" })),
        step("alice", "e2e.updateGroupKey", json!({ "uid": "$bob", "rid": "$room", "key": "bob-key-3" })),
        step(
            "alice",
            "chat.sendMessage",
            json!({ "message": { "_id": "secret1", "rid": "$room", "t": "e2e", "msg": "",
                    "content": { "algorithm": "rc.v1.aes-sha2", "ciphertext": "abc" } } }),
        ),
        step(
            "alice",
            "e2e.resetRoomKey",
            json!({ "rid": "$room", "e2eKey": "alice-key-2", "e2eKeyId": "key2" }),
        ),
        room("alice", "groups.invite", json!({ "userId": "$carol" })),
        keys("carol"),
        step("carol", "e2e.requestSubscriptionKeys", json!({})),
        step("admin", "users.resetE2EKey", json!({ "userId": "$carol" })),
        room("alice", "groups.setEncrypted", json!({ "encrypted": false })),
        send("bob", "secret2", "in the open"),
    ]
}
