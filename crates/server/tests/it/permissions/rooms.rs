//! What each role in a room may do there, for every kind of room: as the permissions of the role say, never more
//! and never less.

use gantry_client::Client;
use gantry_store::Engine;
use gantry_store::testing::engines;
use serde_json::{Value, json};

use super::{Act, call, person, post, workspace};
use crate::harness::TestServer;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Channel,
    Group,
    Discussion,
    PublicTeam,
    PrivateTeam,
    TeamChannel,
    Direct,
}

const KINDS: [Kind; 7] = [
    Kind::Channel,
    Kind::Group,
    Kind::Discussion,
    Kind::PublicTeam,
    Kind::PrivateTeam,
    Kind::TeamChannel,
    Kind::Direct,
];

/// Rooms that several people may enter and leave.
const OPEN: &[Kind] =
    &[Kind::Channel, Kind::Group, Kind::Discussion, Kind::PublicTeam, Kind::PrivateTeam, Kind::TeamChannel];
const ALL: &[Kind] = &KINDS;
/// Rooms that may have discussions: a discussion has none.
const PARENTS: &[Kind] =
    &[Kind::Channel, Kind::Group, Kind::PublicTeam, Kind::PrivateTeam, Kind::TeamChannel, Kind::Direct];
const TEAMS: &[Kind] = &[Kind::PublicTeam, Kind::PrivateTeam];

impl Kind {
    /// The permission to delete a room of the kind.
    fn delete(self) -> &'static str {
        match self {
            Self::Channel | Self::PublicTeam | Self::TeamChannel => "delete-c",
            Self::Group | Self::Discussion | Self::PrivateTeam => "delete-p",
            Self::Direct => "delete-d",
        }
    }
}

/// Who somebody is in a room: a member with a role or without one, or nobody.
const WHO: [Option<&str>; 5] = [Some("owner"), Some("moderator"), Some("leader"), Some(""), None];

/// Something that is done in a room.
struct Deed {
    name: &'static str,
    /// Permissions that it takes, through a role in the room or globally.
    takes: fn(Kind) -> Vec<&'static str>,
    /// Kinds of room in which it can be done at all.
    within: &'static [Kind],
    act: Act,
    /// What the administrator does first.
    before: Option<Act>,
}

fn deed(name: &'static str, takes: fn(Kind) -> Vec<&'static str>, within: &'static [Kind], act: Act) -> Deed {
    Deed { name, takes, within, act, before: None }
}

fn deeds() -> Vec<Deed> {
    let settings = |changes: Value| {
        let mut body = json!({ "rid": "$room" });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        post("rooms.saveRoomSettings", body)
    };
    let say = |text: &str| post("chat.sendMessage", json!({ "message": { "rid": "$room", "msg": text } }));
    let read_only = call("saveRoomSettings", json!(["$room", "readOnly", true]));
    vec![
        deed("say something", |_| vec![], ALL, say("hello")),
        deed("mention all", |_| vec!["mention-all"], ALL, say("@all, look")),
        Deed {
            before: Some(read_only),
            ..deed("write where nobody may", |_| vec!["post-readonly"], OPEN, say("hello"))
        },
        deed("change the topic", |_| vec!["edit-room"], OPEN, settings(json!({ "roomTopic": "x" }))),
        deed("make it read-only", |_| vec!["edit-room"], OPEN, settings(json!({ "readOnly": true }))),
        deed(
            "archive it",
            |_| vec!["archive-room"],
            OPEN,
            post("rooms.changeArchivationState", json!({ "rid": "$room", "action": "archive" })),
        ),
        deed("delete it", delete, ALL, post("rooms.delete", json!({ "roomId": "$room" }))),
        deed(
            "prune it",
            |_| vec!["clean-channel-history"],
            ALL,
            post(
                "rooms.cleanHistory",
                json!({ "roomId": "$room", "oldest": "2000-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z" }),
            ),
        ),
        deed(
            "mute somebody",
            |_| vec!["mute-user"],
            OPEN,
            post("rooms.muteUser", json!({ "roomId": "$room", "username": "bob" })),
        ),
        deed(
            "put somebody out",
            |_| vec!["remove-user"],
            OPEN,
            call("removeUserFromRoom", json!([{ "rid": "$room", "username": "bob" }])),
        ),
        deed(
            "add somebody",
            |_| vec!["add-user-to-joined-room"],
            OPEN,
            call("addUsersToRoom", json!([{ "rid": "$room", "users": ["cleo"] }])),
        ),
        deed("make an owner", |_| vec!["set-owner"], OPEN, call("addRoomOwner", json!(["$room", "$bob"]))),
        deed(
            "make a moderator",
            |_| vec!["set-moderator"],
            OPEN,
            call("addRoomModerator", json!(["$room", "$bob"])),
        ),
        deed("make a leader", |_| vec!["set-leader"], OPEN, call("addRoomLeader", json!(["$room", "$bob"]))),
        deed(
            "edit another's message",
            |_| vec!["edit-message"],
            ALL,
            post("chat.update", json!({ "roomId": "$room", "msgId": "$said", "text": "edited" })),
        ),
        deed(
            "delete another's message",
            |_| vec!["delete-message"],
            ALL,
            post("chat.delete", json!({ "roomId": "$room", "msgId": "$said" })),
        ),
        deed(
            "pin a message",
            |_| vec!["pin-message"],
            ALL,
            post("chat.pinMessage", json!({ "messageId": "$said" })),
        ),
        deed(
            "react",
            |_| vec![],
            ALL,
            post("chat.react", json!({ "messageId": "$said", "emoji": ":tada:" })),
        ),
        deed(
            "start a discussion",
            |_| vec!["start-discussion"],
            PARENTS,
            post("rooms.createDiscussion", json!({ "prid": "$room", "t_name": "aside" })),
        ),
        deed(
            "invite by a link",
            |_| vec!["create-invite-links"],
            OPEN,
            post("findOrCreateInvite", json!({ "rid": "$room", "days": 1, "maxUses": 1 })),
        ),
        deed(
            "export it",
            |_| vec!["mail-messages"],
            ALL,
            post(
                "rooms.export",
                json!({ "rid": "$room", "type": "file", "format": "json", "dateFrom": "2020-01-01", "dateTo": "2100-01-01" }),
            ),
        ),
        deed("read who is there", |_| vec![], ALL, call("getUsersOfRoom", json!(["$room", true]))),
        deed("read its history", |_| vec![], ALL, call("loadHistory", json!(["$room", null, 10, null]))),
        deed(
            "add to the team",
            |_| vec!["add-team-member"],
            TEAMS,
            post("teams.addMembers", json!({ "teamId": "$team", "members": [{ "userId": "$cleo" }] })),
        ),
        deed(
            "give a role in the team",
            |_| vec!["edit-team-member", "set-moderator"],
            TEAMS,
            post(
                "teams.updateMember",
                json!({ "teamId": "$team", "member": { "userId": "$bob", "roles": ["moderator"] } }),
            ),
        ),
        deed(
            "put somebody out of the team",
            |_| vec!["edit-team-member"],
            TEAMS,
            post("teams.removeMember", json!({ "teamId": "$team", "userId": "$bob" })),
        ),
        deed(
            "rename the team",
            |_| vec!["edit-team"],
            TEAMS,
            post("teams.update", json!({ "teamId": "$team", "data": { "name": "renamed$n" } })),
        ),
        deed(
            "make the team a channel",
            |_| vec!["convert-team"],
            TEAMS,
            post("teams.convertToChannel", json!({ "teamId": "$team" })),
        ),
        deed("delete the team", delete_team, TEAMS, post("teams.delete", json!({ "teamId": "$team" }))),
    ]
}

fn delete(kind: Kind) -> Vec<&'static str> {
    let mut takes = vec![kind.delete()];
    match kind {
        Kind::PublicTeam | Kind::TeamChannel => takes.push("delete-team-channel"),
        Kind::PrivateTeam => takes.push("delete-team-group"),
        _ => {}
    }
    takes
}

fn delete_team(kind: Kind) -> Vec<&'static str> {
    [vec!["delete-team"], delete(kind)].concat()
}

struct Scene {
    server: TestServer,
    admin: Client,
    ann: Client,
    bob: Client,
    cleo: Client,
}

impl Scene {
    async fn new(engine: Engine) -> Self {
        let server = workspace(engine).await;
        let admin = server.admin().await;
        let user = ["user".to_owned()];
        let ann = person(&server, &admin, "ann", &user).await;
        let bob = person(&server, &admin, "bob", &user).await;
        let cleo = person(&server, &admin, "cleo", &user).await;
        Self { server, admin, ann, bob, cleo }
    }

    async fn made(&self, path: &'static str, body: Value) -> Value {
        post(path, body).by(&self.server, &self.admin).await.unwrap()
    }

    /// A new room of the administrator and bob, where ann is what `who` says. Her role in a room of a team is
    /// her role in the team as well. `None` if nobody can be that there.
    async fn room(&self, n: u32, kind: Kind, who: Option<&str>) -> Option<Vec<(&'static str, String)>> {
        if kind == Kind::Direct && who.is_some_and(|role| !role.is_empty()) {
            return None;
        }
        let mut people = vec!["bob"];
        people.extend(who.map(|_| "ann"));
        let name = format!("room{n}");
        let body = json!({ "name": name, "members": people });
        let mut team = Value::Null;
        let room = match kind {
            Kind::Channel => self.made("channels.create", body).await["channel"]["_id"].clone(),
            Kind::Group => self.made("groups.create", body).await["group"]["_id"].clone(),
            Kind::Discussion => {
                let parent = json!({ "name": format!("parent{n}"), "members": people });
                let parent = self.made("groups.create", parent).await["group"]["_id"].clone();
                let aside = json!({ "prid": parent, "t_name": name, "users": people });
                self.made("rooms.createDiscussion", aside).await["discussion"]["_id"].clone()
            }
            Kind::PublicTeam | Kind::PrivateTeam | Kind::TeamChannel => {
                let private = i32::from(kind == Kind::PrivateTeam);
                let body = json!({ "name": format!("team{n}"), "type": private, "members": people });
                let made = self.made("teams.create", body).await["team"].clone();
                team = made["_id"].clone();
                if kind == Kind::TeamChannel {
                    let body = json!({ "name": name, "members": people, "extraData": { "teamId": team } });
                    self.role(&made["roomId"], who).await;
                    self.made("channels.create", body).await["channel"]["_id"].clone()
                } else {
                    made["roomId"].clone()
                }
            }
            Kind::Direct => {
                let others = if who.is_some() { "bob,ann" } else { "bob,cleo" };
                // There is one room of these people: it is made anew each time.
                let made = self.made("im.create", json!({ "usernames": others })).await;
                let rid = made["room"]["_id"].clone();
                self.made("rooms.delete", json!({ "roomId": rid })).await;
                self.made("im.create", json!({ "usernames": others })).await["room"]["_id"].clone()
            }
        };
        self.role(&room, who).await;
        let said = json!({ "message": { "rid": room, "msg": "by the administrator" } });
        let said = self.made("chat.sendMessage", said).await["message"]["_id"].clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(vec![
            ("$room", text(&room)),
            ("$said", text(&said)),
            ("$team", text(&team)),
            ("$bob", self.bob.uid().to_owned()),
            ("$cleo", self.cleo.uid().to_owned()),
            ("$n", n.to_string()),
        ])
    }

    async fn role(&self, room: &Value, who: Option<&str>) {
        let method = match who {
            Some("owner") => "addRoomOwner",
            Some("moderator") => "addRoomModerator",
            Some("leader") => "addRoomLeader",
            _ => return,
        };
        call(method, json!([room, self.ann.uid()])).by(&self.server, &self.admin).await.unwrap();
    }

    /// Whether ann may, as her roles say.
    fn may(&self, deed: &Deed, kind: Kind, who: Option<&str>) -> bool {
        let Some(role) = who else { return false };
        let permissions = &self.server.running.kernel.permissions;
        let (user, role) = (["user".to_owned()], [role.to_owned()]);
        deed.within.contains(&kind)
            && (deed.takes)(kind).iter().all(|permission| permissions.in_room(&user, &role, permission))
    }
}

/// What everybody may do in a channel without being in it.
const IN_PASSING: [&str; 6] =
    ["say something", "mention all", "react", "start a discussion", "read who is there", "read its history"];

fn open_to_strangers(deed: &Deed, kind: Kind) -> bool {
    let public = matches!(kind, Kind::Channel | Kind::PublicTeam | Kind::TeamChannel);
    public && IN_PASSING.contains(&deed.name)
}

/// Every deed, in a new room of every kind, by everybody: what was not as the permissions say.
async fn faults(scene: &Scene) -> Vec<String> {
    let (mut faults, mut n, mut allowed) = (Vec::new(), 0, 0);
    for deed in deeds() {
        for kind in KINDS {
            for who in WHO {
                if deed.within == TEAMS && !TEAMS.contains(&kind) {
                    continue;
                }
                n += 1;
                let Some(names) = scene.room(n, kind, who).await else { continue };
                if let Some(act) = &deed.before {
                    let done = act.filled(&names).by(&scene.server, &scene.admin).await;
                    assert!(done.is_ok() || !deed.within.contains(&kind), "{}: {done:?}", deed.name);
                }
                let may = scene.may(&deed, kind, who) || who.is_none() && open_to_strangers(&deed, kind);
                let outcome = deed.act.filled(&names).by(&scene.server, &scene.ann).await;
                allowed += u32::from(may);
                // A method that answers `false` has refused.
                if outcome.as_ref().is_ok_and(|answer| answer != false) != may {
                    let (Ok(answer) | Err(answer)) = outcome;
                    faults.push(format!("{} in {kind:?} by {who:?} (may: {may}): {answer:.200}", deed.name));
                }
            }
        }
    }
    assert!(n > 700 && allowed > 300, "{n} cells, {allowed} of them allowed");
    faults
}

#[tokio::test]
async fn each_role_in_each_kind_of_room_may_what_its_permissions_say() {
    for engine in engines() {
        let faults = faults(&Scene::new(engine).await).await;
        assert!(faults.is_empty(), "{engine:?}:\n{}", faults.join("\n"));
    }
}
