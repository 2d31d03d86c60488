//! A day in the life of a private group.

use serde_json::json;

use super::step::{Step, reply, room, save, send, slash, step};

pub(super) fn story() -> Vec<Step> {
    [described(), members(), doors(), end()].into_iter().flatten().collect()
}

fn described() -> Vec<Step> {
    vec![
        step(
            "alice",
            "groups.create",
            json!({ "name": "stateGroup", "members": ["bob"], "extraData": { "topic": "from the start" } }),
        )
        .opens("room", "/group/_id"),
        send("alice", "group1", "hello @bob"),
        room("alice", "groups.setTopic", json!({ "topic": "a topic" })),
        room("alice", "groups.setDescription", json!({ "description": "a description" })),
        room("alice", "groups.setPurpose", json!({ "purpose": "a purpose" })),
        room("alice", "groups.setAnnouncement", json!({ "announcement": "an announcement" })),
        room("alice", "groups.rename", json!({ "name": "stateGroupRenamed" })),
        room("alice", "groups.setReadOnly", json!({ "readOnly": true })),
        room("alice", "groups.setReadOnly", json!({ "readOnly": false })),
        room("alice", "groups.setCustomFields", json!({ "customFields": { "a": "b" } })),
        room("alice", "groups.setEncrypted", json!({ "encrypted": true })),
        room("alice", "groups.setEncrypted", json!({ "encrypted": false })),
        save("alice", json!({ "encrypted": true })),
        save("alice", json!({ "encrypted": false, "roomName": "stateGroupAgain" })),
    ]
}

fn members() -> Vec<Step> {
    vec![
        room("alice", "groups.addModerator", json!({ "userId": "$bob" })),
        room("alice", "groups.removeModerator", json!({ "userId": "$bob" })),
        room("alice", "groups.addOwner", json!({ "userId": "$bob" })),
        room("alice", "groups.removeOwner", json!({ "userId": "$bob" })),
        room("alice", "groups.addLeader", json!({ "userId": "$bob" })),
        room("alice", "groups.removeLeader", json!({ "userId": "$bob" })),
        room("alice", "groups.invite", json!({ "userIds": ["$carol", "$dave"] })),
        room("admin", "rooms.muteUser", json!({ "username": "bob" })),
        room("admin", "rooms.unmuteUser", json!({ "username": "bob" })),
        reply("bob", "group2", "group1"),
        reply("alice", "group3", "group1"),
        room("bob", "groups.close", json!({})),
        room("bob", "groups.open", json!({})),
        room("alice", "groups.kick", json!({ "userId": "$carol" })),
        room("dave", "groups.leave", json!({})),
        room("alice", "groups.invite", json!({ "userId": "$admin" })),
        room("admin", "groups.addAll", json!({ "activeUsersOnly": true })),
    ]
}

fn doors() -> Vec<Step> {
    vec![
        room("alice", "groups.archive", json!({})),
        room("alice", "groups.unarchive", json!({})),
        room("bob", "groups.leave", json!({})),
        send("alice", "group4", "bob does not hear this"),
        room("alice", "groups.invite", json!({ "userId": "$bob" })),
        room("alice", "groups.kick", json!({ "userId": "$bob" })),
        send("alice", "group5", "nor this"),
        slash("alice", "invite", "@bob"),
        room("alice", "groups.setType", json!({ "type": "c" })),
        room("alice", "channels.setType", json!({ "type": "p" })),
    ]
}

fn end() -> Vec<Step> {
    vec![
        room("alice", "groups.convertToTeam", json!({})),
        step("alice", "teams.convertToChannel", json!({ "teamName": "stateGroupAgain" })),
        room("alice", "groups.delete", json!({})),
        step("alice", "groups.create", json!({ "name": "stateBrief", "members": ["bob"] }))
            .opens("room", "/group/_id"),
        send("bob", "group6", "hello"),
        room("alice", "rooms.delete", json!({})),
    ]
}
