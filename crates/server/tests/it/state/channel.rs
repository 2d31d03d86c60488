//! A day in the life of a public channel.

use serde_json::json;

use super::step::{Step, method, room, save, send, slash, step};

const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub(super) fn story() -> Vec<Step> {
    [founded(), described(), members(), settings(), sidebar(), doors(), commands(), end()]
        .into_iter()
        .flatten()
        .collect()
}

fn founded() -> Vec<Step> {
    vec![
        step("alice", "channels.create", json!({ "name": "stateRoom", "members": ["bob"] }))
            .opens("room", "/channel/_id"),
        send("alice", "channel1", "hello"),
    ]
}

fn described() -> Vec<Step> {
    vec![
        room("alice", "channels.setTopic", json!({ "topic": "a topic" })),
        room("alice", "channels.setDescription", json!({ "description": "a description" })),
        room("alice", "channels.setPurpose", json!({ "purpose": "a purpose" })),
        room("alice", "channels.setAnnouncement", json!({ "announcement": "an announcement" })),
        room("alice", "channels.rename", json!({ "name": "stateRenamed" })),
        room("alice", "channels.setReadOnly", json!({ "readOnly": true })),
        send("alice", "channel2", "owners may write"),
        room("alice", "channels.setReadOnly", json!({ "readOnly": false })),
        room("alice", "channels.setCustomFields", json!({ "customFields": { "a": "b" } })),
        room("admin", "channels.setDefault", json!({ "default": true })),
        room("admin", "channels.setDefault", json!({ "default": false })),
    ]
}

fn members() -> Vec<Step> {
    vec![
        room("alice", "channels.addModerator", json!({ "userId": "$bob" })),
        room("alice", "channels.removeModerator", json!({ "userId": "$bob" })),
        room("alice", "channels.addOwner", json!({ "userId": "$bob" })),
        room("alice", "channels.removeOwner", json!({ "userId": "$bob" })),
        room("alice", "channels.addLeader", json!({ "userId": "$bob" })),
        room("alice", "channels.removeLeader", json!({ "userId": "$bob" })),
        room("admin", "roles.addUserToRole", json!({ "username": "bob", "roleId": "moderator" })),
        step(
            "admin",
            "roles.removeUserFromRole",
            json!({ "username": "bob", "roleId": "moderator", "scope": "$room" }),
        ),
        room("admin", "rooms.muteUser", json!({ "userId": "$bob" })),
        room("admin", "rooms.unmuteUser", json!({ "userId": "$bob" })),
        room("admin", "channels.addAll", json!({ "activeUsersOnly": false })),
        step("bob", "chat.ignoreUser", json!({ "rid": "$room", "userId": "$alice", "ignore": "true" })),
        send("alice", "channel3", "bob does not see this"),
        step("bob", "chat.ignoreUser", json!({ "rid": "$room", "userId": "$alice", "ignore": "false" })),
    ]
}

fn settings() -> Vec<Step> {
    vec![
        save("alice", json!({ "roomTopic": "another topic", "roomDescription": "another description" })),
        save("alice", json!({ "roomName": "stateAgain" })),
        save("alice", json!({ "roomAnnouncement": { "message": "a banner", "style": "danger" } })),
        save("alice", json!({ "roomCustomFields": { "c": "d" } })),
        save("alice", json!({ "readOnly": true, "reactWhenReadOnly": true })),
        step("bob", "chat.react", json!({ "messageId": "channel3", "emoji": ":tada:" })),
        save("alice", json!({ "readOnly": false, "reactWhenReadOnly": false })),
        save("alice", json!({ "systemMessages": ["uj", "ul"] })),
        save("alice", json!({ "systemMessages": [] })),
        save("alice", json!({ "joinCode": "1234" })),
        save("alice", json!({ "joinCode": "" })),
        save(
            "admin",
            json!({ "retentionEnabled": true, "retentionOverrideGlobal": true, "retentionMaxAge": 30,
                    "retentionExcludePinned": true, "retentionFilesOnly": true, "retentionIgnoreThreads": true }),
        ),
        save(
            "admin",
            json!({ "default": true, "featured": true, "favorite": { "favorite": true, "defaultValue": true } }),
        ),
        save("admin", json!({ "default": false, "featured": false })),
        save("alice", json!({ "roomAvatar": PICTURE })),
        save("alice", json!({ "roomAvatar": "" })),
        save("alice", json!({ "roomType": "p" })),
        save("alice", json!({ "roomType": "c" })),
        method("alice", "saveRoomSettings", json!(["$room", "roomTopic", "a third topic"])),
    ]
}

fn sidebar() -> Vec<Step> {
    vec![
        room("bob", "channels.close", json!({})),
        send("alice", "channel4", "this opens it again"),
        room("bob", "channels.close", json!({})),
        room("bob", "channels.open", json!({})),
        room("bob", "rooms.favorite", json!({ "favorite": true })),
        room("bob", "rooms.favorite", json!({ "favorite": false })),
        room(
            "bob",
            "rooms.saveNotification",
            json!({ "notifications": {
                "muteGroupMentions": "1", "emailNotifications": "all", "hideUnreadStatus": "1",
                "disableNotifications": "1", "desktopNotifications": "all", "mobilePushNotifications": "nothing",
                "hideMentionStatus": "1", "unreadAlert": "all", "audioNotificationValue": "chime" } }),
        ),
        send("alice", "channel5", "nobody is told"),
        room(
            "bob",
            "rooms.saveNotification",
            json!({ "notifications": {
                "muteGroupMentions": "0", "emailNotifications": "default", "hideUnreadStatus": "0",
                "disableNotifications": "0", "desktopNotifications": "default", "hideMentionStatus": "0",
                "mobilePushNotifications": "default", "unreadAlert": "default" } }),
        ),
        step("bob", "subscriptions.unread", json!({ "roomId": "$room" })),
        step("bob", "subscriptions.read", json!({ "rid": "$room" })),
        room("alice", "rooms.hide", json!({})),
        room("alice", "rooms.open", json!({})),
        step(
            "bob",
            "autotranslate.saveSettings",
            json!({ "roomId": "$room", "field": "autoTranslate", "value": true, "defaultLanguage": "en" }),
        ),
        step(
            "bob",
            "autotranslate.saveSettings",
            json!({ "roomId": "$room", "field": "autoTranslateLanguage", "value": "de" }),
        ),
        step(
            "bob",
            "autotranslate.saveSettings",
            json!({ "roomId": "$room", "field": "autoTranslate", "value": false }),
        ),
        step(
            "alice",
            "rooms.export",
            json!({ "rid": "$room", "type": "email", "toEmails": ["someone@example.org"], "messages": ["channel5"],
                    "subject": "a room" }),
        ),
    ]
}

fn doors() -> Vec<Step> {
    vec![
        room("alice", "channels.archive", json!({})),
        room("admin", "channels.unarchive", json!({})),
        step("alice", "rooms.changeArchivationState", json!({ "rid": "$room", "action": "archive" })),
        step("alice", "rooms.changeArchivationState", json!({ "rid": "$room", "action": "unarchive" })),
        room("bob", "channels.leave", json!({})),
        room("bob", "channels.join", json!({})),
        room("alice", "channels.setJoinCode", json!({ "joinCode": "1234" })),
        room("bob", "rooms.leave", json!({})),
        room("bob", "rooms.join", json!({ "joinCode": "1234" })),
        room("alice", "channels.kick", json!({ "userId": "$bob" })),
        room("alice", "channels.invite", json!({ "userId": "$bob" })),
        room("bob", "channels.leave", json!({})),
        step("alice", "findOrCreateInvite", json!({ "rid": "$room", "days": 1, "maxUses": 0 }))
            .keeps("invite", "/_id"),
        step("bob", "useInviteToken", json!({ "token": "$invite" })),
        room("alice", "channels.setType", json!({ "type": "p" })),
        room("alice", "groups.kick", json!({ "userId": "$bob" })),
        room("alice", "groups.invite", json!({ "userId": "$bob" })),
        room("alice", "groups.setType", json!({ "type": "c" })),
    ]
}

fn commands() -> Vec<Step> {
    vec![
        slash("alice", "topic", "a typed topic"),
        slash("alice", "me", "waves"),
        slash("alice", "shrug", "well"),
        slash("bob", "help", ""),
        slash("alice", "mute", "@bob"),
        slash("alice", "unmute", "@bob"),
        slash("alice", "kick", "@bob"),
        slash("alice", "invite", "@bob"),
        slash("alice", "archive", "#stateAgain"),
        slash("alice", "unarchive", "#stateAgain"),
        slash("alice", "create", "stateMade"),
        slash("bob", "join", "#stateMade"),
        slash("alice", "invite-all-from", "#stateMade"),
        slash("alice", "invite-all-to", "#stateMade"),
        slash("alice", "msg", "@bob psst"),
        slash("bob", "hide", "#stateAgain"),
        slash("bob", "status", "at lunch"),
        slash("bob", "part", ""),
        room("bob", "channels.join", json!({ "joinCode": "1234" })),
        slash("bob", "leave", ""),
        room("alice", "channels.invite", json!({ "userId": "$bob" })),
    ]
}

fn end() -> Vec<Step> {
    vec![
        step("alice", "channels.convertToTeam", json!({ "channelId": "$room" })),
        step(
            "alice",
            "teams.updateMember",
            json!({ "teamName": "stateAgain", "member": { "userId": "$bob", "roles": ["moderator"] } }),
        ),
        step("alice", "teams.convertToChannel", json!({ "teamName": "stateAgain" })),
        room("alice", "channels.delete", json!({})),
    ]
}
