//! What is deleted is gone for everybody, also where a copy is kept.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use serde_json::{Value, json};

use crate::world::{Actor, worlds};

/// Sends a message; answers its id.
async fn says(who: &Actor<'_>, message: Value) -> String {
    who.sends(message).await["_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_deleted_message_that_is_kept_for_the_history_can_no_longer_be_read_or_changed() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.set("Message_KeepHistory", json!(true)).await;
        let rid = alice.channel("dev", &["bob"]).await;
        let mid = says(&alice, json!({ "rid": rid, "msg": "secret" })).await;
        alice.post("chat.delete", json!({ "roomId": rid, "msgId": mid })).await.ok();
        assert_eq!(world.texts(&rid).await, ["secret"], "it is kept");

        let read = bob.get("chat.getMessage", &format!("msgId={mid}")).await;
        assert_eq!((read.status, read.body), (400, json!({ "success": false })));
        assert_eq!(bob.method("getSingleMessage", json!([mid])).await.unwrap(), Value::Null);
        assert_eq!(bob.method("getMessages", json!([[mid]])).await.unwrap(), json!([]));
        let around = bob.method("loadSurroundingMessages", json!([{ "_id": mid }, 10])).await.unwrap();
        assert_eq!(around, json!(false));

        let edit = json!({ "roomId": rid, "msgId": mid, "text": "other" });
        let unknown = format!("No message found with the id of \"{mid}\".");
        assert_eq!(alice.post("chat.update", edit).await.refused(), unknown);
        let name = json!({ "messageId": mid });
        for path in ["chat.pinMessage", "chat.starMessage"] {
            assert_eq!(alice.post(path, name.clone()).await.refused(), "error-message-not-found", "{path}");
        }
        let react = json!({ "messageId": mid, "emoji": "smile" });
        assert_eq!(bob.post("chat.react", react).await.refused(), "error-message-not-found");
        let report = json!({ "messageId": mid, "description": "rude" });
        assert_eq!(bob.post("chat.reportMessage", report).await.refused(), "error-invalid-message_id");
        assert_eq!(world.texts(&rid).await, ["secret"], "and as it was");
    }
}

#[tokio::test]
async fn replies_that_are_pruned_leave_their_thread_and_clients_learn_it() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let rid = alice.channel("dev", &["admin"]).await;
        let parent = says(&alice, json!({ "rid": rid, "msg": "question" })).await;
        let pinned = admin.post("chat.pinMessage", json!({ "messageId": parent })).await.ok();
        assert_eq!(pinned["message"]["t"], "message_pinned");
        let reply = says(&admin, json!({ "rid": rid, "tmid": parent, "msg": "answer" })).await;
        let read = async || {
            alice.get("chat.getMessage", &format!("msgId={parent}")).await.ok()["message"]["tcount"].clone()
        };
        assert_eq!(read().await, 1);
        let span = json!({
            "roomId": rid, "latest": "2030-01-01T00:00:00.000Z", "oldest": "2000-01-01T00:00:00.000Z",
            "excludePinned": true, "inclusive": true,
        });
        admin.post("rooms.cleanHistory", span).await.ok();
        assert_eq!(read().await, 0);
        let query = format!("tmid={parent}&updatedSince=2000-01-01T00:00:00.000Z");
        let synced = alice.get("chat.syncThreadMessages", &query).await.ok()["messages"].clone();
        assert_eq!((&synced["update"], &synced["remove"][0]["_id"]), (&json!([]), &json!(reply)));
    }
}

#[tokio::test]
async fn a_history_is_cleaned_to_the_end_in_batches_or_as_far_as_was_asked() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let rid = admin.channel("dev", &[]).await;
        for n in 0..5 {
            says(&admin, json!({ "rid": rid, "msg": n.to_string() })).await;
        }
        let span = |limit: i64| {
            json!({
                "roomId": rid, "latest": "2030-01-01T00:00:00.000Z", "oldest": "2000-01-01T00:00:00.000Z",
                "inclusive": true, "limit": limit,
            })
        };
        assert_eq!(admin.post("rooms.cleanHistory", span(2)).await.ok()["count"], 2);
        assert_eq!(world.texts(&rid).await, ["4", "3", "2"], "the oldest went");
        assert_eq!(admin.post("rooms.cleanHistory", span(0)).await.ok()["count"], 3);
        assert_eq!(admin.post("rooms.cleanHistory", span(0)).await.ok()["count"], 0);
    }
}
