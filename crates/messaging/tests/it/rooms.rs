//! Channels, groups and direct rooms as clients use them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use gantry_accounts::users::events::ErasureType;
use gantry_accounts::users::{UserCreated, UserDeleting, UsernameChanged};
use gantry_protocol::objects::User;
use serde_json::{Value, json};

const KINDS: [(&str, &str); 2] = [("channels", "channel"), ("groups", "group")];

async fn create(who: &Actor<'_>, kind: &str, name: &str, more: Value) -> Value {
    let mut wish = json!({ "name": name });
    wish.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let body = who.post(&format!("{kind}.create"), wish).await.ok();
    body.get("channel").or(body.get("group")).cloned().unwrap()
}

fn id(room: &Value) -> &str {
    room["_id"].as_str().unwrap()
}

async fn types(who: &Actor<'_>, kind: &str, rid: &str) -> Vec<String> {
    let history = who.get(&format!("{kind}.history"), &format!("roomId={rid}&count=100")).await.ok();
    let messages = history["messages"].as_array().unwrap().iter();
    messages.map(|message| message["t"].as_str().unwrap_or("said").to_owned()).collect()
}

#[tokio::test]
async fn a_founder_owns_the_room_and_sees_it_in_lists() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        for (kind, key) in KINDS {
            let room = create(&alice, kind, &format!("{kind}-room"), json!({ "members": ["bob"] })).await;
            assert_eq!((&room["msgs"], &room["usersCount"]), (&json!(0), &json!(2)), "{room}");
            assert_eq!(room["u"]["username"], "alice");
            let info = bob.get(&format!("{kind}.info"), &format!("roomName={kind}-room")).await.ok();
            assert_eq!(info[key]["_id"], room["_id"]);
            let roles = bob.get(&format!("{kind}.roles"), &format!("roomId={}", id(&room))).await.ok();
            assert_eq!(roles["roles"][0]["u"]["_id"], "alice");
            assert_eq!(roles["roles"][0]["roles"], json!(["owner"]));
        }
        let joined = bob.get("channels.list.joined", "").await.ok();
        assert_eq!((&joined["total"], &joined["channels"][0]["name"]), (&json!(1), &json!("channels-room")));
        assert_eq!(bob.get("groups.list", "").await.ok()["groups"][0]["name"], "groups-room");
        assert_eq!(admin.get("groups.list", "").await.ok()["total"], 0);
        assert_eq!(admin.get("groups.listAll", "").await.ok()["total"], 1);
        assert_eq!(bob.get("groups.listAll", "").await.status, 403);
        let all = admin.get("channels.list", r#"sort={"name":-1}"#).await.ok();
        let names: Vec<&str> =
            all["channels"].as_array().unwrap().iter().filter_map(|c| c["name"].as_str()).collect();
        assert_eq!(names, ["general", "channels-room"]);
    }
}

#[tokio::test]
async fn a_private_group_does_not_exist_for_strangers() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let room = create(&alice, "groups", "secret", json!({})).await;
        for path in ["groups.info", "groups.members", "groups.history", "groups.roles", "groups.messages"] {
            let query = format!("roomId={}", id(&room));
            assert_eq!(bob.get(path, &query).await.refused(), "error-room-not-found", "{path}");
        }
        assert_eq!(alice.get("groups.info", "").await.refused(), "error-room-param-not-provided");
        assert_eq!(
            alice.get("channels.info", &format!("roomId={}", id(&room))).await.refused(),
            "error-room-not-found"
        );
        let online = bob.get("groups.online", &format!("_id={}", id(&room))).await.refused();
        assert_eq!(online, "error-not-allowed");
    }
}

#[tokio::test]
async fn people_come_and_go() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        for (kind, key) in KINDS {
            let room = create(&alice, kind, &format!("{kind}-door"), json!({})).await;
            let rid = id(&room);
            let invited =
                alice.post(&format!("{kind}.invite"), json!({ "roomId": rid, "userId": "bob" })).await.ok();
            assert_eq!((&invited[key]["usersCount"], &invited[key]["msgs"]), (&json!(2), &json!(1)));
            let again = alice
                .post(&format!("{kind}.invite"), json!({ "roomId": rid, "usernames": ["bob"] }))
                .await
                .ok();
            assert_eq!(again[key]["usersCount"], 2);
            let nobody = alice.post(&format!("{kind}.invite"), json!({ "roomId": rid })).await.refused();
            assert_eq!(nobody, "error-users-params-not-provided");
            let refused =
                bob.post(&format!("{kind}.kick"), json!({ "roomId": rid, "userId": "alice" })).await;
            assert_eq!(refused.refused(), "error-not-allowed");
            alice.post(&format!("{kind}.kick"), json!({ "roomId": rid, "username": "bob" })).await.ok();
            let last = alice.post(&format!("{kind}.leave"), json!({ "roomId": rid })).await.refused();
            assert_eq!(last, "error-you-are-last-owner");
            assert_eq!(types(&alice, kind, rid).await, ["ru", "au"]);
        }
        let room = create(&alice, "channels", "open", json!({})).await;
        bob.post("channels.join", json!({ "roomId": id(&room) })).await.ok();
        bob.post("channels.leave", json!({ "roomId": id(&room) })).await.ok();
        let again = bob.post("channels.leave", json!({ "roomId": id(&room) })).await.refused();
        assert_eq!(again, "error-user-not-in-room");
        assert_eq!(types(&alice, "channels", id(&room)).await, ["ul", "uj"]);
    }
}

#[tokio::test]
async fn a_join_code_keeps_strangers_out() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let room = create(&alice, "channels", "club", json!({})).await;
        let set =
            alice.post("channels.setJoinCode", json!({ "roomId": id(&room), "joinCode": "42" })).await.ok();
        assert_eq!(set["channel"]["joinCodeRequired"], true);
        assert!(!set.to_string().contains("\"42\""), "the code stays on the server");
        let join = async |code: Value| {
            bob.post("channels.join", json!({ "roomId": id(&room), "joinCode": code })).await
        };
        assert_eq!(join(Value::Null).await.refused(), "error-code-required");
        assert_eq!(join(json!("41")).await.refused(), "error-code-invalid");
        assert_eq!(join(json!("42")).await.ok()["channel"]["usersCount"], 2);
    }
}

#[tokio::test]
async fn names_are_unique_and_fit_the_pattern() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        create(&alice, "channels", "first", json!({})).await;
        let twice = alice.post("groups.create", json!({ "name": "First" })).await.refused();
        assert_eq!(twice, "error-duplicate-channel-name");
        assert_eq!(
            alice.post("channels.create", json!({ "name": "a b" })).await.refused(),
            "error-invalid-room-name"
        );
        assert_eq!(
            alice.post("channels.create", json!({ "name": "admin" })).await.refused(),
            "error-invalid-room-name"
        );
        assert_eq!(alice.post("channels.create", json!({})).await.refused(), "Param \"name\" is required");
        alice.post("channels.archive", json!({ "roomName": "first" })).await.ok();
        let archived = alice.post("channels.create", json!({ "name": "first" })).await.refused();
        assert_eq!(archived, "error-archived-duplicate-name");
        let room = create(&alice, "channels", "second", json!({})).await;
        let person =
            alice.post("channels.rename", json!({ "roomId": id(&room), "name": "bob" })).await.refused();
        assert_eq!(person, "error-duplicate-handle");
        let renamed =
            alice.post("channels.rename", json!({ "roomId": id(&room), "name": "third" })).await.ok();
        assert_eq!(
            (&renamed["channel"]["name"], &renamed["channel"]["fname"]),
            (&json!("third"), &json!("third"))
        );
        world.set("UI_Allow_room_names_with_special_chars", json!(true)).await;
        let free = create(&admin, "groups", "Über uns", json!({})).await;
        assert_eq!((&free["name"], &free["fname"]), (&json!("Uber-uns"), &json!("Über uns")));
        let number = create(&admin, "groups", "Uber-uns", json!({})).await;
        assert_eq!(number["name"], "Uber-uns-1");
    }
}

#[tokio::test]
async fn settings_change_the_room_and_tell_it() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        for (kind, key) in KINDS {
            let room = create(&alice, kind, &format!("{kind}-set"), json!({ "members": ["bob"] })).await;
            let rid = id(&room);
            let set = async |what: &str, field: &str, value: Value| {
                alice.post(&format!("{kind}.{what}"), json!({ "roomId": rid, field: value })).await
            };
            assert_eq!(set("setTopic", "topic", json!("t")).await.ok()["topic"], "t");
            assert_eq!(set("setDescription", "description", json!("d")).await.ok()["description"], "d");
            assert_eq!(set("setPurpose", "purpose", json!("p")).await.ok()["purpose"], "p");
            assert_eq!(set("setAnnouncement", "announcement", json!("a")).await.ok()["announcement"], "a");
            assert_eq!(set("setReadOnly", "readOnly", json!(true)).await.ok()[key]["ro"], true);
            let fields = set("setCustomFields", "customFields", json!({ "x": 1 })).await.ok();
            assert_eq!(fields[key]["customFields"], json!({ "x": 1 }));
            assert_eq!(set("setCustomFields", "customFields", json!("")).await.status, 400);
            assert_eq!(
                set("setTopic", "other", json!("")).await.refused(),
                "The bodyParam \"topic\" is required"
            );
            let told = ["room-set-read-only", "room_changed_announcement", "room_changed_description"];
            let said = types(&alice, kind, rid).await;
            assert_eq!(said[..3], told, "{said:?}");
            assert_eq!(said.len(), 5);
            let stranger =
                bob.post(&format!("{kind}.setTopic"), json!({ "roomId": rid, "topic": "x" })).await;
            assert_eq!(stranger.refused(), "error-action-not-allowed");
            let other = if kind == "channels" { "p" } else { "c" };
            assert_eq!(set("setType", "type", json!(other)).await.ok()[key]["t"], other);
        }
    }
}

#[tokio::test]
async fn several_settings_change_at_once_or_not_at_all() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let room = create(&admin, "channels", "many", json!({})).await;
        let rid = id(&room);
        let wish = json!({
            "rid": rid, "featured": true, "roomName": "more", "roomTopic": "t", "roomType": "p", "readOnly": true,
            "reactWhenReadOnly": true, "default": true, "favorite": { "favorite": true, "defaultValue": true },
            "systemMessages": ["uj"], "retentionEnabled": true, "retentionMaxAge": 3,
        });
        admin.post("rooms.saveRoomSettings", wish).await.ok();
        let info = admin.get("rooms.info", &format!("roomId={rid}")).await.ok()["room"].clone();
        for (field, value) in
            [("name", json!("more")), ("t", json!("p")), ("favorite", json!(true)), ("sysMes", json!(["uj"]))]
        {
            assert_eq!(info[field], value, "{field}");
        }
        assert_eq!(info["retention"], json!({ "enabled": true, "maxAge": 3 }));
        let unknown =
            admin.post("rooms.saveRoomSettings", json!({ "rid": rid, "usersCount": 9 })).await.refused();
        assert_eq!(unknown, "error-invalid-settings");
        let half = json!({ "rid": rid, "roomTopic": "new", "roomType": "x" });
        assert_eq!(admin.post("rooms.saveRoomSettings", half).await.refused(), "error-invalid-room-type");
        assert_eq!(admin.get("rooms.info", &format!("roomId={rid}")).await.ok()["room"]["topic"], "t");
        let own = create(&alice, "groups", "own", json!({})).await;
        let default =
            alice.post("rooms.saveRoomSettings", json!({ "rid": id(&own), "default": true })).await.refused();
        assert_eq!(default, "error-action-not-allowed");
        let saved =
            alice.method("saveRoomSettings", json!([id(&own), "roomTopic", "by method"])).await.unwrap();
        assert_eq!(saved, json!({ "result": true, "rid": id(&own) }));
    }
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        for (kind, _) in KINDS {
            let room = create(&alice, kind, &format!("{kind}-roles"), json!({ "members": ["bob"] })).await;
            let rid = id(&room);
            let change = async |what: &str, who: &str| {
                alice.post(&format!("{kind}.{what}"), json!({ "roomId": rid, "userId": who })).await
            };
            for role in ["Moderator", "Leader", "Owner"] {
                change(&format!("add{role}"), "bob").await.ok();
                let twice = change(&format!("add{role}"), "bob").await.refused();
                assert_eq!(twice, format!("error-user-already-{}", role.to_lowercase()));
            }
            let moderators = bob.get(&format!("{kind}.moderators"), &format!("roomId={rid}")).await.ok();
            assert_eq!(moderators["moderators"][0]["username"], "bob");
            change("removeOwner", "alice").await.ok();
            assert_eq!(change("removeOwner", "bob").await.refused(), "error-not-allowed");
            let last =
                bob.post(&format!("{kind}.removeOwner"), json!({ "roomId": rid, "userId": "bob" })).await;
            assert_eq!(last.refused(), "error-remove-last-owner");
            let history = bob.get(&format!("{kind}.history"), &format!("roomId={rid}")).await.ok();
            assert_eq!(history["messages"][0]["role"], "owner");
        }
    }
}

#[tokio::test]
async fn an_archived_room_is_kept_for_reading() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        for (kind, key) in KINDS {
            let room = create(&admin, kind, &format!("{kind}-old"), json!({})).await;
            let about = json!({ "roomId": id(&room) });
            admin.post(&format!("{kind}.archive"), about.clone()).await.ok();
            let info = admin.get(&format!("{kind}.info"), &format!("roomId={}", id(&room))).await.ok();
            assert_eq!(info[key]["archived"], true);
            let topic = json!({ "roomId": id(&room), "topic": "x" });
            assert_eq!(admin.post(&format!("{kind}.setTopic"), topic).await.refused(), "error-room-archived");
            admin.post(&format!("{kind}.unarchive"), about.clone()).await.ok();
            admin.post(&format!("{kind}.close"), about.clone()).await.ok();
            let twice = admin.post(&format!("{kind}.close"), about.clone()).await.refused();
            assert!(twice.contains("is already closed to the sender"), "{twice}");
            admin.post(&format!("{kind}.open"), about.clone()).await.ok();
            assert_eq!(admin.post(&format!("{kind}.open"), about).await.status, 400);
        }
    }
}

#[tokio::test]
async fn a_direct_room_is_the_same_for_both() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let room = alice.post("im.create", json!({ "username": "bob" })).await.ok()["room"].clone();
        assert_eq!((&room["t"], &room["_id"]), (&json!("d"), &room["rid"]));
        assert_eq!(room["usernames"], json!(["alice", "bob"]));
        let again = bob.post("dm.create", json!({ "usernames": "alice" })).await.ok();
        assert_eq!(again["room"]["rid"], room["rid"]);
        let rid = room["rid"].as_str().unwrap();
        assert_eq!(bob.get("im.list", "").await.ok()["ims"][0]["_id"], room["rid"]);
        assert_eq!(bob.get("dm.members", &format!("roomId={rid}")).await.ok()["total"], 2);
        assert_eq!(bob.get("im.messages", "username=alice").await.ok()["total"], 0);
        assert_eq!(bob.get("im.counters", &format!("roomId={rid}")).await.ok()["members"], 2);
        assert_eq!(admin.get("im.history", &format!("roomId={rid}")).await.status, 403);
        assert_eq!(admin.get("im.list.everyone", "").await.ok()["total"], 1);
        assert_eq!(
            admin.get("im.messages.others", &format!("roomId={rid}")).await.refused(),
            "error-endpoint-disabled"
        );
        bob.post("im.close", json!({ "roomId": rid })).await.ok();
        assert_eq!(bob.post("im.close", json!({ "roomId": rid })).await.status, 400);
        bob.post("im.open", json!({ "roomId": rid })).await.ok();
        bob.post("im.blockUser", json!({ "roomId": rid, "block": true })).await.ok();
        let own = alice.post("im.create", json!({ "username": "alice" })).await.ok();
        assert_eq!(own["room"]["usernames"], json!(["alice"]));
        assert_eq!(
            alice.post("im.create", json!({ "username": "nobody" })).await.refused(),
            "error-invalid-user"
        );
        let three = alice.method("createDirectMessage", json!(["bob", "admin"])).await.unwrap();
        assert_eq!(three["usernames"], json!(["admin", "alice", "bob"]));
    }
}

#[tokio::test]
async fn members_are_listed_filtered_and_ordered() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.user("carol", &["user"]).await;
        let room = create(&alice, "channels", "crowd", json!({ "members": ["bob", "carol"] })).await;
        let rid = id(&room);
        let names = |body: &Value| -> Vec<String> {
            body["members"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| m["username"].as_str().unwrap().to_owned())
                .collect()
        };
        let all = bob.get("channels.members", &format!(r#"roomId={rid}&sort={{"username":-1}}"#)).await.ok();
        assert_eq!(names(&all), ["carol", "bob", "alice"]);
        let some = bob.get("channels.members", &format!("roomId={rid}&filter=CAR")).await.ok();
        assert_eq!((names(&some), &some["total"]), (vec!["carol".to_owned()], &json!(1)));
        let page = bob.get("channels.members", &format!("roomId={rid}&count=1&offset=1")).await.ok();
        assert_eq!((&page["count"], &page["offset"], &page["total"]), (&json!(1), &json!(1), &json!(3)));
        assert_eq!(
            names(&bob.get("channels.members", &format!("roomId={rid}&status[]=online")).await.ok()).len(),
            0
        );
        alice.post("channels.addModerator", json!({ "roomId": rid, "userId": "carol" })).await.ok();
        let ranked = bob.get("rooms.membersOrderedByRole", &format!("roomId={rid}")).await.ok();
        assert_eq!(names(&ranked), ["alice", "carol", "bob"]);
        assert_eq!(ranked["members"][1]["roles"], json!(["moderator"]));
        let is_member = bob.get("rooms.isMember", &format!("roomId={rid}&username=carol")).await.ok();
        assert_eq!(is_member["isMember"], true);
        let users = bob.method("getUsersOfRoom", json!([rid, true, {}, "bob"])).await.unwrap();
        assert_eq!((&users["total"], &users["records"][0]["_id"]), (&json!(3), &json!("bob")));
        alice.post("rooms.muteUser", json!({ "roomId": rid, "username": "bob" })).await.ok();
        assert_eq!(
            alice.get("rooms.info", &format!("roomId={rid}")).await.ok()["room"]["muted"],
            json!(["bob"])
        );
        alice.post("rooms.unmuteUser", json!({ "roomId": rid, "userId": "bob" })).await.ok();
        assert_eq!(alice.get("rooms.info", &format!("roomId={rid}")).await.ok()["room"]["muted"], json!([]));
    }
}

#[tokio::test]
async fn discussions_hang_on_rooms_and_messages() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let room = create(&alice, "channels", "parent", json!({ "members": ["bob"] })).await;
        let rid = id(&room);
        let said =
            alice.method("sendMessage", json!([{ "_id": "m1", "rid": rid, "msg": "hello" }])).await.unwrap();
        let wish = json!({ "prid": rid, "pmid": said["_id"], "t_name": "About hello", "reply": "so" });
        let discussion = bob.post("rooms.createDiscussion", wish).await.ok()["discussion"].clone();
        assert_eq!((&discussion["prid"], &discussion["fname"]), (&json!(rid), &json!("About hello")));
        assert_eq!(discussion["t"], "c");
        let drid = id(&discussion);
        let nested =
            bob.post("rooms.createDiscussion", json!({ "prid": drid, "t_name": "x" })).await.refused();
        assert_eq!(nested, "error-nested-discussion");
        let missing = bob.post("rooms.createDiscussion", json!({ "prid": rid })).await.refused();
        assert_eq!(missing, "Body parameter \"t_name\" is required.");
        let listed = alice.get("rooms.getDiscussions", &format!("roomId={rid}")).await.ok();
        assert_eq!((&listed["total"], &listed["discussions"][0]["_id"]), (&json!(1), &json!(drid)));
        let info = alice.get("rooms.info", &format!("roomId={drid}")).await.ok();
        assert_eq!(info["parent"]["_id"], rid);
        assert_eq!(types(&alice, "channels", rid).await, ["discussion-created", "said"]);
        let renamed = json!({ "rid": drid, "roomName": "With spaces" });
        bob.post("rooms.saveRoomSettings", renamed).await.ok();
        assert_eq!(
            alice.get("rooms.info", &format!("roomId={drid}")).await.ok()["room"]["fname"],
            "With spaces"
        );
    }
}

#[tokio::test]
async fn messages_are_listed_and_pruned() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let room = create(&alice, "groups", "talk", json!({ "members": ["bob", "admin"] })).await;
        let rid = id(&room);
        for n in 0..4 {
            let text = if n == 1 { "@bob look" } else { "words" };
            let draft = json!([{ "_id": format!("m{n}"), "rid": rid, "msg": text }]);
            alice.method("sendMessage", draft).await.unwrap();
        }
        let counters = bob.get("groups.counters", &format!("roomId={rid}")).await.ok();
        assert_eq!((&counters["unreads"], &counters["userMentions"]), (&json!(4), &json!(1)), "{counters}");
        let mentioned = bob.get("groups.messages", &format!("roomId={rid}&mentionIds=bob")).await.ok();
        assert_eq!((&mentioned["total"], &mentioned["messages"][0]["_id"]), (&json!(1), &json!("m1")));
        let oldest =
            bob.get("groups.messages", &format!(r#"roomId={rid}&count=1&sort={{"ts":1}}"#)).await.ok();
        assert_eq!((&oldest["total"], &oldest["messages"][0]["_id"]), (&json!(4), &json!("m0")));
        let times: Vec<Value> = bob.get("groups.history", &format!("roomId={rid}")).await.ok()["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["ts"].clone())
            .collect();
        let span = json!({ "roomId": rid, "oldest": times[3], "latest": times[1], "inclusive": true });
        assert_eq!(bob.post("rooms.cleanHistory", span.clone()).await.refused(), "error-not-allowed");
        assert_eq!(admin.post("rooms.cleanHistory", span).await.ok()["count"], 3);
        let left = bob.get("groups.info", &format!("roomId={rid}")).await.ok()["group"].clone();
        assert_eq!((&left["msgs"], &left["lastMessage"]["_id"]), (&json!(1), &json!("m3")));
    }
}

#[tokio::test]
async fn administrators_and_pickers_find_rooms() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        create(&alice, "groups", "Findable", json!({})).await;
        create(&alice, "channels", "findme", json!({})).await;
        alice.post("im.create", json!({ "username": "bob" })).await.ok();
        let found = admin.get("rooms.adminRooms", "filter=FIND&types[]=p").await.ok();
        assert_eq!((&found["total"], &found["rooms"][0]["name"]), (&json!(1), &json!("Findable")));
        assert_eq!(admin.get("rooms.adminRooms", "filter=bob").await.ok()["rooms"][0]["t"], "d");
        assert_eq!(admin.get("rooms.adminRooms", "filter=100%25").await.ok()["total"], 0);
        assert_eq!(alice.get("rooms.adminRooms", "").await.refused(), "error-not-authorized");
        for path in
            ["rooms.autocomplete.channelAndPrivate", "rooms.autocomplete.channelAndPrivate.withPagination"]
        {
            let items = alice.get(path, r#"selector={"name":"find"}"#).await.ok();
            assert_eq!(items["items"].as_array().unwrap().len(), 2, "{path}");
        }
        let items = admin.get("rooms.autocomplete.adminRooms", r#"selector={"name":"finda"}"#).await.ok();
        assert_eq!(items["items"][0]["name"], "Findable");
        let free = alice.get("rooms.autocomplete.availableForTeams", "name=find").await.ok();
        assert_eq!(free["items"].as_array().unwrap().len(), 2);
        let browsed = alice
            .method("browseChannels", json!([{ "text": "find", "sortBy": "usersCount" }]))
            .await
            .unwrap();
        assert_eq!(browsed["total"], 2);
        let people =
            alice.method("browseChannels", json!([{ "text": "bo", "type": "users" }])).await.unwrap();
        assert_eq!(people["results"][0]["username"], "bob");
        let teams = alice.method("browseChannels", json!([{ "type": "teams" }])).await.unwrap();
        assert_eq!(teams["total"], 0);
        let list = alice.method("channelsList", json!(["find", "other"])).await.unwrap();
        assert_eq!(list["channels"].as_array().unwrap().len(), 2);
        assert_eq!(alice.get("rooms.nameExists", "roomName=FINDME").await.ok()["exists"], true);
    }
}

#[tokio::test]
async fn a_deleted_room_leaves_a_notice() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let room = create(&alice, "channels", "gone", json!({ "members": ["bob"] })).await;
        assert_eq!(
            bob.post("rooms.delete", json!({ "roomId": id(&room) })).await.refused(),
            "error-not-allowed"
        );
        assert_eq!(bob.get("rooms.get", "").await.ok()["update"].as_array().unwrap().len(), 1);
        alice.post("channels.delete", json!({ "roomName": "gone" })).await.ok();
        let after = bob.get("rooms.get", "updatedSince=2020-01-01T00:00:00.000Z").await.ok();
        assert_eq!((&after["update"], &after["remove"][0]["_id"]), (&json!([]), &room["_id"]));
        let info = alice.get("channels.info", &format!("roomId={}", id(&room))).await.refused();
        assert_eq!(info, "error-room-not-found");
    }
}

fn user(name: &str) -> User {
    serde_json::from_value(json!({ "_id": name, "username": name, "name": name, "roles": ["user"] })).unwrap()
}

#[tokio::test]
async fn rooms_follow_what_happens_to_people() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        world.happens(UserCreated { user: user("alice"), join_default_channels: true }).await.unwrap();
        assert_eq!(alice.get("channels.list.joined", "").await.ok()["channels"][0]["_id"], "GENERAL");
        let shared = create(&alice, "channels", "shared", json!({ "members": ["bob"] })).await;
        create(&alice, "groups", "alone", json!({})).await;
        let direct = bob.post("im.create", json!({ "username": "alice" })).await.ok();
        let renamed = User { username: Some("alicia".into()), ..user("alice") };
        let event =
            UsernameChanged { user: renamed.clone(), old: Some("alice".into()), new: "alicia".into() };
        world.happens(event).await.unwrap();
        let info =
            bob.get("rooms.info", &format!("roomId={}", direct["room"]["rid"].as_str().unwrap())).await.ok();
        assert_eq!(info["room"]["usernames"], json!(["alicia", "bob"]));
        let deleting = |confirmed| UserDeleting {
            user: renamed.clone(),
            messages: ErasureType::Keep,
            confirm_relinquish: confirmed,
            by: "admin".into(),
        };
        let refused = world.happens(deleting(false)).await.unwrap_err();
        assert!(refused.is("user-last-owner"));
        assert_eq!(
            refused.details.unwrap(),
            json!({ "shouldBeRemoved": ["alone"], "shouldChangeOwner": ["shared"] })
        );
        world.happens(deleting(true)).await.unwrap();
        let roles = bob.get("channels.roles", &format!("roomId={}", id(&shared))).await.ok();
        assert_eq!(roles["roles"][0]["u"]["_id"], "bob");
        assert_eq!(admin.get("rooms.adminRooms", "filter=alone").await.ok()["total"], 0);
        assert_eq!(bob.get("im.list", "").await.ok()["total"], 0);
        assert_eq!(bob.get("channels.info", "roomName=shared").await.ok()["channel"]["usersCount"], 1);
    }
}
