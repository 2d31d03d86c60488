//! Direct rooms as their people and strangers use them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Answer, worlds};
use serde_json::json;

fn error(answer: Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_direct_room_is_named_by_id_or_by_person_and_not_by_both() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let room = alice.post("im.create", json!({ "username": "bob" })).await.ok()["room"].clone();
        let rid = room["rid"].as_str().unwrap();
        assert_eq!(bob.get("im.members", &format!("roomId={rid}")).await.ok()["total"], 2);
        assert_eq!(bob.get("im.members", "username=alice").await.ok()["total"], 2);
        assert_eq!(
            error(bob.get("im.messages", "").await),
            "must have required property 'roomId'\n must have required property 'username'\n \
             must match exactly one schema in oneOf [invalid-params]"
        );
        assert_eq!(
            error(bob.get("im.messages", &format!("roomId={rid}&username=alice")).await),
            "must NOT have additional properties\n must NOT have additional properties\n \
             must match exactly one schema in oneOf [invalid-params]"
        );
        assert_eq!(
            error(bob.post("im.create", json!({})).await),
            "must have required property 'usernames'\n must have required property 'username'\n \
             must match exactly one schema in oneOf [invalid-params]"
        );
        assert_eq!(
            error(bob.post("im.delete", json!({})).await),
            "must have required property 'roomId'\n must have required property 'username'\n \
             must match exactly one schema in oneOf [invalid-params]"
        );
        let history = error(bob.get("im.history", "").await);
        assert_eq!(history, "must have required property 'roomId' [invalid-params]");
    }
}

#[tokio::test]
async fn a_room_that_is_not_there_looks_like_one_of_other_people() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let room = alice.post("im.create", json!({ "username": "bob" })).await.ok()["room"].clone();
        let eve = world.user("eve", &["user"]).await;
        for rid in [room["rid"].as_str().unwrap(), "nowhere", "alice"] {
            for path in ["im.open", "im.setTopic"] {
                let answer = eve.post(path, json!({ "roomId": rid, "topic": "mine" })).await;
                assert_eq!(
                    (answer.status, &answer.body["error"]),
                    (403, &json!("unauthorized")),
                    "{path} {rid}"
                );
            }
            assert_eq!(eve.get("im.counters", &format!("roomId={rid}")).await.status, 403, "{rid}");
        }
        let gone = error(bob.post("im.close", json!({ "roomId": "nowhere" })).await);
        assert_eq!(gone, "The user is not subscribed to the room");
        assert_eq!(eve.post("im.close", json!({ "roomId": room["rid"] })).await.status, 403);
        assert_eq!(eve.get("im.list", "").await.ok()["total"], 0, "a refusal opens no room");
        let missing = error(eve.post("im.open", json!({})).await);
        assert_eq!(missing, "Body param \"roomId\" is required [error-room-param-not-provided]");
    }
}

#[tokio::test]
async fn counters_of_somebody_else_are_for_administrators() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let room = alice.post("im.create", json!({ "username": "bob" })).await.ok()["room"].clone();
        let rid = room["rid"].as_str().unwrap();
        alice.post("chat.postMessage", json!({ "roomId": rid, "text": "hello" })).await.ok();
        let own = bob.get("im.counters", &format!("roomId={rid}")).await.ok();
        assert_eq!((&own["joined"], &own["msgs"], &own["members"]), (&json!(true), &json!(1), &json!(2)));
        let query = format!("roomId={rid}&userId=bob");
        assert_eq!(alice.get("im.counters", &query).await.status, 403);
        let others = admin.get("im.counters", &query).await.ok();
        assert_eq!(others["joined"], true, "{others}");
    }
}
