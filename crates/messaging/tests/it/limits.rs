//! How much one call, or one message, may ask for.

use serde_json::json;

use crate::world::worlds;

#[tokio::test]
async fn one_call_posts_into_a_bounded_number_of_rooms() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let rooms: Vec<String> = (0..101).map(|n| format!("#room{n}")).collect();
        let post = json!({ "channel": rooms, "text": "x" });
        assert_eq!(admin.post("chat.postMessage", post).await.refused(), "invalid-params");
        let twice = json!({ "channel": vec!["#general"; 200], "text": "x" });
        admin.post("chat.postMessage", twice).await.ok();
        let ids: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
        assert!(admin.method("getMessages", json!([ids])).await.unwrap_err().is("400"));
    }
}

#[tokio::test]
async fn a_message_has_a_bounded_number_of_different_reactions() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let sent = admin.post("chat.postMessage", json!({ "channel": "#general", "text": "x" })).await.ok();
        let react = |n: u32| json!({ "messageId": sent["message"]["_id"], "emoji": format!("e{n}") });
        for n in 0..200 {
            admin.post("chat.react", react(n)).await.ok();
        }
        assert_eq!(admin.post("chat.react", react(200)).await.refused(), "error-not-allowed");
        admin.post("chat.react", react(7)).await.ok();
        admin.post("chat.react", react(200)).await.ok();
    }
}
