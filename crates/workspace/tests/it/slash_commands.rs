//! Slash commands, as people type them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::Arc;

use gantry_kernel::hub::Connection;
use serde_json::{Value, json};

use crate::world::{Actor, World, worlds};

async fn types(who: &Actor<'_>, rid: &str, line: &str) -> crate::world::Answer {
    let (command, params) =
        line.trim_start_matches('/').split_once(' ').unwrap_or((line.trim_start_matches('/'), ""));
    who.post("commands.run", json!({ "command": command, "params": params, "roomId": rid })).await
}

async fn newest(who: &Actor<'_>, rid: &str) -> Value {
    let found = who.get("channels.messages", &format!("roomId={rid}")).await.ok();
    let mut messages = found["messages"].as_array().unwrap().iter();
    messages.find(|message| message.get("t").is_none()).unwrap()["msg"].clone()
}

/// Listens to what somebody alone is told.
fn listen(world: &World, who: &Actor<'_>) -> Arc<Connection> {
    world.listen("notify-user", &format!("{}/message", who.uid))
}

async fn notices(world: &World, connection: &Connection) -> Vec<String> {
    let told = world.heard(connection).await;
    told.iter().map(|message| message["msg"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn commands_are_listed_by_name() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let listed = alice.get("commands.list", "count=2").await.ok();
        assert_eq!((&listed["commands"][0]["command"], &listed["count"]), (&json!("archive"), &json!(2)));
        assert_eq!(listed["commands"][0]["permission"], "archive-room");
        let one = alice.get("commands.get", "command=INVITE-ALL-TO").await.ok();
        assert_eq!(one["command"]["permission"].as_array().unwrap().len(), 3);
        assert_eq!(one["command"]["params"], "#room");
        let none = alice.get("commands.get", "command=nothing").await.refused();
        assert_eq!(none, "There is no command in the system by the name of: nothing");
        assert_eq!(
            alice.get("commands.get", "").await.refused(),
            "The query param \"command\" must be provided."
        );
    }
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused_in_words() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let secret =
            alice.post("groups.create", json!({ "name": "inner" })).await.ok()["group"]["_id"].clone();
        let cases = [
            (json!({}), "You must provide a command to run."),
            (
                json!({ "command": "me", "params": {} }),
                "The parameters for the command must be a single string.",
            ),
            (
                json!({ "command": "me" }),
                "The room's id where to execute this command must be provided and be a string.",
            ),
            (
                json!({ "command": "me", "roomId": "GENERAL", "tmid": 1 }),
                "The tmid parameter when provided must be a string.",
            ),
            (
                json!({ "command": "nope", "roomId": "GENERAL" }),
                "The command provided does not exist (or is disabled).",
            ),
            (json!({ "command": "me", "roomId": "GENERAL", "tmid": "x" }), "Invalid thread."),
            (json!({ "command": "me", "roomId": secret }), "unauthorized"),
        ];
        for (body, sentence) in cases {
            assert_eq!(bob.post("commands.run", body).await.refused(), sentence);
        }
        let call = json!([{ "cmd": "me", "params": "x", "msg": { "_id": "m", "rid": secret } }]);
        assert!(bob.method("slashCommand", call).await.unwrap_err().is("error-not-allowed"));
        let call = json!([{ "cmd": "nope", "params": "x", "msg": { "rid": "GENERAL" } }]);
        assert!(bob.method("slashCommand", call).await.unwrap_err().is("error-invalid-command"));
        let call = json!([{ "cmd": "me", "params": "x", "msg": {} }]);
        assert!(bob.method("slashCommand", call).await.unwrap_err().is("invalid-command-usage"));
        let previews = bob.get("commands.preview", "command=me&roomId=GENERAL").await.refused();
        assert_eq!(previews, "error-invalid-command");
        let item = json!({ "id": "1", "type": "image", "value": "x" });
        let chosen = [
            // What is chosen is looked at before the command is looked up.
            (
                json!({ "command": "nope", "roomId": "x" }),
                "The preview item being executed must be provided.",
            ),
            (
                json!({ "command": "nope", "roomId": "x", "previewItem": { "id": "1" }, "tmid": 1 }),
                "The preview item being executed is in the wrong format.",
            ),
            (
                json!({ "command": "nope", "roomId": "x", "previewItem": item, "triggerId": 1 }),
                "The triggerId parameter when provided must be a string.",
            ),
            (
                json!({ "command": "nope", "roomId": "x", "previewItem": item }),
                "The command provided does not exist (or is disabled).",
            ),
            (json!({ "command": "me", "roomId": "GENERAL", "previewItem": item }), "error-invalid-command"),
        ];
        for (body, sentence) in chosen {
            assert_eq!(bob.post("commands.preview", body).await.refused(), sentence);
        }
    }
}

#[tokio::test]
async fn commands_write_messages() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = alice.channel("dev", &[]).await;
        types(&alice, &rid, "/me waves").await.ok();
        assert_eq!(newest(&alice, &rid).await, "_waves_");
        types(&alice, &rid, "/shrug well").await.ok();
        assert_eq!(newest(&alice, &rid).await, "well ¯\\\\_(ツ)_/¯");
        let chosen = json!([{ "cmd": "gimme", "params": "it", "msg": { "_id": "chosen", "rid": rid, "msg": "/gimme it" } }]);
        alice.method("slashCommand", chosen).await.unwrap();
        let message = alice.get("chat.getMessage", "msgId=chosen").await.ok()["message"].clone();
        assert_eq!(message["msg"], "༼ つ ◕_◕ ༽つ it");
        let hears = listen(&world, &alice);
        types(&alice, &rid, "/msg @bob hello there").await.ok();
        let direct = bob.get("im.list", "").await.ok()["ims"][0]["_id"].clone();
        let said = bob.get("im.messages", &format!("roomId={}", direct.as_str().unwrap())).await.ok();
        assert_eq!(said["messages"][0]["msg"], "hello there");
        types(&alice, &rid, "/msg @nobody hello").await.ok();
        types(&alice, &rid, "/msg @bob").await.ok();
        types(&alice, &rid, "/help").await.ok();
        let told = notices(&world, &hears).await;
        assert_eq!(told[0], "The username `@nobody` doesn't exist.");
        assert_eq!(told[1], "Username and message must not be empty.");
        assert!(told[2].contains("`Shift + Enter` - New line"));
    }
}

#[tokio::test]
async fn commands_make_find_archive_and_leave_rooms() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let hears = listen(&world, &alice);
        types(&alice, "GENERAL", "/create #plans").await.ok();
        types(&alice, "GENERAL", "/create inner --private").await.ok();
        types(&alice, "GENERAL", "/create plans").await.ok();
        let plans = alice.get("channels.info", "roomName=plans").await.ok()["channel"]["_id"].clone();
        let plans = plans.as_str().unwrap();
        assert_eq!(alice.get("groups.info", "roomName=inner").await.ok()["group"]["t"], "p");
        types(&alice, plans, "/topic Next year").await.ok();
        types(&bob, plans, "/topic mine").await.ok();
        assert_eq!(alice.get("channels.info", "roomName=plans").await.ok()["channel"]["topic"], "Next year");
        types(&bob, "GENERAL", "/join #plans").await.ok();
        assert_eq!(types(&bob, "GENERAL", "/join plans").await.refused(), "error-user-already-in-room");
        types(&alice, "GENERAL", "/join nowhere").await.ok();
        assert_eq!(types(&bob, plans, "/archive").await.refused(), "error-not-authorized");
        types(&bob, plans, "/leave").await.ok();
        assert_eq!(types(&alice, plans, "/part").await.refused(), "error-you-are-last-owner");
        types(&admin, "GENERAL", "/archive #plans").await.ok();
        let archived = alice.get("channels.info", "roomName=plans").await.ok()["channel"]["archived"].clone();
        assert_eq!(archived, true);
        types(&admin, "GENERAL", "/unarchive #plans").await.ok();
        assert_eq!(
            notices(&world, &hears).await,
            [
                "The channel `#plans` already exists.",
                "The channel `#nowhere` does not exist.",
                "You are the last owner. Please set new owner before leaving the room.",
            ]
        );
        // What she may not know of does not exist for bob.
        let hears = listen(&world, &bob);
        types(&bob, "GENERAL", "/archive inner").await.ok();
        types(&bob, "GENERAL", "/hide #inner").await.ok();
        assert_eq!(
            notices(&world, &hears).await,
            ["The channel `#inner` does not exist.", "The channel `#inner` does not exist."]
        );
    }
}

#[tokio::test]
async fn commands_invite_mute_and_remove_people() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.user("carol", &["user"]).await;
        let rid = alice.channel("dev", &["bob"]).await;
        let hears = listen(&world, &alice);
        types(&alice, &rid, "/invite @bob, @carol").await.ok();
        types(&alice, &rid, "/invite @nobody").await.ok();
        assert_eq!(
            notices(&world, &hears).await,
            ["`@bob` is already in here.", "No user exists by the name of `@nobody`."]
        );
        let members = |body: Value| body["total"].clone();
        let of = format!("roomId={rid}");
        assert_eq!(members(alice.get("channels.members", &of).await.ok()), 3);
        types(&alice, &rid, "/mute @bob").await.ok();
        assert_eq!(types(&bob, &rid, "/me speaks").await.refused(), "You_have_been_muted");
        types(&alice, &rid, "/unmute @bob").await.ok();
        types(&bob, &rid, "/me speaks").await.ok();
        assert_eq!(types(&bob, &rid, "/kick @carol").await.refused(), "error-not-allowed");
        types(&alice, &rid, "/kick @carol").await.ok();
        assert_eq!(members(alice.get("channels.members", &of).await.ok()), 2);
        types(&alice, &rid, "/invite-all-to #copy").await.ok();
        assert_eq!(notices(&world, &hears).await, ["Channel `#copy` created.", "The users have been added"]);
        assert_eq!(members(alice.get("channels.members", "roomName=copy").await.ok()), 2);
        let empty = alice.channel("empty", &[]).await;
        types(&alice, &empty, "/invite-all-from dev").await.ok();
        assert_eq!(members(alice.get("channels.members", "roomName=empty").await.ok()), 2);
    }
}
