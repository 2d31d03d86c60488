//! One proof for each permission that an operation asks for on the way.

use serde_json::json;

use super::{Act, call, get, post};

/// How it shows that somebody was allowed.
pub(super) enum Shows {
    /// The operation is done.
    Done,
    /// The operation goes on to this failure, which has nothing to do with permissions.
    Fails(&'static str),
    /// The answer holds this.
    Tells(&'static str),
}

/// What ann does, and what only this permission lets her do.
pub(super) struct Proof {
    pub(super) permission: &'static str,
    /// What the administrator does first.
    pub(super) before: Vec<Act>,
    pub(super) act: Act,
    /// What the administrator does in the end, such as setting a setting back.
    pub(super) after: Vec<Act>,
    /// Permissions that she holds both times.
    pub(super) also: &'static [&'static str],
    /// Permissions that she holds neither time, though everybody does.
    pub(super) never: &'static [&'static str],
    pub(super) shows: Shows,
}

impl Proof {
    fn before(mut self, act: Act) -> Self {
        self.before.push(act);
        self
    }

    /// With another value of a setting, which is set back.
    fn setting(mut self, path: &'static str, value: serde_json::Value, back: serde_json::Value) -> Self {
        self.before.push(post(path, json!({ "value": value })));
        self.after.push(post(path, json!({ "value": back })));
        self
    }

    fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    fn never(self, never: &'static [&'static str]) -> Self {
        Self { never, ..self }
    }

    fn tells(self, text: &'static str) -> Self {
        Self { shows: Shows::Tells(text), ..self }
    }

    fn fails(self, code: &'static str) -> Self {
        Self { shows: Shows::Fails(code), ..self }
    }
}

fn proof(permission: &'static str, act: Act) -> Proof {
    Proof {
        permission,
        before: Vec::new(),
        act,
        after: Vec::new(),
        also: &[],
        never: &[],
        shows: Shows::Done,
    }
}

/// All of them.
pub(super) fn all() -> Vec<Proof> {
    [people(), rooms(), members(), messages(), teams(), workspace()].into_iter().flatten().collect()
}

fn people() -> Vec<Proof> {
    let edit = |data| post("users.update", json!({ "userId": "$bob", "data": data }));
    let new = json!({
        "username": "new$n", "name": "new", "email": "new$n@example.org", "password": "correct horse battery",
    });
    vec![
        proof("create-user", post("users.create", new)),
        proof("edit-other-user-info", edit(json!({ "name": "Robert" }))),
        proof("edit-other-user-password", edit(json!({ "password": "a new correct horse" })))
            .setting("settings/Accounts_AllowPasswordChange", json!(false), json!(true))
            .also(&["edit-other-user-info"]),
        proof("assign-roles", edit(json!({ "roles": ["user", "bot"] }))).also(&["edit-other-user-info"]),
        proof(
            "assign-admin-role",
            post("roles.addUserToRole", json!({ "roleId": "admin", "username": "$bobName" })),
        )
        .also(&["access-permissions"]),
        proof("edit-other-user-avatar", post("users.resetAvatar", json!({ "userId": "$bob" }))),
        proof("edit-other-user-e2ee", post("users.resetE2EKey", json!({ "userId": "$bob" }))),
        proof("edit-other-user-totp", post("users.resetTOTP", json!({ "userId": "$bob" }))),
        proof("logout-other-user", post("users.logout", json!({ "userId": "$bob" }))),
        proof("user-generate-access-token", post("users.createToken", json!({ "userId": "$bob" }))),
        proof("bulk-register-user", post("sendInvitationEmail", json!({ "emails": ["x@example.org"] })))
            .fails("error-email-send-failed"),
        proof("view-full-other-user-info", get("users.info?userId=$bob")).tells("$bobName@example.org"),
        proof("view-other-user-channels", get("users.info?userId=$bob&includeUserRooms=true"))
            .before(post("channels.create", json!({ "name": "of-$bobName", "members": ["$bobName"] })))
            .tells("of-$bobName"),
        proof("view-outside-room", get("users.autocomplete?selector=%7B%22term%22:%22$bobName%22%7D"))
            .tells("$bobName"),
        proof(
            "create-invite-links",
            post("findOrCreateInvite", json!({ "rid": "$room", "days": 1, "maxUses": 0 })),
        ),
    ]
}

fn rooms() -> Vec<Proof> {
    let settings = |mut changes: serde_json::Value| {
        changes["rid"] = json!("$room");
        post("rooms.saveRoomSettings", changes)
    };
    let room = |path| post(path, json!({ "roomId": "$room" }));
    const DOT: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    vec![
        proof("create-c", post("channels.create", json!({ "name": "made$n" }))),
        proof("create-p", post("groups.create", json!({ "name": "made$n" }))),
        proof("create-d", post("im.create", json!({ "username": "$bobName" }))),
        proof("delete-c", room("channels.delete")),
        proof("delete-p", post("groups.delete", json!({ "roomId": "$group" }))),
        proof("delete-d", post("rooms.delete", json!({ "roomId": "$dm" }))),
        proof("archive-room", room("channels.archive")),
        proof("unarchive-room", room("channels.unarchive")).before(room("channels.archive")),
        proof("edit-room", settings(json!({ "roomTopic": "a topic" }))),
        proof("edit-room-avatar", settings(json!({ "roomAvatar": DOT }))).also(&["edit-room"]),
        proof("edit-room-retention-policy", settings(json!({ "retentionEnabled": true })))
            .setting("settings/RetentionPolicy_Enabled", json!(true), json!(false))
            .also(&["edit-room"]),
        proof(
            "toggle-room-e2e-encryption",
            post("rooms.saveRoomSettings", json!({ "rid": "$group", "encrypted": true })),
        )
        .setting("settings/E2E_Enable", json!(true), json!(false))
        .also(&["edit-room"]),
        proof(
            "clean-channel-history",
            post(
                "rooms.cleanHistory",
                json!({ "roomId": "$room", "oldest": "2000-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z" }),
            ),
        ),
        proof("view-join-code", call("getRoomJoinCode", json!(["$room"])))
            .before(post("channels.setJoinCode", json!({ "roomId": "$room", "joinCode": "sesame" })))
            .tells("sesame"),
        proof("join-without-join-code", post("channels.join", json!({ "roomId": "$open" })))
            .before(post("channels.setJoinCode", json!({ "roomId": "$open", "joinCode": "sesame" }))),
        proof("preview-c-room", call("loadHistory", json!(["$open", null, 10, null])))
            .before(post("chat.postMessage", json!({ "roomId": "$open", "text": "for all to see" })))
            .tells("for all to see"),
        proof("view-p-room", get("groups.messages?roomId=$group")).never(&["view-joined-room"]),
        proof("view-broadcast-member-list", get("channels.members?roomName=cast$n")).before(post(
            "channels.create",
            json!({ "name": "cast$n", "members": ["ann"], "extraData": { "broadcast": true } }),
        )),
        proof(
            "mail-messages",
            post(
                "rooms.export",
                json!({ "rid": "$room", "type": "file", "format": "json", "dateFrom": "2020-01-01", "dateTo": "2030-01-01" }),
            ),
        ),
        proof(
            "start-discussion",
            post("rooms.createDiscussion", json!({ "prid": "$room", "t_name": "aside" })),
        )
        .never(&["start-discussion-other-user"]),
        proof(
            "start-discussion-other-user",
            post("rooms.createDiscussion", json!({ "prid": "$room", "t_name": "aside", "pmid": "said$n" })),
        )
        .never(&["start-discussion"]),
        proof("call-management", post("video-conference.start", json!({ "roomId": "$room" })))
            .fails("no-videoconf-provider-app"),
    ]
}

fn members() -> Vec<Proof> {
    let person = |path, room: &str, who: &str| post(path, json!({ "roomId": room, "userId": who }));
    vec![
        proof("add-user-to-joined-room", person("channels.invite", "$room", "$cleo")),
        proof(
            "add-user-to-any-c-room",
            call("addUsersToRoom", json!([{ "rid": "$open", "users": ["$cleoName"] }])),
        ),
        proof(
            "add-user-to-any-p-room",
            call("addUsersToRoom", json!([{ "rid": "$shut", "users": ["$cleoName"] }])),
        ),
        proof(
            "add-all-to-room",
            post("channels.addAll", json!({ "roomId": "$room", "activeUsersOnly": false })),
        ),
        proof("remove-user", person("channels.kick", "$room", "$bob")),
        proof(
            "kick-user-from-any-c-room",
            call("removeUserFromRoom", json!([{ "rid": "$open", "username": "$bobName" }])),
        )
        .also(&["remove-user"])
        .never(&["view-c-room"]),
        proof(
            "kick-user-from-any-p-room",
            call("removeUserFromRoom", json!([{ "rid": "$shut", "username": "$bobName" }])),
        )
        .also(&["remove-user"]),
        proof("mute-user", post("rooms.muteUser", json!({ "roomId": "$room", "username": "$bobName" }))),
        proof("set-owner", person("channels.addOwner", "$room", "$bob")),
        proof("set-moderator", person("channels.addModerator", "$room", "$bob")),
        proof("set-leader", person("channels.addLeader", "$room", "$bob")),
        proof("leave-c", post("channels.leave", json!({ "roomId": "$room" }))),
        proof("leave-p", post("groups.leave", json!({ "roomId": "$group" }))),
    ]
}

fn messages() -> Vec<Proof> {
    let say = |mut message: serde_json::Value| {
        message["rid"] = json!("$room");
        post("chat.sendMessage", json!({ "message": message }))
    };
    let delete = |mid: &str| post("chat.delete", json!({ "roomId": "$room", "msgId": mid }));
    let edit = |mid: &str| post("chat.update", json!({ "roomId": "$room", "msgId": mid, "text": "edited" }));
    vec![
        proof("mention-all", say(json!({ "msg": "@all, look" }))),
        proof("mention-here", say(json!({ "msg": "@here, look" }))),
        proof("message-impersonate", say(json!({ "msg": "hello", "alias": "somebody else" }))),
        proof("post-readonly", say(json!({ "msg": "hello" })))
            .before(post("channels.setReadOnly", json!({ "roomId": "$room", "readOnly": true }))),
        proof("edit-message", edit("said$n")),
        proof("delete-message", delete("said$n")),
        proof("delete-own-message", delete("own$n")),
        proof("force-delete-message", delete("own$n")).setting(
            "settings/Message_AllowDeleting",
            json!(false),
            json!(true),
        ),
        proof("bypass-time-limit-edit-and-delete", edit("own$n"))
            .setting("settings/Message_AllowEditing_BlockEditInMinutes", json!(5), json!(0))
            .before(Act::Wait { minutes: 10 }),
        proof("pin-message", post("chat.pinMessage", json!({ "messageId": "said$n" })))
            .before(say(json!({ "msg": "x" }))),
        proof(
            "auto-translate",
            post(
                "autotranslate.saveSettings",
                json!({ "roomId": "$room", "field": "autoTranslate", "value": true }),
            ),
        )
        .setting("settings/AutoTranslate_Enabled", json!(true), json!(false)),
    ]
}

fn teams() -> Vec<Proof> {
    let team = |path, mut body: serde_json::Value| {
        body["teamId"] = json!("$team");
        post(path, body)
    };
    let bob = |roles: serde_json::Value| json!({ "member": { "userId": "$bob", "roles": roles } });
    vec![
        proof("add-team-member", team("teams.addMembers", json!({ "members": [{ "userId": "$cleo" }] }))),
        proof("edit-team-member", team("teams.updateMember", bob(json!(["moderator"]))))
            .also(&["set-moderator"]),
        proof("edit-team", team("teams.update", json!({ "data": { "name": "renamed$n" } }))),
        proof("delete-team", team("teams.delete", json!({}))).also(&["delete-c", "delete-team-channel"]),
        proof("convert-team", team("teams.convertToChannel", json!({}))),
        proof("move-room-to-team", team("teams.addRooms", json!({ "rooms": ["$room"] })))
            .before(post("channels.addOwner", json!({ "roomId": "$room", "userId": "$ann" }))),
        proof("remove-team-channel", team("teams.removeRoom", json!({ "roomId": "$teamRoom" }))),
        proof(
            "edit-team-channel",
            post("teams.updateRoom", json!({ "roomId": "$teamRoom", "isDefault": true })),
        ),
        proof(
            "create-team-channel",
            post("channels.create", json!({ "name": "new$n", "extraData": { "teamId": "$team" } })),
        ),
        proof(
            "create-team-group",
            post("groups.create", json!({ "name": "new$n", "extraData": { "teamId": "$team" } })),
        ),
        proof("delete-team-channel", post("channels.delete", json!({ "roomId": "$teamRoom" })))
            .also(&["delete-c"]),
        proof("delete-team-group", post("groups.delete", json!({ "roomId": "$teamGroup" })))
            .also(&["delete-p"]),
        proof("view-all-team-channels", get("teams.listRooms?teamId=$team")).tells("$teamShut"),
    ]
}

fn workspace() -> Vec<Proof> {
    let name = |roles: serde_json::Value| {
        post(
            "permissions.update",
            json!({ "permissions": [{ "_id": "change-setting-Site_Name", "roles": roles }] }),
        )
    };
    let hook = json!({
        "type": "webhook-incoming", "name": "in", "enabled": true, "username": "rocket.cat", "channel": "#room$n",
        "scriptEnabled": false, "alias": "$room",
    });
    let out = json!({
        "type": "webhook-outgoing", "name": "out", "enabled": true, "username": "rocket.cat", "channel": "#room$n",
        "scriptEnabled": false, "event": "sendMessage", "urls": ["https://example.org/"], "token": "$room",
    });
    vec![
        proof("access-setting-permissions", name(json!(["admin"]))).also(&["access-permissions"]),
        proof("manage-selected-settings", call("private-settings/get", json!([])))
            .also(&["change-setting-Site_Name"])
            .tells("Site_Name"),
        proof("add-oauth-service", call("addOAuthService", json!(["service$n"]))),
        proof(
            "can-audit-log",
            call(
                "auditGetAuditions",
                json!([{ "startDate": { "$date": 0 }, "endDate": { "$date": 4_000_000_000_000_i64 } }]),
            ),
        ),
        proof("manage-emoji", call("deleteEmojiCustom", json!(["none"])))
            .fails("Custom_Emoji_Error_Invalid_Emoji"),
        proof("test-admin-options", call("sendSMTPTestEmail", json!([]))).fails("error-email-send-failed"),
        proof("manage-incoming-integrations", post("integrations.create", hook.clone()))
            .never(&["manage-own-incoming-integrations"]),
        proof("manage-own-incoming-integrations", post("integrations.create", hook)),
        proof("manage-outgoing-integrations", post("integrations.create", out.clone()))
            .never(&["manage-own-outgoing-integrations"]),
        proof("manage-own-outgoing-integrations", post("integrations.create", out)),
    ]
}
