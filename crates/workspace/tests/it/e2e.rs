//! Keys of end-to-end encryption: who stores, sees and passes on whose.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use serde_json::{Value, json};

async fn encrypted_group(owner: &Actor<'_>, members: &[&str]) -> String {
    let wish = json!({ "name": "secret", "members": members, "extraData": { "encrypted": true } });
    owner.post("groups.create", wish).await.ok()["group"]["_id"].as_str().unwrap().to_owned()
}

async fn has_keys(who: &Actor<'_>) {
    let keys = json!({ "public_key": format!("public of {}", who.uid), "private_key": "sealed" });
    who.post("e2e.setUserPublicAndPrivateKeys", keys).await.ok();
}

async fn subscription(who: &Actor<'_>, rid: &str) -> Value {
    who.get("subscriptions.getOne", &format!("roomId={rid}")).await.ok()["subscription"].clone()
}

async fn room(who: &Actor<'_>, rid: &str) -> Value {
    who.get("rooms.info", &format!("roomId={rid}")).await.ok()["room"].clone()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_pair_of_keys_is_its_owners_alone() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        assert_eq!(alice.get("e2e.fetchMyKeys", "").await.ok(), json!({ "success": true }));
        has_keys(&alice).await;
        let keys = alice.get("e2e.fetchMyKeys", "").await.ok();
        assert_eq!(
            (&keys["public_key"], &keys["private_key"]),
            (&json!("public of alice"), &json!("sealed"))
        );
        assert_eq!(alice.method("e2e.fetchMyKeys", json!([])).await.unwrap()["private_key"], "sealed");
        assert!(bob.get("e2e.fetchMyKeys", "").await.ok().get("private_key").is_none());
        let again = json!({ "public_key": "new", "private_key": "new" });
        let refused = alice.post("e2e.setUserPublicAndPrivateKeys", again).await;
        assert_eq!(refused.refused(), "error-keys-already-set");
        let forced = json!([{ "public_key": "new", "private_key": "new", "force": true }]);
        alice.method("e2e.setUserPublicAndPrivateKeys", forced).await.unwrap();
        assert_eq!(alice.get("e2e.fetchMyKeys", "").await.ok()["public_key"], "new");
    }
}

#[tokio::test]
async fn who_leaves_a_room_does_not_wait_for_its_key() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        world.set("E2E_Enable", json!(true)).await;
        let rid = encrypted_group(&alice, &["bob", "carol"]).await;
        for who in [&alice, &bob, &carol] {
            has_keys(who).await;
        }
        let waiting = async || match room(&alice, &rid).await.get("usersWaitingForE2EKeys") {
            Some(list) => list.as_array().unwrap().iter().map(|entry| entry["userId"].clone()).collect(),
            None => Vec::new(),
        };
        alice.post("e2e.setRoomKeyID", json!({ "rid": rid, "keyID": "K1" })).await.ok();
        let own = json!({ "rid": rid, "uid": "alice", "key": "for alice" });
        alice.post("e2e.updateGroupKey", own).await.ok();
        assert_eq!(waiting().await, ["bob", "carol"]);
        bob.post("groups.leave", json!({ "roomId": rid })).await.ok();
        assert_eq!(waiting().await, ["carol"]);
        alice.post("groups.kick", json!({ "roomId": rid, "userId": "carol" })).await.ok();
        assert!(waiting().await.is_empty());
        assert_eq!(room(&alice, &rid).await["usersCount"], 1);
    }
}

#[tokio::test]
async fn a_rooms_key_goes_from_member_to_member() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        world.set("E2E_Enable", json!(true)).await;
        let rid = encrypted_group(&alice, &["bob"]).await;
        for who in [&alice, &bob, &carol] {
            has_keys(who).await;
        }
        alice.post("e2e.setRoomKeyID", json!({ "rid": rid, "keyID": "K1" })).await.ok();
        let twice = bob.post("e2e.setRoomKeyID", json!({ "rid": rid, "keyID": "K2" })).await;
        assert_eq!(twice.refused(), "error-room-e2e-key-already-exists");
        alice
            .post("e2e.updateGroupKey", json!({ "rid": rid, "uid": "alice", "key": "for alice" }))
            .await
            .ok();
        assert_eq!(subscription(&alice, &rid).await["E2EKey"], "for alice");

        let query = format!("rid={rid}");
        let without = alice.get("e2e.getUsersOfRoomWithoutKey", &query).await.ok();
        assert_eq!(without["users"], json!([{ "_id": "bob", "e2e": { "public_key": "public of bob" } }]));
        let waiting = alice.get("e2e.fetchUsersWaitingForGroupKey", &format!("roomIds[]={rid}")).await.ok();
        assert_eq!(
            waiting["usersWaitingForE2EKeys"][&rid],
            json!([{ "_id": "bob", "public_key": "public of bob" }])
        );
        assert_eq!(room(&alice, &rid).await["usersWaitingForE2EKeys"][0]["userId"], "bob");

        let offer = json!({ "usersSuggestedGroupKeys": { &rid: [{ "_id": "bob", "key": "for bob" }] } });
        carol.post("e2e.provideUsersSuggestedGroupKeys", offer.clone()).await.ok();
        assert!(subscription(&bob, &rid).await.get("E2ESuggestedKey").is_none(), "carol is no member");
        alice.post("e2e.provideUsersSuggestedGroupKeys", offer).await.ok();
        assert_eq!(subscription(&bob, &rid).await["E2ESuggestedKey"], "for bob");
        assert!(room(&alice, &rid).await.get("usersWaitingForE2EKeys").is_none());
        bob.post("e2e.rejectSuggestedGroupKey", json!({ "rid": rid })).await.ok();
        assert!(subscription(&bob, &rid).await.get("E2ESuggestedKey").is_none());
        assert_eq!(room(&alice, &rid).await["usersWaitingForE2EKeys"][0]["userId"], "bob");
        alice.post("e2e.updateGroupKey", json!({ "rid": rid, "uid": "bob", "key": "again" })).await.ok();
        bob.post("e2e.acceptSuggestedGroupKey", json!({ "rid": rid })).await.ok();
        let sub = subscription(&bob, &rid).await;
        assert_eq!((&sub["E2EKey"], sub.get("E2ESuggestedKey")), (&json!("again"), None));
        assert!(room(&alice, &rid).await.get("usersWaitingForE2EKeys").is_none());
        let nothing = bob.post("e2e.acceptSuggestedGroupKey", json!({ "rid": rid })).await;
        assert_eq!(nothing.refused(), "error-no-suggested-key-available");
    }
}

#[tokio::test]
async fn strangers_neither_see_nor_give_keys() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.set("E2E_Enable", json!(true)).await;
        let rid = encrypted_group(&alice, &[]).await;
        has_keys(&alice).await;
        has_keys(&bob).await;
        let query = format!("rid={rid}");
        let seen = bob.get("e2e.getUsersOfRoomWithoutKey", &query).await;
        assert_eq!(seen.refused(), "error-invalid-room");
        let named = bob.post("e2e.setRoomKeyID", json!({ "rid": rid, "keyID": "K" })).await;
        assert_eq!(named.refused(), "error-invalid-room");
        let waiting = bob.get("e2e.fetchUsersWaitingForGroupKey", &format!("roomIds[]={rid}")).await.ok();
        assert_eq!(waiting["usersWaitingForE2EKeys"], json!({}));
        bob.post("e2e.updateGroupKey", json!({ "rid": rid, "uid": "alice", "key": "forged" })).await.ok();
        assert!(subscription(&alice, &rid).await.get("E2ESuggestedKey").is_none());
        let reset = bob.post("e2e.resetRoomKey", json!({ "rid": rid, "e2eKey": "x", "e2eKeyId": "y" })).await;
        assert_eq!((reset.status, reset.body["error"].as_str()), (403, Some("unauthorized")));
        let accept = bob.post("e2e.acceptSuggestedGroupKey", json!({ "rid": rid })).await;
        assert_eq!(accept.refused(), "error-subscription-not-found");
        let open = alice.post("channels.create", json!({ "name": "open" })).await.ok();
        let rid = open["channel"]["_id"].clone();
        let named = bob.post("e2e.setRoomKeyID", json!({ "rid": rid, "keyID": "K" })).await;
        assert_eq!(named.refused(), "error-invalid-room", "only members name a key");
    }
}

#[tokio::test]
async fn a_new_key_leaves_the_former_one_for_what_was_written() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = encrypted_group(&alice, &["bob"]).await;
        has_keys(&alice).await;
        has_keys(&bob).await;
        alice.post("e2e.setRoomKeyID", json!({ "rid": rid, "keyID": "K1" })).await.ok();
        for who in [&alice, &bob] {
            let key = json!({ "rid": rid, "uid": who.uid, "key": format!("first of {}", who.uid) });
            who.post("e2e.updateGroupKey", key).await.ok();
        }
        let wish = json!({ "rid": rid, "e2eKey": "second of alice", "e2eKeyId": "K2" });
        alice.post("e2e.resetRoomKey", wish).await.ok();
        let sub = subscription(&alice, &rid).await;
        assert_eq!(sub["E2EKey"], "second of alice");
        assert_eq!(
            (&sub["oldRoomKeys"][0]["E2EKey"], &sub["oldRoomKeys"][0]["e2eKeyId"]),
            (&json!("first of alice"), &json!("K1"))
        );
        let sub = subscription(&bob, &rid).await;
        assert_eq!((sub.get("E2EKey"), &sub["oldRoomKeys"][0]["E2EKey"]), (None, &json!("first of bob")));
        let after = room(&bob, &rid).await;
        assert_eq!(
            (&after["e2eKeyId"], &after["usersWaitingForE2EKeys"][0]["userId"]),
            (&json!("K2"), &json!("bob"))
        );
        assert_eq!(
            ids(&alice.get("e2e.getUsersOfRoomWithoutKey", &format!("rid={rid}")).await.ok()["users"]),
            ["bob"]
        );
    }
}

#[tokio::test]
async fn who_leaves_and_returns_has_no_key() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = encrypted_group(&alice, &["bob"]).await;
        has_keys(&alice).await;
        has_keys(&bob).await;
        bob.post("e2e.updateGroupKey", json!({ "rid": rid, "uid": "bob", "key": "k" })).await.ok();
        alice.post("e2e.updateGroupKey", json!({ "rid": rid, "uid": "alice", "key": "k" })).await.ok();
        let without = async || alice.get("e2e.getUsersOfRoomWithoutKey", &format!("rid={rid}")).await.ok();
        assert!(ids(&without().await["users"]).is_empty());
        bob.post("groups.leave", json!({ "roomId": rid })).await.ok();
        alice.post("groups.invite", json!({ "roomId": rid, "userId": "bob" })).await.ok();
        assert_eq!(ids(&without().await["users"]), ["bob"]);
    }
}

#[tokio::test]
async fn whoever_takes_their_keys_away_loses_the_rooms_too() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = encrypted_group(&alice, &["bob"]).await;
        has_keys(&bob).await;
        bob.post("e2e.updateGroupKey", json!({ "rid": rid, "uid": "bob", "key": "k" })).await.ok();
        assert_eq!(bob.method("e2e.resetOwnE2EKey", json!([])).await.unwrap(), true);
        assert_eq!(bob.get("e2e.fetchMyKeys", "").await.ok(), json!({ "success": true }));
        assert!(subscription(&bob, &rid).await.get("E2EKey").is_none());
        let without = alice.get("e2e.getUsersOfRoomWithoutKey", &format!("rid={rid}")).await.ok();
        assert!(ids(&without["users"]).is_empty(), "without a public key nobody can encrypt for bob");
    }
}
