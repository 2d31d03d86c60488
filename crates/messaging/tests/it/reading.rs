//! Reading, and what of it others see.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::world::{Actor, worlds};

/// Sends a message; answers its id.
async fn says(who: &Actor<'_>, message: Value) -> String {
    who.sends(message).await["_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_room_is_read_by_one_call() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = alice.channel("dev", &[]).await;
        for params in [
            json!({ "rid": rid, "roomId": "GENERAL" }),
            json!({ "rid": rid, "more": true }),
            json!({ "roomId": rid, "readThreads": "maybe" }),
            json!({}),
        ] {
            assert_eq!(
                alice.post("subscriptions.read", params.clone()).await.refused(),
                "invalid-params",
                "{params}"
            );
        }
        for params in [json!({ "rid": rid }), json!({ "roomId": rid, "readThreads": true })] {
            alice.post("subscriptions.read", params).await.ok();
        }
        let unread = json!({ "roomId": rid, "firstUnreadMessage": { "_id": "x" } });
        assert_eq!(alice.post("subscriptions.unread", unread).await.refused(), "invalid-params");
        let one = alice.get("subscriptions.getOne", &format!("roomId={rid}&more=1")).await;
        assert_eq!(one.refused(), "invalid-params");
    }
}

#[tokio::test]
async fn preferences_that_are_saved_at_the_same_time_are_all_kept() {
    let fields = ["disableNotifications", "muteGroupMentions", "hideUnreadStatus", "hideMentionStatus"];
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = alice.channel("dev", &["bob"]).await;
        let save = async |field: &str, value: &str| {
            let wish = json!({ "roomId": rid, "notifications": { field: value } });
            bob.post("rooms.saveNotification", wish).await.ok();
        };
        for round in 0..10 {
            let value = (round % 2).to_string();
            let ignore = async {
                bob.get("chat.ignoreUser", &format!("rid={rid}&userId=alice&ignore={value}")).await.ok();
            };
            join(join_all(fields.map(|field| save(field, &value))), ignore).await;
            let query = format!("roomId={rid}");
            let sub = bob.get("subscriptions.getOne", &query).await.ok()["subscription"].clone();
            let on = round % 2 == 1;
            for field in fields {
                assert_eq!(sub[field], on, "{field} in round {round}");
            }
            let ignored = sub["ignored"].as_array().is_some_and(|list| !list.is_empty());
            assert_eq!(ignored, on, "ignored in round {round}");
        }
    }
}

#[tokio::test]
async fn stars_of_others_are_not_told() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = alice.channel("dev", &["bob"]).await;
        let mid = says(&alice, json!({ "rid": rid, "msg": "x" })).await;
        bob.post("chat.starMessage", json!({ "messageId": mid })).await.ok();
        let starred = |message: &Value| message["starred"].as_array().map_or(0, Vec::len);
        for (who, stars) in [(&alice, 0), (&bob, 1)] {
            let one = who.method("getSingleMessage", json!([mid])).await.unwrap();
            let many = who.method("getMessages", json!([[mid]])).await.unwrap();
            assert_eq!((starred(&one), starred(&many[0])), (stars, stars), "{}", who.uid);
        }
    }
}

#[tokio::test]
async fn a_passer_by_who_opens_a_thread_leaves_no_receipt() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.set("Message_Read_Receipt_Enabled", json!(true)).await;
        world.set("Message_Read_Receipt_Store_Users", json!(true)).await;
        let rid = alice.channel("dev", &[]).await;
        let parent = says(&alice, json!({ "rid": rid, "msg": "question" })).await;
        let reply = says(&alice, json!({ "rid": rid, "tmid": parent, "msg": "more" })).await;
        bob.method("getThreadMessages", json!([{ "tmid": parent }])).await.unwrap();
        let receipts = alice.get("chat.getMessageReadReceipts", &format!("messageId={reply}")).await.ok();
        let readers: Vec<&str> = receipts["receipts"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["userId"].as_str())
            .collect();
        assert_eq!(readers, ["alice"]);
    }
}

#[tokio::test]
async fn a_message_is_read_when_the_last_one_who_had_not_read_it_has() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        let dave = world.user("dave", &["user"]).await;
        world.set("Message_Read_Receipt_Enabled", json!(true)).await;
        let rid = alice.channel("dev", &["bob", "carol", "dave"]).await;
        let read = async |who: &Actor<'_>| {
            who.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        };
        let unread = async |mid: &str| {
            let message = alice.get("chat.getMessage", &format!("msgId={mid}")).await.ok();
            message["message"].get("unread").is_some()
        };
        let first = says(&alice, json!({ "rid": rid, "msg": "one" })).await;
        read(&bob).await;
        read(&carol).await;
        assert!(unread(&first).await, "dave has not looked yet");
        read(&bob).await;
        read(&dave).await;
        assert!(!unread(&first).await);
        let second = says(&alice, json!({ "rid": rid, "msg": "two" })).await;
        for who in [&dave, &carol] {
            read(who).await;
            assert!(unread(&second).await, "bob has not looked yet");
        }
        alice.post("channels.kick", json!({ "roomId": rid, "userId": "bob" })).await.ok();
        says(&carol, json!({ "rid": rid, "msg": "three" })).await;
        read(&dave).await;
        read(&alice).await;
        assert!(!unread(&second).await, "who is gone is not waited for");
    }
}
