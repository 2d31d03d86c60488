//! Private groups as their people and strangers use them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use serde_json::{Value, json};

use crate::world::{Answer, worlds};

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
