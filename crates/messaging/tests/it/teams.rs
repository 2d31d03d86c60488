//! Teams as their people use them, and as strangers meet them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use gantry_accounts::users::events::UsernameSought;
use serde_json::{Value, json};

async fn team(who: &Actor<'_>, name: &str, kind: i64, more: Value) -> Value {
    let mut wish = json!({ "name": name, "type": kind });
    wish.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    who.post("teams.create", wish).await.ok()["team"].clone()
}

async fn room(who: &Actor<'_>, kind: &str, name: &str) -> String {
    let body = who.post(&format!("{kind}.create"), json!({ "name": name })).await.ok();
    body.get("channel").or(body.get("group")).unwrap()["_id"].as_str().unwrap().to_owned()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

async fn put(who: &Actor<'_>, team: &Value, rooms: &[&str]) {
    who.post("teams.addRooms", json!({ "teamId": team["_id"], "rooms": rooms })).await.ok();
}

async fn types(who: &Actor<'_>, rid: &str) -> Vec<String> {
    let kind = "groups";
    let mut history = who.get(&format!("{kind}.history"), &format!("roomId={rid}&count=100")).await;
    if history.status != 200 {
        history = who.get("channels.history", &format!("roomId={rid}&count=100")).await;
    }
    let history = history.ok();
    let messages = history["messages"].as_array().unwrap().iter();
    messages.map(|message| message["t"].as_str().unwrap_or("said").to_owned()).collect()
}

async fn names(who: &Actor<'_>, path: &str, query: &str, list: &str) -> Vec<String> {
    let body = who.get(path, query).await.ok();
    let names = body[list].as_array().unwrap().iter();
    let mut names: Vec<String> = names.map(|entry| text(entry, "name").to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_team_has_a_main_room_with_the_same_people() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let made = team(&alice, "crew", 1, json!({ "members": ["bob"] })).await;
        assert_eq!((&made["type"], &made["createdBy"]["username"]), (&json!(1), &json!("alice")));
        let info = alice.get("rooms.info", &format!("roomId={}", text(&made, "roomId"))).await.ok();
        assert_eq!((&info["room"]["teamMain"], &info["room"]["t"]), (&json!(true), &json!("p")));
        assert_eq!((&info["team"]["_id"], &info["team"]["name"]), (&made["_id"], &json!("crew")));
        let members = alice.get("teams.members", "teamName=crew").await.ok();
        assert_eq!(members["total"], 2);
        let alices = &members["members"][0];
        assert_eq!((&alices["user"]["username"], &alices["roles"]), (&json!("alice"), &json!(["owner"])));
        let listed = alice.get("teams.list", "").await.ok();
        assert_eq!(
            (&listed["teams"][0]["numberOfUsers"], &listed["teams"][0]["rooms"]),
            (&json!(2), &json!(0))
        );
    }
}

#[tokio::test]
async fn names_are_given_once_to_teams_rooms_and_users() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        team(&alice, "crew", 0, json!({})).await;
        room(&alice, "channels", "taken").await;
        for (name, refusal) in [
            ("crew", "team-name-already-exists"),
            ("CREW", "team-name-already-exists"),
            ("bob", "team-name-already-exists"),
            ("taken", "room-name-already-exists"),
            ("no name*", "error-team-creation"),
        ] {
            let refused = alice.post("teams.create", json!({ "name": name, "type": 0 })).await.refused();
            assert_eq!(refused, refusal, "{name}");
        }
        let name = |username: &str| UsernameSought { username: username.to_owned() };
        assert!(world.happens(name("Crew")).await.unwrap_err().is("error-field-unavailable"));
        world.happens(name("free")).await.unwrap();
        let other = room(&alice, "channels", "other").await;
        let renamed = alice.post("channels.rename", json!({ "roomId": other, "name": "crew" })).await;
        assert_ne!(renamed.status, 200);
        assert_eq!(alice.get("teams.listAll", "").await.status, 403);
    }
}

#[tokio::test]
async fn whoever_enters_or_leaves_the_main_room_enters_or_leaves_the_team() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let crew = team(&alice, "crew", 0, json!({})).await;
        let main = text(&crew, "roomId").to_owned();
        bob.post("channels.join", json!({ "roomId": main })).await.ok();
        assert_eq!(alice.get("teams.members", "teamName=crew").await.ok()["total"], 2);
        alice.post("channels.addModerator", json!({ "roomId": main, "userId": "bob" })).await.ok();
        let members = alice.get("teams.members", "teamName=crew").await.ok();
        assert_eq!(members["members"][1]["roles"], json!(["moderator"]));
        let wish = json!({ "teamName": "crew", "member": { "userId": "bob", "roles": ["owner"] } });
        alice.post("teams.updateMember", wish).await.ok();
        let roles = alice.get("channels.roles", &format!("roomId={main}")).await.ok();
        assert!(
            roles["roles"]
                .as_array()
                .unwrap()
                .iter()
                .any(|r| r["u"]["_id"] == "bob" && r["roles"] == json!(["owner"]))
        );
        alice.post("channels.kick", json!({ "roomId": main, "userId": "bob" })).await.ok();
        assert_eq!(alice.get("teams.members", "teamName=crew").await.ok()["total"], 1);
        assert_eq!(types(&alice, &main).await[0], "ru");
        bob.post("channels.join", json!({ "roomId": main })).await.ok();
        let removal = json!({ "teamName": "crew", "userId": "bob" });
        alice.post("teams.removeMember", removal).await.ok();
        assert_eq!(types(&alice, &main).await[0], "removed-user-from-team");
        assert_eq!(
            alice.post("teams.leave", json!({ "teamName": "crew" })).await.refused(),
            "last-owner-can-not-be-removed"
        );
    }
}

#[tokio::test]
async fn members_join_the_default_rooms_of_their_team() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        let crew = team(&alice, "crew", 1, json!({ "members": ["bob"] })).await;
        let news = room(&alice, "channels", "news").await;
        put(&alice, &crew, &[&news]).await;
        alice.post("teams.updateRoom", json!({ "roomId": news, "isDefault": true })).await.ok();
        assert_eq!(names(&bob, "channels.list.joined", "", "channels").await, ["news"]);
        let wish = json!({ "teamName": "crew", "members": [{ "userId": "carol" }] });
        alice.post("teams.addMembers", wish).await.ok();
        assert_eq!(names(&carol, "channels.list.joined", "", "channels").await, ["news"]);
        assert_eq!(names(&bob, "teams.listRooms", "teamName=crew&type=autoJoin", "rooms").await, ["news"]);
        let removal = json!({ "teamName": "crew", "userId": "carol", "rooms": [news] });
        alice.post("teams.removeMember", removal).await.ok();
        assert!(names(&carol, "channels.list.joined", "", "channels").await.is_empty());
        assert_eq!(
            carol.get("channels.info", &format!("roomId={news}")).await.refused(),
            "error-room-not-found"
        );
    }
}

#[tokio::test]
async fn a_private_team_keeps_its_rooms_and_people_from_strangers() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let crew = team(&alice, "crew", 1, json!({})).await;
        let (open, closed) = (room(&alice, "channels", "open").await, room(&alice, "groups", "closed").await);
        put(&alice, &crew, &[&open, &closed]).await;
        assert_eq!(bob.get("teams.info", "teamName=crew").await.status, 403);
        assert_eq!(bob.get("teams.members", "teamName=crew").await.ok()["total"], 0);
        assert_eq!(bob.get("teams.listRooms", "teamName=crew").await.refused(), "user-not-on-private-team");
        assert_eq!(
            bob.get("teams.listChildren", "teamName=crew").await.refused(),
            "error-invalid-team-not-a-member"
        );
        assert!(names(&bob, "teams.autocomplete", "name=cr", "teams").await.is_empty());
        assert!(names(&bob, "users.listTeams", "userId=alice", "teams").await.is_empty());
        assert_eq!(names(&alice, "users.listTeams", "userId=alice", "teams").await, ["crew"]);
        assert_eq!(alice.get("users.listTeams", "userId=alice&who=x").await.refused(), "invalid-params");
        assert_eq!(
            bob.get("channels.info", &format!("roomId={open}")).await.refused(),
            "error-room-not-found"
        );
        assert_ne!(bob.post("channels.join", json!({ "roomId": open })).await.status, 200);
        for (path, more) in [
            ("teams.update", json!({ "data": { "name": "mine" } })),
            ("teams.delete", json!({})),
            ("teams.convertToChannel", json!({})),
            ("teams.addMembers", json!({ "members": [{ "userId": "bob" }] })),
            ("teams.updateMember", json!({ "member": { "userId": "bob", "roles": ["owner"] } })),
            ("teams.removeMember", json!({ "userId": "alice" })),
            ("teams.addRooms", json!({ "rooms": [] })),
            ("teams.removeRoom", json!({ "roomId": open })),
        ] {
            let mut body = json!({ "teamName": "crew" });
            body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            assert_eq!(bob.post(path, body).await.status, 403, "{path}");
        }
        let update = json!({ "roomId": open, "isDefault": true });
        assert_eq!(bob.post("teams.updateRoom", update).await.status, 403);
        assert_eq!(bob.get("teams.listRoomsOfUser", "teamName=crew&userId=alice").await.status, 403);
        let mine = room(&bob, "channels", "bobs").await;
        let steal = json!({ "name": "x", "type": 0, "room": { "id": open } });
        assert_eq!(bob.post("teams.create", steal).await.status, 403);
        let move_in = json!({ "teamName": "crew", "rooms": [mine] });
        assert_eq!(bob.post("teams.addRooms", move_in).await.status, 403);
    }
}

#[tokio::test]
async fn nobody_gives_roles_that_they_may_not_give() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.user("carol", &["user"]).await;
        team(&alice, "crew", 0, json!({ "members": ["bob", "carol"] })).await;
        let member = |uid: &str, roles: Value| json!({ "teamName": "crew", "member": { "userId": uid, "roles": roles } });
        alice.post("teams.updateMember", member("bob", json!(["moderator"]))).await.ok();
        assert_eq!(bob.post("teams.updateMember", member("bob", json!(["owner"]))).await.status, 403);
        assert_eq!(bob.post("teams.updateMember", member("alice", json!([]))).await.status, 403);
        let invited = json!({ "teamName": "crew", "members": [{ "userId": "carol", "roles": ["owner"] }] });
        assert_eq!(bob.post("teams.addMembers", invited).await.status, 403);
        let everywhere = alice.post("teams.updateMember", member("carol", json!(["admin"]))).await;
        assert_eq!(everywhere.refused(), "error-invalid-role");
        let last = alice.post("teams.updateMember", member("alice", json!(["moderator"]))).await;
        assert_eq!(last.refused(), "last-owner-can-not-be-removed");
    }
}

#[tokio::test]
async fn rooms_come_and_go_and_outlive_the_team() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let crew = team(&alice, "crew", 0, json!({ "members": ["bob"] })).await;
        let main = text(&crew, "roomId").to_owned();
        let (one, two) = (room(&alice, "channels", "one").await, room(&alice, "groups", "two").await);
        put(&alice, &crew, &[&one, &two]).await;
        assert_eq!(types(&alice, &main).await[0], "user-added-room-to-team");
        let again = json!({ "teamName": "crew", "rooms": [one] });
        assert_eq!(alice.post("teams.addRooms", again).await.refused(), "room-already-on-team");
        assert_eq!(names(&alice, "teams.listRooms", "teamName=crew", "rooms").await, ["one", "two"]);
        assert_eq!(names(&bob, "teams.listRooms", "teamName=crew", "rooms").await, ["one"]);
        let info = alice.get("rooms.info", &format!("roomId={one}")).await.ok();
        assert_eq!((&info["team"]["name"], &info["parent"]["_id"]), (&json!("crew"), &crew["roomId"]));
        let removed = alice.post("teams.removeRoom", json!({ "teamName": "crew", "roomId": one })).await.ok();
        assert_eq!(removed["room"].get("teamId"), None);
        assert_eq!(types(&alice, &main).await[0], "user-removed-room-from-team");
        alice.post("channels.delete", json!({ "roomId": main })).await.ok();
        assert_eq!(alice.get("teams.info", "teamName=crew").await.refused(), "Team not found");
        let two = alice.get("groups.info", &format!("roomId={two}")).await.ok();
        assert_eq!(two["group"].get("teamId"), None);
        team(&alice, "crew", 0, json!({})).await;
    }
}

#[tokio::test]
async fn a_room_becomes_a_team_and_a_room_again() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        for (kind, key) in [("channels", "channelId"), ("groups", "roomId")] {
            let rid = room(&alice, kind, &format!("{kind}-room")).await;
            alice.post(&format!("{kind}.invite"), json!({ "roomId": rid, "userId": "bob" })).await.ok();
            let path = format!("{kind}.convertToTeam");
            assert_eq!(bob.post(&path, json!({ key: rid })).await.status, 403);
            let made = alice.post(&path, json!({ key: rid })).await.ok()["team"].clone();
            assert_eq!(
                (&made["roomId"], text(&made, "name")),
                (&json!(rid), format!("{kind}-room").as_str())
            );
            assert_eq!(types(&alice, &rid).await[0], "user-converted-to-team");
            let query = format!("teamId={}", text(&made, "_id"));
            assert_eq!(bob.get("teams.members", &query).await.ok()["total"], 2);
            let back = json!({ "teamId": made["_id"] });
            alice.post("teams.convertToChannel", back).await.ok();
            assert_eq!(types(&alice, &rid).await[0], "user-converted-to-channel");
            let info = bob.get("rooms.info", &format!("roomId={rid}")).await.ok();
            assert_eq!((info["room"].get("teamMain"), info.get("team")), (None, None));
        }
    }
}

#[tokio::test]
async fn team_and_main_room_change_together() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let crew = team(&alice, "crew", 0, json!({})).await;
        let main = text(&crew, "roomId").to_owned();
        let update = json!({ "teamName": "crew", "data": { "name": "gang", "type": 1 } });
        alice.post("teams.update", update).await.ok();
        let info = alice.get("rooms.info", &format!("roomId={main}")).await.ok();
        assert_eq!((&info["room"]["name"], &info["room"]["t"]), (&json!("gang"), &json!("p")));
        let renamed = json!({ "rid": main, "roomName": "band", "roomType": "c" });
        alice.post("rooms.saveRoomSettings", renamed).await.ok();
        let info = alice.get("teams.info", "teamName=band").await.ok()["teamInfo"].clone();
        assert_eq!((&info["_id"], &info["type"]), (&crew["_id"], &json!(0)));
    }
}

#[tokio::test]
async fn a_team_is_mentioned_and_its_members_are_told() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        team(&alice, "crew", 1, json!({ "members": ["bob"] })).await;
        let rid = room(&alice, "channels", "hall").await;
        for user in ["bob", "carol"] {
            alice.post("channels.invite", json!({ "roomId": rid, "userId": user })).await.ok();
        }
        for who in [&bob, &carol] {
            who.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        }
        let said = alice
            .post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": "@crew hello" } }))
            .await
            .ok();
        assert_eq!(said["message"]["mentions"][0]["type"], "team");
        let query = format!("roomId={rid}");
        let unread = |who: Value| who["subscription"]["userMentions"].clone();
        assert_eq!(unread(bob.get("subscriptions.getOne", &query).await.ok()), 1);
        assert_eq!(unread(carol.get("subscriptions.getOne", &query).await.ok()), 0);
        let stranger =
            carol.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": "@crew" } })).await.ok();
        assert_eq!(stranger["message"]["mentions"], json!([]));
    }
}

#[tokio::test]
async fn rooms_of_a_team_ask_for_rights_in_the_team() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let crew = team(&alice, "crew", 0, json!({ "members": ["bob"] })).await;
        let in_team = |name: &str| json!({ "name": name, "extraData": { "teamId": crew["_id"] } });
        for (path, name) in [("channels.create", "one"), ("groups.create", "two")] {
            assert_ne!(bob.post(path, in_team(name)).await.status, 200, "{path}");
        }
        let member =
            |roles: Value| json!({ "teamName": "crew", "member": { "userId": "bob", "roles": roles } });
        alice.post("teams.updateMember", member(json!(["moderator"]))).await.ok();
        let mut made = Vec::new();
        for (kind, one, name) in [("channels", "channel", "one"), ("groups", "group", "two")] {
            let body = bob.post(&format!("{kind}.create"), in_team(name)).await.ok();
            made.push((kind, text(&body[one], "_id").to_owned()));
        }
        assert_eq!(types(&alice, text(&crew, "roomId")).await[0], "user-added-room-to-team");
        alice.post("teams.updateMember", member(json!([]))).await.ok();
        for (kind, rid) in &made {
            let refused = bob.post(&format!("{kind}.delete"), json!({ "roomId": rid })).await.refused();
            assert_eq!(refused, "error-not-allowed", "{kind}");
            let settings = json!({ "rid": rid, "roomType": if *kind == "channels" { "p" } else { "c" } });
            assert_eq!(
                bob.post("rooms.saveRoomSettings", settings).await.refused(),
                "error-action-not-allowed"
            );
        }
        let deletable = "teamName=crew&userId=bob&canUserDelete=true";
        assert_eq!(bob.get("teams.listRoomsOfUser", deletable).await.ok()["total"], 0);
        let all = bob.get("teams.listRoomsOfUser", "teamName=crew&userId=bob").await.ok();
        assert_eq!((&all["total"], &all["rooms"][0]["isLastOwner"]), (&json!(2), &json!(true)));
        alice.post("teams.updateMember", member(json!(["moderator"]))).await.ok();
        assert_eq!(bob.get("teams.listRoomsOfUser", deletable).await.ok()["total"], 2);
        for (kind, rid) in &made {
            bob.post(&format!("{kind}.delete"), json!({ "roomId": rid })).await.ok();
        }
        assert_eq!(types(&alice, text(&crew, "roomId")).await[0], "user-deleted-room-from-team");
    }
}
