//! Finding messages.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use gantry_kernel::caller::Ctx;
use gantry_store::search::catch_up;
use serde_json::{Value, json};

use crate::world::{Actor, World, worlds};

/// A channel of the actor's, and what they say there.
async fn channel(alice: &Actor<'_>, name: &str, texts: &[&str]) -> String {
    let room = alice.post("channels.create", json!({ "name": name })).await.ok();
    let rid = room["channel"]["_id"].as_str().unwrap().to_owned();
    for text in texts {
        say(alice, &rid, text).await;
    }
    rid
}

async fn say(actor: &Actor<'_>, rid: &str, text: &str) -> String {
    let sent = actor.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": text } })).await.ok();
    sent["message"]["_id"].as_str().unwrap().to_owned()
}

/// The texts that a search finds, newest first.
async fn finds(actor: &Actor<'_>, rid: &str, text: &str) -> Vec<String> {
    let found = actor.method("messageSearch", json!([text, rid])).await.unwrap();
    texts(&found["message"]["docs"])
}

fn texts(docs: &Value) -> Vec<String> {
    docs.as_array().unwrap().iter().map(|doc| doc["msg"].as_str().unwrap().to_owned()).collect()
}

/// Brings the index up to date, as the server does by the clock.
async fn indexed(world: &World) {
    let ctx = Ctx::internal(&world.kernel);
    while ctx.write(async |tx| Ok(catch_up(tx, 3).await?)).await.unwrap() > 0 {}
}

/// Makes the room look so large that it is not read through but looked up in the index.
async fn is_large(world: &World, rid: &str) {
    let (ctx, rid) = (Ctx::internal(&world.kernel), rid.to_owned());
    let job = ctx.write(async move |tx| {
        Ok(tx.query_dyn("UPDATE rooms SET msgs = 1000000 WHERE id = ?1", &gantry_store::vals![&rid]).await?)
    });
    job.await.unwrap();
}

const SAID: [&str; 8] = [
    "Deployment of the blue server",
    "the server is down",
    "爸爸肚子疼",
    "ok",
    "こんにちは世界",
    "한국어 메시지",
    "100% of it_works",
    "Grüße an ALLE",
];

#[tokio::test]
async fn words_parts_phrases_and_unspaced_scripts_are_found_with_and_without_the_index() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = channel(&alice, "talk", &SAID).await;
        for round in ["read through", "not indexed yet", "indexed"] {
            match round {
                "not indexed yet" => is_large(&world, &rid).await,
                "indexed" => indexed(&world).await,
                _ => {}
            }
            let check = async |text: &str, expected: &[usize]| {
                let mut expected: Vec<&str> = expected.iter().map(|n| SAID[*n]).collect();
                expected.reverse();
                assert_eq!(finds(&alice, &rid, text).await, expected, "{text} ({round})");
            };
            check("SERVER", &[0, 1]).await;
            check("deploy", &[0]).await;
            check("ploymen", &[0]).await;
            check("server down", &[1]).await;
            check("\"server is\"", &[1]).await;
            check("\"is server\"", &[]).await;
            check("server -down", &[0]).await;
            check("爸爸", &[2]).await;
            check("肚子", &[2]).await;
            check("爸子", &[]).await;
            check("世界", &[4]).await;
            check("국어", &[5]).await;
            check("疼", &[2]).await;
            check("ok", &[3]).await;
            check("100%", &[6]).await;
            check("0%o", &[]).await;
            check("it_w", &[6]).await;
            check("itxw", &[]).await;
            check("grüße alle", &[7]).await;
            check("/^the .* down$/", &[1]).await;
            check("/SERVER/", &[]).await;
            check("/SERVER/i", &[0, 1]).await;
            check("\" OR \"", &[]).await;
        }
    }
}

#[tokio::test]
async fn the_index_follows_edits_deletes_and_pruning() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let rid = channel(&alice, "talk", &["a lighthouse", "another lighthouse", "third lighthouse"]).await;
        is_large(&world, &rid).await;
        indexed(&world).await;
        let newest = alice.method("messageSearch", json!(["third", rid])).await.unwrap();
        let mid = newest["message"]["docs"][0]["_id"].as_str().unwrap().to_owned();
        for index in [false, true] {
            let text = if index { "a windmill" } else { "a watchtower" };
            alice.post("chat.update", json!({ "roomId": rid, "msgId": mid, "text": text })).await.ok();
            if index {
                indexed(&world).await;
            }
            assert_eq!(finds(&alice, &rid, "third").await.len(), 0);
            assert_eq!(finds(&alice, &rid, text).await, [text]);
        }
        admin.post("chat.delete", json!({ "roomId": rid, "msgId": mid })).await.ok();
        assert_eq!(finds(&alice, &rid, "windmill").await.len(), 0);
        // The newest row is gone: the next message may take its place in the table.
        say(&alice, &rid, "a bridge").await;
        indexed(&world).await;
        assert_eq!(finds(&alice, &rid, "windmill").await.len(), 0);
        assert_eq!(finds(&alice, &rid, "bridge").await, ["a bridge"]);
        let everything = json!({ "roomId": rid, "oldest": "2000-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z" });
        admin.post("rooms.cleanHistory", everything).await.ok();
        indexed(&world).await;
        assert_eq!(finds(&alice, &rid, "lighthouse").await.len(), 0);
    }
}

#[tokio::test]
async fn results_come_in_pages() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let said: Vec<String> = (0..7).map(|n| format!("report {n}")).collect();
        let rid = channel(&alice, "talk", &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let query = format!("roomId={rid}&searchText=report&count=3&offset=3");
        let page = alice.get("chat.search", &query).await.ok();
        assert_eq!(texts(&page["messages"]), ["report 3", "report 2", "report 1"]);
        let query = format!("roomId={rid}&searchText=/report/&count=3&offset=5");
        let page = alice.get("chat.search", &query).await.ok();
        assert_eq!(texts(&page["messages"]), ["report 1", "report 0"]);
    }
}

#[tokio::test]
async fn strangers_find_nothing() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let group = alice.post("groups.create", json!({ "name": "closed" })).await.ok();
        let rid = group["group"]["_id"].as_str().unwrap().to_owned();
        say(&alice, &rid, "the secret plan").await;
        indexed(&world).await;
        assert_eq!(bob.method("messageSearch", json!(["secret", rid])).await.unwrap(), json!(false));
        bob.get("chat.search", &format!("roomId={rid}&searchText=secret")).await.refused();
        let search = async |actor: &Actor<'_>| {
            let params = json!(["secret", { "rid": rid }, { "searchAll": true }]);
            actor.method("rocketchatSearch.search", params).await.unwrap()
        };
        let none = json!({ "message": { "docs": [] } });
        assert_eq!(search(&alice).await, none, "the search over all rooms is off");
        world.set("Search.defaultProvider.GlobalSearchEnabled", json!(true)).await;
        assert_eq!(search(&bob).await, none);
        let found = search(&alice).await;
        let hit = &found["message"]["docs"][0];
        assert_eq!(
            (hit["msg"].as_str(), hit["r"]["name"].as_str(), hit["username"].as_str()),
            (Some("the secret plan"), Some("closed"), Some("alice"))
        );
        let closed = json!(["secret", { "rid": rid }, null]);
        assert_eq!(bob.method("rocketchatSearch.search", closed).await.unwrap(), json!({}));
    }
}
