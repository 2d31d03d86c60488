//! What is said in a channel, and what becomes of it.

use serde_json::json;

use super::step::{Step, reply, room, send, step, upload};

pub(super) fn story() -> Vec<Step> {
    [said(), marked(), threads(), files(), unread(), removed()].into_iter().flatten().collect()
}

fn said() -> Vec<Step> {
    vec![
        step("alice", "channels.create", json!({ "name": "stateTalk", "members": ["bob"] }))
            .opens("room", "/channel/_id"),
        send("alice", "state1", "hello"),
        send("alice", "state2", "hello again"),
        send("bob", "state3", "hello @alice, have you seen https://example.com"),
        room("alice", "chat.postMessage", json!({ "text": "@bob and @all, look" })),
        room("bob", "chat.postMessage", json!({ "text": "is @here anybody, @carol?" })),
        step("bob", "subscriptions.read", json!({ "rid": "$room" })),
        step(
            "alice",
            "chat.postMessage",
            json!({ "channel": ["#stateTalk", "#general"], "text": "to both" }),
        ),
        step("alice", "chat.postMessage", json!({ "channel": "@bob", "text": "to you alone" })),
        step(
            "alice",
            "chat.sendMessage",
            json!({ "message": { "_id": "state8", "rid": "$room", "msg": "see this", "attachments": [
                { "title": "a title", "text": "a text with *bold*", "color": "#ff0000",
                  "fields": [{ "title": "one", "value": "1", "short": true }] }] } }),
        ),
        room("alice", "chat.update", json!({ "msgId": "state1", "text": "hello @bob, edited" })),
        room("alice", "chat.update", json!({ "msgId": "state1", "text": "hello, edited again" })),
        room("bob", "chat.otr", json!({ "type": "user_joined_otr" })),
    ]
}

fn marked() -> Vec<Step> {
    vec![
        step("bob", "chat.react", json!({ "messageId": "state1", "emoji": ":tada:", "shouldReact": true })),
        step("bob", "chat.react", json!({ "messageId": "state1", "emoji": ":tada:", "shouldReact": false })),
        step("alice", "chat.pinMessage", json!({ "messageId": "state2" })),
        step("alice", "chat.unPinMessage", json!({ "messageId": "state2" })),
        step("alice", "chat.starMessage", json!({ "messageId": "state3" })),
        step("bob", "chat.starMessage", json!({ "messageId": "state3" })),
        step("alice", "chat.unStarMessage", json!({ "messageId": "state3" })),
        step("alice", "chat.reportMessage", json!({ "messageId": "state3", "description": "rude" })),
    ]
}

fn threads() -> Vec<Step> {
    vec![
        reply("bob", "state4", "state2"),
        reply("alice", "state5", "state2"),
        reply("bob", "state6", "state1"),
        step("bob", "chat.followMessage", json!({ "mid": "state1" })),
        step("bob", "chat.unfollowMessage", json!({ "mid": "state1" })),
        room("bob", "chat.postMessage", json!({ "text": "shown in both", "tmid": "state2", "tshow": true })),
        room("alice", "chat.postMessage", json!({ "text": "@bob, in the thread", "tmid": "state2" })),
        step("bob", "subscriptions.read", json!({ "rid": "$room", "readThreads": true })),
        room("alice", "chat.delete", json!({ "msgId": "state5" })),
    ]
}

fn files() -> Vec<Step> {
    vec![
        upload("alice", "rooms.media/:rid", "file", json!({ "rid": "$room" })).keeps("file", "/file/_id"),
        step(
            "alice",
            "rooms.mediaConfirm/:rid/:fileId",
            json!({ "rid": "$room", "fileId": "$file", "msg": "@bob, a picture", "description": "a caption" }),
        ),
        upload("bob", "rooms.upload/:rid", "file", json!({ "rid": "$room", "msg": "another" }))
            .keeps("picture", "/message/file/_id"),
        step("alice", "uploads.delete", json!({ "fileId": "$file" })),
        room("bob", "chat.postMessage", json!({ "text": "after the pictures" })),
    ]
}

fn unread() -> Vec<Step> {
    vec![
        step(
            "bob",
            "users.setPreferences",
            json!({ "data": { "highlights": ["lighthouse"], "desktopNotifications": "nothing" } }),
        ),
        send("alice", "state7", "the lighthouse is on"),
        step("bob", "users.setPreferences", json!({ "data": { "highlights": [] } })),
        step("bob", "subscriptions.unread", json!({ "firstUnreadMessage": { "_id": "state7" } })),
        step("bob", "subscriptions.unread", json!({ "roomId": "$room" })),
        step("bob", "subscriptions.read", json!({ "roomId": "$room" })),
        send("alice", "state9", "a last word to @bob"),
    ]
}

fn removed() -> Vec<Step> {
    let all = json!({ "oldest": "2000-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z" });
    let prune = |more: serde_json::Value| {
        let mut body = all.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        room("admin", "rooms.cleanHistory", body)
    };
    vec![
        room("alice", "chat.delete", json!({ "msgId": "state9" })),
        room("alice", "chat.delete", json!({ "msgId": "state1" })),
        room("alice", "chat.delete", json!({ "msgId": "state2" })),
        step("bob", "moderation.reportUser", json!({ "userId": "$alice", "description": "rude" })),
        step("admin", "moderation.dismissUserReports", json!({ "userId": "$alice" })),
        step("admin", "moderation.dismissReports", json!({ "msgId": "state3" })),
        step("alice", "chat.reportMessage", json!({ "messageId": "state3", "description": "rude again" })),
        step("admin", "moderation.user.deleteReportedMessages", json!({ "userId": "$bob" })),
        step("alice", "rooms.createDiscussion", json!({ "prid": "$room", "t_name": "an aside" })),
        send("alice", "state10", "kept by its pin"),
        step("alice", "chat.pinMessage", json!({ "messageId": "state10" })),
        send("alice", "state11", "a thread that goes"),
        reply("bob", "state12", "state11"),
        prune(json!({ "filesOnly": true })),
        prune(json!({ "limit": 2 })),
        prune(json!({ "users": ["bob"], "ignoreThreads": true })),
        prune(json!({ "excludePinned": true, "ignoreDiscussion": true, "ignoreThreads": false })),
        prune(json!({})),
    ]
}
