//! Threads as clients see them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use serde_json::{Value, json};

async fn subscription(who: &Actor<'_>, rid: &str) -> Value {
    who.get("subscriptions.getOne", &format!("roomId={rid}")).await.ok()["subscription"].clone()
}

async fn message(who: &Actor<'_>, id: &Value) -> Value {
    who.get("chat.getMessage", &format!("msgId={}", id.as_str().unwrap())).await.ok()["message"].clone()
}

#[tokio::test]
async fn a_reply_is_counted_and_alerts_those_who_follow() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        let rid = alice.channel("dev", &["bob", "carol"]).await;
        let parent = alice.sends(json!({ "rid": rid, "msg": "question" })).await;
        for who in [&alice, &bob, &carol] {
            who.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        }
        let reply = bob.sends(json!({ "rid": rid, "msg": "answer @carol", "tmid": parent["_id"] })).await;
        let now = message(&alice, &parent["_id"]).await;
        assert_eq!((&now["tcount"], &now["tlm"]), (&json!(1), &reply["ts"]));
        let mut followers: Vec<&str> =
            now["replies"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        followers.sort_unstable();
        assert_eq!(followers, ["alice", "bob", "carol"]);
        let sub = subscription(&alice, &rid).await;
        assert_eq!(
            (&sub["tunread"], &sub["alert"], &sub["unread"]),
            (&json!([parent["_id"]]), &json!(true), &json!(0))
        );
        assert!(sub.get("tunreadUser").is_none());
        assert_eq!(subscription(&carol, &rid).await["tunreadUser"], json!([parent["_id"]]));
        assert!(subscription(&bob, &rid).await.get("tunread").is_none());
        alice.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        assert_eq!(subscription(&alice, &rid).await["alert"], true, "the unread thread keeps the alert");
        alice.method("readThreads", json!([parent["_id"]])).await.unwrap();
        let sub = subscription(&alice, &rid).await;
        assert_eq!((sub.get("tunread"), &sub["alert"]), (None, &json!(false)));
        carol.post("subscriptions.read", json!({ "rid": rid, "readThreads": true })).await.ok();
        assert!(subscription(&carol, &rid).await.get("tunreadUser").is_none());
    }
}

#[tokio::test]
async fn a_reply_to_a_reply_belongs_to_the_same_thread() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = alice.channel("dev", &[]).await;
        let parent = alice.sends(json!({ "rid": rid, "msg": "a" })).await;
        let reply = alice.sends(json!({ "rid": rid, "msg": "b", "tmid": parent["_id"] })).await;
        let nested = alice.sends(json!({ "tmid": reply["_id"], "msg": "c" })).await;
        assert_eq!((&nested["tmid"], &nested["rid"]), (&parent["_id"], &json!(rid)));
        let list = alice
            .get("chat.getThreadMessages", &format!("tmid={}", parent["_id"].as_str().unwrap()))
            .await
            .ok();
        let texts: Vec<&str> =
            list["messages"].as_array().unwrap().iter().map(|m| m["msg"].as_str().unwrap()).collect();
        assert_eq!((texts, &list["total"]), (vec!["b", "c"], &json!(2)));
        let shown = alice
            .post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": "x", "tshow": true } }))
            .await;
        assert_eq!(shown.refused(), "invalid-params");
    }
}

#[tokio::test]
async fn replies_stay_out_of_the_room_unless_shown() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = alice.channel("dev", &["bob"]).await;
        let parent = alice.sends(json!({ "rid": rid, "msg": "a" })).await;
        bob.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        alice.sends(json!({ "rid": rid, "msg": "b", "tmid": parent["_id"] })).await;
        assert_eq!(subscription(&bob, &rid).await["alert"], false, "bob does not follow the thread");
        let room =
            async || alice.get("channels.info", &format!("roomId={rid}")).await.ok()["channel"].clone();
        assert_eq!((&room().await["lastMessage"]["msg"], &room().await["msgs"]), (&json!("a"), &json!(2)));
        alice.sends(json!({ "rid": rid, "msg": "c", "tmid": parent["_id"], "tshow": true })).await;
        assert_eq!(
            (&room().await["lastMessage"]["msg"], &subscription(&bob, &rid).await["alert"]),
            (&json!("c"), &json!(true))
        );
    }
}

#[tokio::test]
async fn threads_are_listed_by_what_one_follows_and_has_not_read() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = alice.channel("dev", &["bob"]).await;
        let mut parents = Vec::new();
        for text in ["First idea", "Second idea"] {
            let parent = alice.sends(json!({ "rid": rid, "msg": text })).await;
            alice.sends(json!({ "rid": rid, "msg": "reply", "tmid": parent["_id"] })).await;
            parents.push(parent["_id"].clone());
        }
        let list = async |more: &str| {
            let body = bob.get("chat.getThreadsList", &format!("rid={rid}{more}")).await.ok();
            assert_eq!(body["count"], body["threads"].as_array().unwrap().len());
            body["threads"].as_array().unwrap().iter().map(|m| m["_id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(list("").await, [parents[1].clone(), parents[0].clone()]);
        assert_eq!(list("&text=FIRST").await, [parents[0].clone()]);
        assert_eq!(list("&type=following").await, Vec::<Value>::new());
        bob.post("chat.followMessage", json!({ "mid": parents[0] })).await.ok();
        assert_eq!(list("&type=following").await, [parents[0].clone()]);
        alice.sends(json!({ "rid": rid, "msg": "more", "tmid": parents[0] })).await;
        assert_eq!(list("&type=unread").await, [parents[0].clone()]);
        bob.post("chat.unfollowMessage", json!({ "mid": parents[0] })).await.ok();
        assert_eq!((list("&type=unread").await.len(), list("&type=following").await.len()), (0, 0));
        assert_eq!(
            bob.get("chat.getThreadsList", &format!("rid={rid}&type=x")).await.refused(),
            "invalid-params"
        );
        assert_eq!(
            bob.post("chat.followMessage", json!({ "mid": "x" })).await.refused(),
            "error-invalid-message"
        );
        world.set("Threads_enabled", json!(false)).await;
        assert_eq!(
            bob.get("chat.getThreadsList", &format!("rid={rid}")).await.refused(),
            "error-not-allowed"
        );
    }
}

#[tokio::test]
async fn a_thread_loses_a_reply_and_keeps_its_place_when_its_parent_is_deleted() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = alice.channel("dev", &[]).await;
        let parent = alice.sends(json!({ "rid": rid, "msg": "a" })).await;
        let first = alice.sends(json!({ "rid": rid, "msg": "b", "tmid": parent["_id"] })).await;
        alice.sends(json!({ "rid": rid, "msg": "c", "tmid": parent["_id"] })).await;
        alice.post("chat.delete", json!({ "roomId": rid, "msgId": first["_id"] })).await.ok();
        assert_eq!(message(&alice, &parent["_id"]).await["tcount"], 1);
        let since = "updatedSince=2020-01-01T00:00:00.000Z";
        let tmid = parent["_id"].as_str().unwrap();
        let sync =
            alice.get("chat.syncThreadMessages", &format!("tmid={tmid}&{since}")).await.ok()["messages"]
                .clone();
        assert_eq!((&sync["remove"][0]["_id"], sync["update"].as_array().unwrap().len()), (&first["_id"], 1));
        alice.post("chat.delete", json!({ "roomId": rid, "msgId": tmid })).await.ok();
        assert_eq!(message(&alice, &parent["_id"]).await["t"], "rm", "a thread leaves a marker");
        let sync =
            alice.get("chat.syncThreadsList", &format!("rid={rid}&{since}")).await.ok()["threads"].clone();
        assert_eq!((&sync["update"][0]["_id"], &sync["remove"]), (&parent["_id"], &json!([])));
    }
}

#[tokio::test]
async fn receipts_say_who_has_read_a_message_or_a_thread() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.set("Message_Read_Receipt_Enabled", json!(true)).await;
        world.set("Message_Read_Receipt_Store_Users", json!(true)).await;
        let rid = alice.channel("dev", &["bob"]).await;
        let parent = alice.sends(json!({ "rid": rid, "msg": "a" })).await;
        assert_eq!(parent["unread"], true);
        let reply = alice.sends(json!({ "rid": rid, "msg": "b", "tmid": parent["_id"] })).await;
        let readers = async |message: &Value| {
            let list =
                alice.method("getReadReceipts", json!([{ "messageId": message["_id"] }])).await.unwrap();
            list.as_array()
                .unwrap()
                .iter()
                .map(|r| r["userId"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(readers(&parent).await, ["alice"]);
        bob.method("readMessages", json!([rid, true])).await.unwrap();
        assert_eq!(
            (readers(&parent).await, readers(&reply).await),
            (vec!["alice".into(), "bob".into()], vec!["alice".into()])
        );
        bob.method("getThreadMessages", json!([{ "tmid": parent["_id"] }])).await.unwrap();
        assert_eq!(readers(&reply).await, ["alice", "bob"]);
        let later = alice.sends(json!({ "rid": rid, "msg": "c" })).await;
        assert_eq!(readers(&later).await, ["alice"]);
        let path = format!("messageId={}", parent["_id"].as_str().unwrap());
        let receipts = alice.get("chat.getMessageReadReceipts", &path).await.ok()["receipts"].clone();
        assert_eq!(receipts[1]["user"]["username"], "bob");
    }
}
