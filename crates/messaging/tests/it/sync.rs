//! What clients fetch after they were away.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::worlds;
use serde_json::{Value, json};

fn texts(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["msg"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn changes_come_in_the_order_that_one_asks_for() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let made = alice.post("groups.create", json!({ "name": "away" })).await.ok();
        let rid = made["group"]["_id"].as_str().unwrap();
        let since = made["group"]["ts"].as_str().unwrap();
        let says = async |text: &str, tmid: Option<&Value>| {
            let message = json!({ "roomId": rid, "text": text, "tmid": tmid });
            alice.post("chat.postMessage", message).await.ok()["message"]["_id"].clone()
        };
        let (first, second) = (says("first", None).await, says("second", None).await);
        says("one", Some(&first)).await;
        says("two", Some(&first)).await;
        says("three", Some(&second)).await;
        let ask = async |path: &str, query: &str| alice.get(path, query).await.ok();
        let query = format!("rid={rid}&updatedSince={since}");
        let threads = ask("chat.syncThreadsList", &query).await;
        assert_eq!(texts(&threads["threads"]["update"]), ["first", "second"]);
        let threads = ask("chat.syncThreadsList", &format!("{query}&sort={{\"ts\":-1}}")).await;
        assert_eq!(texts(&threads["threads"]["update"]), ["second", "first"]);
        let query = format!("tmid={}&updatedSince={since}&count=1", first.as_str().unwrap());
        let replies = ask("chat.syncThreadMessages", &query).await;
        assert_eq!(texts(&replies["messages"]["update"]), ["one", "two"], "nothing is left out");
        let replies = ask("chat.syncThreadMessages", &format!("{query}&sort={{\"ts\":-1}}")).await;
        assert_eq!(texts(&replies["messages"]["update"]), ["two", "one"]);
        let query = format!("roomId={rid}&lastUpdate={since}&count=1");
        let newest = ask("chat.syncMessages", &query).await;
        assert_eq!(texts(&newest["result"]["updated"]), ["three", "two", "one", "second", "first"]);
        let oldest = ask("chat.syncMessages", &format!("{query}&sort={{\"ts\":1}}")).await;
        assert_eq!(texts(&oldest["result"]["updated"]), ["first", "second", "one", "two", "three"]);
        let wrong = alice.get("chat.syncMessages", &format!("{query}&sort={{\"ts\":\"up\"}}")).await;
        assert_eq!(wrong.refused(), "error-invalid-sort");
    }
}

#[tokio::test]
async fn a_message_must_be_named_to_be_starred_or_unpinned() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for (path, word) in [
            ("chat.starMessage", "required"),
            ("chat.unStarMessage", "required"),
            ("chat.unPinMessage", "required"),
            ("chat.pinMessage", "missing"),
            ("chat.react", "missing"),
        ] {
            let answer = alice.post(path, json!({ "messageId": " " })).await;
            let text =
                format!("The required \"messageId\" param is {word}. [error-messageid-param-not-provided]");
            assert_eq!((answer.status, &answer.body["error"]), (400, &json!(text)), "{path}");
        }
    }
}
