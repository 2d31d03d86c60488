//! Private groups as their people and strangers use them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use gantry_kernel::caller::Ctx;
use serde_json::{Value, json};

use crate::world::{Actor, Answer, World, worlds};

fn error(answer: Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn wrong_types_are_refused_in_words() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for (kind, param) in [("groups", "Body param"), ("channels", "Param")] {
            let create = async |more: Value| {
                let mut wish = json!({ "name": "wrong" });
                wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                error(alice.post(&format!("{kind}.create"), wish).await)
            };
            assert_eq!(create(json!({ "name": "" })).await, format!("{param} \"name\" is required"));
            assert_eq!(
                create(json!({ "members": "bob" })).await,
                format!("{param} \"members\" must be an array if provided")
            );
            assert_eq!(
                create(json!({ "customFields": "red" })).await,
                format!("{param} \"customFields\" must be an object if provided")
            );
            assert_eq!(
                create(json!({ "extraData": "red" })).await,
                format!("{param} \"extraData\" must be an object if provided")
            );
        }
    }
}

#[tokio::test]
async fn texts_can_be_taken_away_and_must_be_named() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let group = alice.post("groups.create", json!({ "name": "texts" })).await.ok()["group"].clone();
        let rid = &group["_id"];
        for (path, field) in [
            ("groups.setTopic", "topic"),
            ("groups.setDescription", "description"),
            ("groups.setPurpose", "purpose"),
            ("groups.setAnnouncement", "announcement"),
        ] {
            let set = alice.post(path, json!({ "roomId": rid, field: "hello" })).await.ok();
            assert_eq!(set[field], "hello", "{path}");
            let none = alice.post(path, json!({ "roomId": rid, field: null })).await.ok();
            assert_eq!(none[field], "", "{path}");
            let unnamed = error(alice.post(path, json!({ "roomId": rid })).await);
            assert_eq!(unnamed, format!("The bodyParam \"{field}\" is required"));
            let stranger = bob.post(path, json!({ "roomId": rid, field: "mine" })).await.refused();
            assert_eq!(stranger, "error-room-not-found", "{path}");
        }
        let fields =
            error(alice.post("groups.setCustomFields", json!({ "roomId": rid, "customFields": "x" })).await);
        assert_eq!(fields, "The bodyParam \"customFields\" is required with a type like object.");
    }
}

#[tokio::test]
async fn members_see_the_custom_fields_of_their_rooms() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let wish = json!({ "name": "fields", "members": ["bob"], "customFields": { "colour": "red" } });
        let group = alice.post("groups.create", wish).await.ok()["group"].clone();
        let query = format!("roomId={}", group["_id"].as_str().unwrap());
        let one = bob.get("subscriptions.getOne", &query).await.ok();
        assert_eq!(one["subscription"]["customFields"], json!({ "colour": "red" }));
        let since = bob.get("subscriptions.get", "").await.ok()["update"][0]["_updatedAt"].clone();
        let change = json!({ "roomId": group["_id"], "customFields": { "colour": "blue" } });
        let changed = alice.post("groups.setCustomFields", change).await.ok();
        assert_eq!(changed["group"]["customFields"], json!({ "colour": "blue" }));
        let query = format!("updatedSince={}", since.as_str().unwrap());
        let news = bob.get("subscriptions.get", &query).await.ok();
        assert_eq!(news["update"][0]["customFields"], json!({ "colour": "blue" }), "{news}");
    }
}

#[tokio::test]
async fn roles_of_somebody_who_is_not_in_the_room() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let group = alice.post("groups.create", json!({ "name": "roles" })).await.ok()["group"].clone();
        let body = json!({ "roomId": group["_id"], "userId": "bob" });
        for (path, refusal) in [
            ("groups.addOwner", "error-user-not-in-room"),
            ("groups.addModerator", "error-user-not-in-room"),
            ("groups.addLeader", "error-user-not-in-room"),
            ("groups.removeOwner", "error-invalid-room"),
            ("groups.removeModerator", "error-invalid-room"),
            ("groups.removeLeader", "error-user-not-in-room"),
        ] {
            assert_eq!(alice.post(path, body.clone()).await.refused(), refusal, "{path}");
            assert_eq!(bob.post(path, body.clone()).await.refused(), "error-room-not-found", "{path}");
        }
        let last =
            alice.post("groups.removeOwner", json!({ "roomId": group["_id"], "userId": "alice" })).await;
        assert_eq!(last.refused(), "error-remove-last-owner");
    }
}

#[tokio::test]
async fn the_members_of_no_room_are_not_listed() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for params in [json!([]), json!([null, true]), json!(["", true])] {
            let refused = alice.method("getUsersOfRoom", params).await.unwrap_err();
            assert!(refused.is("error-invalid-room"), "{refused}");
        }
        let refused = alice.method("getUsersOfRoom", json!(["nowhere", true])).await.unwrap_err();
        assert!(refused.is("error-not-allowed"), "{refused}");
    }
}

#[tokio::test]
async fn an_archived_group_takes_new_members_and_a_channel_does_not() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for (kind, key) in [("groups", "group"), ("channels", "channel")] {
            let made =
                alice.post(&format!("{kind}.create"), json!({ "name": format!("{kind}-old") })).await.ok();
            let rid = &made[key]["_id"];
            alice.post(&format!("{kind}.archive"), json!({ "roomId": rid })).await.ok();
            let invite = json!({ "roomId": rid, "userId": "bob" });
            let answer = alice.post(&format!("{kind}.invite"), invite).await;
            if kind == "groups" {
                assert_eq!(answer.ok()[key]["usersCount"], 2);
            } else {
                assert_eq!(answer.refused(), "error-room-archived");
            }
        }
    }
}

#[tokio::test]
async fn a_history_of_a_group_is_shorter_unless_one_says_how_long() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for (kind, key, without, replies) in [("groups", "group", 20, 1), ("channels", "channel", 50, 0)] {
            let made =
                alice.post(&format!("{kind}.create"), json!({ "name": format!("{kind}-long") })).await.ok();
            let rid = made[key]["_id"].as_str().unwrap();
            for n in 0..51 {
                alice.post("chat.postMessage", json!({ "roomId": rid, "text": format!("{n}") })).await.ok();
            }
            let read = alice.get(&format!("{kind}.history"), &format!("roomId={rid}")).await.ok();
            assert_eq!(read["messages"].as_array().unwrap().len(), without, "{kind}");
            let newest = &read["messages"][0]["_id"];
            alice
                .post("chat.postMessage", json!({ "roomId": rid, "text": "reply", "tmid": newest }))
                .await
                .ok();
            let read = alice.get(&format!("{kind}.history"), &format!("roomId={rid}&count=1")).await.ok();
            let shown = usize::from(read["messages"][0]["msg"] == "reply");
            assert_eq!(shown, replies, "{kind}: a reply stays in its thread");
        }
    }
}

#[tokio::test]
async fn whoever_invites_somebody_again_is_told_so() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let wish = json!({ "name": "again", "members": ["bob"] });
        let group = alice.post("groups.create", wish).await.ok()["group"].clone();
        let notices = world.listen("notify-user", "alice/message");
        let invite = json!({ "roomId": group["_id"], "usernames": ["bob", "admin"] });
        assert_eq!(alice.post("groups.invite", invite).await.ok()["group"]["usersCount"], 3);
        let told = world.heard(&notices).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((&told[0]["msg"], &told[0]["rid"]), (&json!("`@bob` is already in here."), &group["_id"]));
        let params = json!([{ "rid": group["_id"], "users": ["admin"] }]);
        alice.method("addUsersToRoom", params).await.unwrap();
        assert_eq!(world.heard(&notices).await[0]["msg"], "`@admin` is already in here.");
    }
}

#[tokio::test]
async fn everybody_hears_who_got_a_role() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let wish = json!({ "name": "shown", "members": ["bob"] });
        let group = alice.post("groups.create", wish).await.ok()["group"].clone();
        let changes = world.listen("notify-logged", "roles-change");
        let body = json!({ "roomId": group["_id"], "userId": "bob" });
        alice.post("groups.addModerator", body).await.ok();
        let user = json!({ "_id": "bob", "username": "bob", "name": "bob Real" });
        let change = json!({ "type": "added", "_id": "moderator", "u": user, "scope": group["_id"] });
        assert_eq!(world.heard(&changes).await, [change]);
    }
}

#[tokio::test]
async fn what_is_wrong_whatever_the_room_is_is_said_first() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for (path, param) in [
            ("setTopic", "topic"),
            ("setDescription", "description"),
            ("setPurpose", "purpose"),
            ("setAnnouncement", "announcement"),
            ("setReadOnly", "readOnly"),
            ("setType", "type"),
            ("rename", "name"),
        ] {
            let answer = alice.post(&format!("groups.{path}"), json!({})).await;
            assert_eq!(answer.refused(), format!("The bodyParam \"{param}\" is required"));
        }
        let fields =
            alice.post("groups.setCustomFields", json!({ "roomId": "nowhere", "customFields": "x" })).await;
        assert!(fields.refused().starts_with("The bodyParam \"customFields\""));
        for path in ["groups.messages", "channels.messages"] {
            assert_eq!(alice.get(path, "count=1").await.refused(), "invalid-params", "{path}");
        }
    }
}

#[tokio::test]
async fn an_empty_parameter_names_a_room_that_is_not_there() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        alice.post("groups.create", json!({ "name": "named" })).await.ok();
        let asked = async |path: &str, query: &str| alice.get(path, query).await.refused();
        for path in ["groups.info", "groups.history", "groups.members", "groups.roles", "groups.files"] {
            assert_eq!(asked(path, "").await, "error-room-param-not-provided", "{path}");
            assert_eq!(asked(path, "roomId=&roomName=").await, "error-room-param-not-provided", "{path}");
            for query in ["roomId=", "roomName=", "roomId=&roomName=named"] {
                assert_eq!(asked(path, query).await, "error-room-not-found", "{path} {query}");
            }
        }
        // Counters look at it the other way round.
        assert_eq!(asked("groups.counters", "").await, "error-room-not-found");
        for query in ["roomId=", "roomName=", "roomId=&roomName=named"] {
            assert_eq!(asked("groups.counters", query).await, "error-room-param-not-provided", "{query}");
        }
        alice.post("groups.archive", json!({ "roomName": "named" })).await.ok();
        // Of an archived one they say that first, even to those who may not ask for others.
        assert_eq!(asked("groups.counters", "roomName=named&userId=bob").await, "error-room-archived");
        assert_eq!(asked("rooms.info", "").await, "error-roomid-param-not-provided");
        assert_eq!(asked("rooms.info", "roomId=").await, "error-room-not-found");
        for query in ["roomId=x", "_id=x&more=1"] {
            assert_eq!(asked("groups.online", query).await, "invalid-params", "{query}");
        }
        assert_eq!(asked("groups.online", "query=%7B%7D").await, "Invalid query");
    }
}

#[tokio::test]
async fn an_invitation_looks_at_the_name_where_the_id_is_empty() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        alice.post("groups.create", json!({ "name": "party" })).await.ok();
        let ask = async |room: Value| {
            let mut wish = json!({ "userId": bob.uid });
            wish.as_object_mut().unwrap().extend(room.as_object().unwrap().clone());
            alice.post("groups.invite", wish).await
        };
        for nowhere in [json!({}), json!({ "roomId": "" }), json!({ "roomId": " ", "roomName": "" })] {
            assert_eq!(ask(nowhere).await.refused(), "error-room-param-not-provided");
        }
        let party = ask(json!({ "roomId": "", "roomName": "party" })).await.ok();
        assert_eq!(party["group"]["usersCount"], 2);
    }
}

#[tokio::test]
async fn a_channel_that_is_not_named_is_refused_by_schema_or_not_found() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let lacking = |first: &str, second: &str| {
            format!(
                "must have required property '{first}'\n must have required property '{second}'\n \
                 must match exactly one schema in oneOf [invalid-params]"
            )
        };
        for path in ["archive", "unarchive", "delete", "open", "leave", "kick", "join", "addAll"] {
            let answer = alice.post(&format!("channels.{path}"), json!({})).await;
            assert_eq!(answer.body["error"], lacking("roomId", "roomName"), "{path}");
        }
        for (path, param) in [("setReadOnly", "readOnly"), ("setAnnouncement", "announcement")] {
            let answer = alice.post(&format!("channels.{path}"), json!({ "roomId": "x" })).await;
            assert_eq!(answer.body["error"], lacking(param, "roomName"), "{path}");
        }
        for path in ["history", "roles", "moderators", "files"] {
            assert_eq!(
                alice.get(&format!("channels.{path}"), "").await.refused(),
                "invalid-params",
                "{path}"
            );
        }
        for path in ["info", "members", "counters"] {
            let answer = alice.get(&format!("channels.{path}"), "").await;
            assert_eq!(answer.refused(), "error-room-not-found", "{path}");
        }
        for path in ["close", "addOwner", "invite", "setDefault"] {
            let answer = alice.post(&format!("channels.{path}"), json!({})).await;
            assert_eq!(answer.refused(), "error-room-not-found", "{path}");
        }
    }
}

#[tokio::test]
async fn groups_tell_what_keeps_them_from_being_teams() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let wish = json!({ "name": "crew", "members": ["bob"] });
        let crew = alice.post("groups.create", wish).await.ok()["group"]["_id"].clone();
        let convert = async |room: Value| alice.post("groups.convertToTeam", room).await;
        for empty in [json!({ "roomId": "" }), json!({ "roomId": crew, "roomName": "" })] {
            assert_eq!(error(convert(empty).await), "The parameter \"roomId\" or \"roomName\" is required");
        }
        assert_eq!(convert(json!({})).await.refused(), "error-room-param-not-provided");
        assert_eq!(convert(json!({ "roomId": "nowhere" })).await.refused(), "error-room-not-found");
        let member = bob.post("groups.convertToTeam", json!({ "roomId": crew })).await;
        assert_eq!((member.status, &member.body["error"]), (403, &json!("unauthorized")));
        let stranger = admin.post("groups.convertToTeam", json!({ "roomId": crew })).await;
        assert_eq!(stranger.refused(), "error-room-not-found");
        alice.post("groups.archive", json!({ "roomId": crew })).await.ok();
        assert_eq!(convert(json!({ "roomId": crew })).await.refused(), "error-room-archived");
    }
}

/// Gives somebody another name.
async fn call(world: &World, actor: &Actor<'_>, name: &'static str) {
    let (ctx, uid) = (Ctx::internal(&world.kernel), actor.uid.clone());
    ctx.write(async move |tx| {
        let mut user = gantry_accounts::users::by_id(tx, &uid).await?.unwrap();
        user.name = Some(name.to_owned());
        gantry_accounts::users::save(tx, &user).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_last_message_of_a_room_shows_the_names_that_people_have_now() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.set("UI_Use_Real_Name", json!(true)).await;
        let wish = json!({ "name": "names", "members": ["bob"] });
        let rid = alice.post("groups.create", wish).await.ok()["group"]["_id"].clone();
        let message = alice.sends(json!({ "rid": rid, "msg": "hello @bob" })).await;
        bob.post("chat.react", json!({ "messageId": message["_id"], "emoji": ":wave:" })).await.ok();
        call(&world, &bob, "Robert").await;
        let query = format!("roomId={}", rid.as_str().unwrap());
        let one = alice.get("groups.info", &query).await.ok()["group"].clone();
        let listed = alice.get("groups.list", "").await.ok()["groups"][0].clone();
        let own = alice.get("rooms.get", "").await.ok()["update"].clone();
        let own = own.as_array().unwrap().iter().find(|room| room["_id"] == rid).unwrap().clone();
        for room in [one, listed, own] {
            let last = &room["lastMessage"];
            assert_eq!(last["mentions"][0]["name"], "Robert");
            assert_eq!(last["reactions"][":wave:"]["names"], json!(["Robert"]));
        }
        world.set("UI_Use_Real_Name", json!(false)).await;
        let plain = alice.get("groups.info", &query).await.ok()["group"]["lastMessage"].clone();
        assert!(plain["reactions"][":wave:"].get("names").is_none(), "{plain}");
    }
}

#[tokio::test]
async fn a_history_without_times_is_a_whole_one() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = alice.post("groups.create", json!({ "name": "past" })).await.ok()["group"]["_id"].clone();
        alice.sends(json!({ "rid": rid, "msg": "then" })).await;
        let query = format!("roomId={}&latest=&oldest=", rid.as_str().unwrap());
        assert_eq!(alice.get("groups.history", &query).await.ok()["messages"][0]["msg"], "then");
    }
}

#[tokio::test]
async fn lists_refuse_parameters_that_they_do_not_know() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let group =
            alice.post("groups.create", json!({ "name": "strict" })).await.ok()["group"]["_id"].clone();
        let direct = alice.post("im.create", json!({ "username": "bob" })).await.ok()["room"]["_id"].clone();
        let [group, direct] = [&group, &direct].map(|id| id.as_str().unwrap().to_owned());
        let channel = alice.channel("wide", &["bob"]).await;
        for (path, room) in [
            ("groups.messages", format!("roomId={group}")),
            ("channels.messages", format!("roomId={channel}")),
            ("channels.getAllUserMentionsByChannel", format!("roomId={channel}")),
            ("im.messages", format!("roomId={direct}")),
            ("im.members", format!("roomId={direct}")),
            ("im.files", format!("roomId={direct}")),
            ("chat.getThreadsList", format!("rid={group}")),
        ] {
            let known = format!("{room}&count=5&offset=0&query=%7B%7D&sort=%7B%22ts%22%3A1%7D");
            alice.get(path, &known).await.ok();
            let unknown = alice.get(path, &format!("{room}&colour=red")).await;
            assert_eq!(unknown.refused(), "invalid-params", "{path}");
        }
        let span = "inclusive=true&unreads=false&showThreadMessages=true&count=5";
        bob.get("im.history", &format!("roomId={direct}&{span}")).await.ok();
        let unknown = bob.get("im.history", &format!("roomId={direct}&colour=red")).await;
        assert_eq!(unknown.refused(), "invalid-params");
    }
}
