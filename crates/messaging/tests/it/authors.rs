//! What becomes of messages when their author is removed or renamed.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, World, worlds};
use gantry_accounts::users::events::{EncryptionKeysReset, ErasureType};
use gantry_accounts::users::{UserDeleting, UsernameChanged};
use gantry_protocol::objects::User;
use serde_json::{Value, json};

async fn says(who: &Actor<'_>, text: &str, tmid: Option<&str>) -> String {
    let mut message = json!({ "rid": "GENERAL", "msg": text });
    if let Some(tmid) = tmid {
        message["tmid"] = json!(tmid);
    }
    let sent = who.post("chat.sendMessage", json!({ "message": message })).await.ok();
    sent["message"]["_id"].as_str().unwrap().to_owned()
}

/// Everybody is in `general`; alice and bob have said something to each other.
async fn talk(world: &World) -> (Actor<'_>, Actor<'_>, Actor<'_>) {
    let people = world.people().await;
    for who in [&people.0, &people.1, &people.2] {
        who.post("channels.join", json!({ "roomId": "GENERAL" })).await.ok();
    }
    let question = says(&people.2, "shall we, @alice?", None).await;
    says(&people.1, "in the thread", Some(&question)).await;
    says(&people.1, "yes", None).await;
    people
}

fn alice(name: &str) -> User {
    User {
        id: "alice".into(),
        username: Some(name.into()),
        kind: "user".into(),
        active: true,
        ..User::default()
    }
}

fn removed(messages: ErasureType) -> UserDeleting {
    UserDeleting { user: alice("alice"), messages, confirm_relinquish: true, by: "admin".into() }
}

/// Author, alias and text of what people said in `general`, newest first.
async fn said(who: &Actor<'_>) -> Vec<(String, Value, String)> {
    let history = who.get("channels.history", "roomId=GENERAL&count=50&showThreadMessages=true").await.ok();
    let messages =
        history["messages"].as_array().unwrap().iter().filter(|message| message.get("t").is_none());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    messages
        .map(|message| (text(&message["u"]["username"]), message["alias"].clone(), text(&message["msg"])))
        .collect()
}

async fn general(who: &Actor<'_>) -> Value {
    who.get("rooms.info", "roomId=GENERAL").await.ok()["room"].clone()
}

#[tokio::test]
async fn the_messages_of_a_removed_user_go_with_them() {
    for world in worlds().await {
        let (_, _, bob) = talk(&world).await;
        let before = general(&bob).await["msgs"].as_i64().unwrap();
        world.happens(removed(ErasureType::Delete)).await.unwrap();
        assert_eq!(said(&bob).await, [("bob".into(), Value::Null, "shall we, @alice?".into())]);
        let room = general(&bob).await;
        // Two messages and the notice that alice had joined.
        assert_eq!(room["msgs"].as_i64().unwrap(), before - 3, "{room}");
        assert_eq!(room["lastMessage"]["msg"], "shall we, @alice?");
        assert_eq!(room["lastMessage"]["u"]["username"], "bob");
        let deleted =
            bob.get("chat.syncMessages", "roomId=GENERAL&lastUpdate=2020-01-01T00:00:00.000Z").await.ok();
        assert_eq!(deleted["result"]["deleted"].as_array().unwrap().len(), 3, "who was away hears of it too");
    }
}

#[tokio::test]
async fn the_messages_of_a_removed_user_can_stay_as_nobodys() {
    for world in worlds().await {
        let (_, _, bob) = talk(&world).await;
        world.user("rocket.cat", &["bot"]).await;
        world.happens(removed(ErasureType::Unlink)).await.unwrap();
        let nobody = ("rocket.cat".to_owned(), json!("Removed User"));
        let said = said(&bob).await;
        assert_eq!(said.len(), 3);
        for (author, alias, text) in said.into_iter().filter(|(.., text)| !text.contains('@')) {
            assert_eq!((author, alias), nobody, "{text}");
        }
        assert_eq!(general(&bob).await["lastMessage"]["u"]["_id"], "rocket.cat");
    }
}

#[tokio::test]
async fn the_messages_of_a_removed_user_can_stay_as_they_are() {
    for world in worlds().await {
        let (_, _, bob) = talk(&world).await;
        let before = said(&bob).await;
        world.happens(removed(ErasureType::Keep)).await.unwrap();
        assert_eq!(said(&bob).await, before);
    }
}

#[tokio::test]
async fn a_new_username_shows_in_old_messages_and_mentions() {
    for world in worlds().await {
        let (_, _, bob) = talk(&world).await;
        let event =
            UsernameChanged { user: alice("alicia"), old: Some("alice".into()), new: "alicia".into() };
        world.happens(event).await.unwrap();
        let said = said(&bob).await;
        let own: Vec<&str> = said
            .iter()
            .filter(|(.., text)| !text.contains('@'))
            .map(|(author, ..)| author.as_str())
            .collect();
        assert_eq!(own, ["alicia", "alicia"]);
        assert_eq!(general(&bob).await["lastMessage"]["u"]["username"], "alicia");
        let history = bob.get("channels.history", "roomId=GENERAL&count=50").await.ok();
        let mention = history["messages"]
            .as_array()
            .unwrap()
            .iter()
            .find(|message| message["msg"] == "shall we, @alicia?")
            .expect("the text names her anew");
        assert_eq!(mention["mentions"][0]["username"], "alicia");
        assert!(
            mention["md"].to_string().contains("alicia") && !mention["md"].to_string().contains("alice\"")
        );
    }
}

#[tokio::test]
async fn who_loses_their_keys_has_none_in_their_rooms() {
    for world in worlds().await {
        let (_, alice, bob) = talk(&world).await;
        world.happens(EncryptionKeysReset { uid: "alice".into() }).await.unwrap();
        for who in [alice, bob] {
            let sub = who.get("subscriptions.getOne", "roomId=GENERAL").await.ok();
            assert!(sub["subscription"].get("E2EKey").is_none());
        }
    }
}
