//! Something happens, and an address is called.

use gantry_kernel::caller::Ctx;
use gantry_kernel::events::Ending;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::with_bot;
use crate::world::{Actor, World, worlds};

/// A receiver on this machine, which the workspace may reach.
async fn receiver(world: &World, replies: Vec<Reply>) -> Receiver {
    world.set("SSRF_Allowlist", json!("127.0.0.1")).await;
    Receiver::start(replies).await
}

fn nothing() -> Vec<Reply> {
    vec![Reply::json(200, &json!({}))]
}

async fn outgoing(who: &Actor<'_>, url: &str, more: Value) -> Value {
    let mut wish = json!({
        "type": "webhook-outgoing", "name": "out", "enabled": true, "username": "rocket.cat",
        "channel": "#general", "scriptEnabled": false, "event": "sendMessage", "urls": [url], "token": "t",
    });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post("integrations.create", wish).await.ok()["integration"].clone()
}

async fn says(who: &Actor<'_>, rid: &str, text: &str) -> Value {
    let wish = json!({ "message": { "rid": rid, "msg": text } });
    who.post("chat.sendMessage", wish).await.ok()["message"].clone()
}

/// What an integration posted.
async fn posted_by(who: &Actor<'_>, hook: &Value) -> Value {
    let found = who.get("channels.messages", "roomId=GENERAL").await.ok();
    let mut messages = found["messages"].as_array().unwrap().iter();
    messages.find(|message| message["bot"]["i"] == hook["_id"]).unwrap().clone()
}

/// Documents as stored. Asking for them takes no time, unlike the calls of people.
async fn stored(world: &World, sql: &'static str, id: &Value) -> Vec<Value> {
    let (ctx, id) = (Ctx::internal(&world.kernel), id.as_str().unwrap().to_owned());
    let docs = ctx.read(async move |tx| {
        let rows = tx.query(sql, &gantry_store::vals![&id]).await?;
        Ok(rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>())
    });
    docs.await.unwrap().iter().map(|doc| serde_json::from_str(doc).unwrap()).collect()
}

/// The history of an integration once it says that its newest call has come to this step.
async fn history(world: &World, who: &Actor<'_>, hook: &Value, step: &str) -> Value {
    let newest = "SELECT doc FROM integration_history WHERE integration = ?1 ORDER BY updated_at DESC, id";
    while stored(world, newest, &hook["_id"]).await.first().is_none_or(|entry| entry["step"] != step) {
        tokio::task::yield_now().await;
    }
    let id = hook["_id"].as_str().unwrap();
    who.get("integrations.history", &format!("id={id}")).await.ok()["history"].clone()
}

const FIRST: &str =
    "SELECT facts FROM integration_calls WHERE integration = ?1 AND tries = 1 AND taken_until = 0";
const SECOND: &str =
    "SELECT facts FROM integration_calls WHERE integration = ?1 AND tries = 2 AND taken_until = 0";

/// Waits until a call that failed waits for its next time.
async fn put_back(world: &World, hook: &Value, waiting: &'static str) {
    while stored(world, waiting, &hook["_id"]).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Waits until no call waits to be made, now or later.
async fn all_settled(world: &World, hook: &Value) {
    let waiting = "SELECT facts FROM integration_calls WHERE integration = ?1 ORDER BY id";
    while !stored(world, waiting, &hook["_id"]).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_message_is_told_and_the_answer_is_posted() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let answer = json!({ "text": "thanks", "attachments": [{ "text": "more" }] });
        let mut receiver = receiver(&world, vec![Reply::json(200, &answer)]).await;
        let hook = outgoing(&admin, &receiver.url, json!({ "alias": "Echo" })).await;
        let message = says(&admin, "GENERAL", "hello").await;
        let call = receiver.next().await;
        assert!(call.head.starts_with("POST /hook HTTP/1.1"), "{}", call.head);
        assert_eq!(call.body["text"], "hello");
        assert_eq!(call.body["message_id"], message["_id"]);
        assert_eq!(call.body["user_name"], "admin");
        assert_eq!(
            (&call.body["channel_id"], &call.body["channel_name"]),
            (&json!("GENERAL"), &json!("general"))
        );
        assert_eq!((&call.body["token"], &call.body["bot"]), (&json!("t"), &json!(false)));
        assert!(call.body["timestamp"].as_str().unwrap().ends_with('Z'));
        let history = history(&world, &admin, &hook, "url-response-sent-message").await;
        assert_eq!(history[0]["finished"], true);
        assert_eq!(history[0]["url"], receiver.url);
        assert_eq!(history[0]["resultMessage"][0]["message"]["msg"], "thanks");
        let posted = posted_by(&admin, &hook).await;
        assert_eq!((&posted["msg"], &posted["alias"]), (&json!("thanks"), &json!("Echo")));
        assert_eq!(posted["bot"]["i"], hook["_id"]);
        // Its own message does not call it again.
        all_settled(&world, &hook).await;
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn trigger_words_channels_and_edits_decide() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let mut receiver = receiver(&world, nothing()).await;
        let url = receiver.url.clone();
        let group =
            admin.post("groups.create", json!({ "name": "inner" })).await.ok()["group"]["_id"].clone();
        let group = group.as_str().unwrap();
        outgoing(&admin, &url, json!({ "token": "start", "triggerWords": ["!go"] })).await;
        outgoing(&admin, &url, json!({ "token": "any", "triggerWords": ["!go"], "triggerWordAnywhere": true, "runOnEdits": true }))
            .await;
        outgoing(&admin, &url, json!({ "token": "groups", "channel": "all_private_groups" })).await;
        says(&admin, "GENERAL", "well").await;
        let message = says(&admin, "GENERAL", "well !go").await;
        let call = receiver.next().await.body;
        assert_eq!((&call["token"], &call["trigger_word"]), (&json!("any"), &json!("!go")));
        says(&admin, group, "inside").await;
        assert_eq!(receiver.next().await.body["token"], "groups");
        let edit = json!({ "roomId": "GENERAL", "msgId": message["_id"], "text": "!go again" });
        admin.post("chat.update", edit).await.ok();
        let call = receiver.next().await.body;
        assert_eq!((&call["token"], &call["isEdited"]), (&json!("any"), &json!(true)));
        says(&admin, "GENERAL", "!go").await;
        let tokens =
            [receiver.next().await.body["token"].clone(), receiver.next().await.body["token"].clone()];
        assert!(tokens.contains(&json!("start")) && tokens.contains(&json!("any")));
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn rooms_and_people_are_told_too() {
    for world in worlds().await {
        world.user("rocket.cat", &["bot"]).await;
        let admin = world.user("admin", &["admin"]).await;
        let alice = world.user("alice", &["user"]).await;
        // Who joined something until now may still be about to be written down, but concerns nobody.
        world.kernel.events.quiesce().await;
        world.wait(1);
        let mut receiver = receiver(&world, nothing()).await;
        let url = receiver.url.clone();
        for event in ["roomCreated", "roomJoined", "roomLeft", "roomArchived"] {
            outgoing(
                &admin,
                &url,
                json!({ "event": event, "token": event, "channel": "all_public_channels" }),
            )
            .await;
        }
        let room =
            admin.post("channels.create", json!({ "name": "dev" })).await.ok()["channel"]["_id"].clone();
        let call = receiver.next().await.body;
        assert_eq!((&call["token"], &call["channel_id"]), (&json!("roomCreated"), &room));
        assert_eq!(call["owner"]["username"], "admin");
        alice.post("channels.join", json!({ "roomId": room })).await.ok();
        let call = receiver.next().await.body;
        assert_eq!((&call["token"], &call["user_name"]), (&json!("roomJoined"), &json!("alice")));
        assert!(call["user"].get("services").is_none() && call["room"]["name"] == "dev");
        alice.post("channels.leave", json!({ "roomId": room })).await.ok();
        assert_eq!(receiver.next().await.body["token"], "roomLeft");
        admin.post("channels.archive", json!({ "roomId": room })).await.ok();
        assert_eq!(receiver.next().await.body["token"], "roomArchived");
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn a_failed_call_is_made_again_until_it_is_taken() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let busy = Reply::json(503, &json!({ "busy": true }));
        let mut receiver =
            receiver(&world, vec![busy.clone(), busy, Reply::json(200, &json!({ "text": "at last" }))]).await;
        let more = json!({ "retryFailedCalls": true, "retryCount": 3, "retryDelay": "powers-of-two" });
        let hook = outgoing(&admin, &receiver.url, more).await;
        says(&admin, "GENERAL", "hello").await;
        receiver.next().await;
        history(&world, &admin, &hook, "going-to-retry-1").await;
        put_back(&world, &hook, FIRST).await;
        world.wait(2000);
        gantry_workspace::integrations::run_due(&world.kernel).await.unwrap();
        receiver.next().await;
        history(&world, &admin, &hook, "going-to-retry-2").await;
        put_back(&world, &hook, SECOND).await;
        world.wait(4000);
        gantry_workspace::integrations::run_due(&world.kernel).await.unwrap();
        assert_eq!(receiver.next().await.body["text"], "hello");
        let history = history(&world, &admin, &hook, "url-response-sent-message").await;
        assert_eq!(history.as_array().unwrap().len(), 3);
        world.wait(1_000_000);
        assert_eq!(gantry_workspace::integrations::run_due(&world.kernel).await.unwrap(), 0);
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn who_is_gone_is_not_called_again() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let mut receiver = receiver(&world, vec![Reply::json(410, &json!({}))]).await;
        let hook = outgoing(&admin, &receiver.url, json!({ "retryFailedCalls": true })).await;
        says(&admin, "GENERAL", "hello").await;
        receiver.next().await;
        history(&world, &admin, &hook, "after-process-http-status-410").await;
        all_settled(&world, &hook).await;
        let get = format!("integrationId={}", hook["_id"].as_str().unwrap());
        assert_eq!(admin.get("integrations.get", &get).await.ok()["integration"]["enabled"], false);
        says(&admin, "GENERAL", "still there?").await;
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn private_addresses_are_not_called() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let mut receiver = Receiver::start(nothing()).await;
        let hook = outgoing(&admin, &receiver.url, json!({ "retryFailedCalls": true })).await;
        says(&admin, "GENERAL", "hello").await;
        let history = history(&world, &admin, &hook, "after-http-call").await;
        assert_eq!(history[0]["httpError"]["message"], "the address may not be reached");
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn scripts_prepare_the_call_and_read_the_answer() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let mut receiver = receiver(&world, vec![Reply::json(201, &json!({ "n": 7 }))]).await;
        let script = "class Script {
            prepare_outgoing_request({ request }) {
                return { url: request.url + '?q=1', method: 'PUT', headers: { 'X-Own': 'yes' }, auth: 'a:b',
                    data: { said: request.data.text, isDate: request.data.timestamp instanceof Date } };
            }
            process_outgoing_response({ request, response }) {
                return { content: { text: 'n is ' + JSON.parse(response.content).n + ' ' + response.status_code } };
            }
        }";
        let hook = outgoing(&admin, &receiver.url, json!({ "scriptEnabled": true, "script": script })).await;
        says(&admin, "GENERAL", "hello").await;
        let call = receiver.next().await;
        assert!(call.head.starts_with("PUT /hook?q=1 "), "{}", call.head);
        assert!(
            call.head.contains("x-own: yes") && call.head.contains("authorization: Basic YTpi"),
            "{}",
            call.head
        );
        assert_eq!(call.body, json!({ "said": "hello", "isDate": true }));
        let history = history(&world, &admin, &hook, "after-process-send-message").await;
        assert_eq!(history[0]["processSentMessage"][0]["message"]["msg"], "n is 7 201");
        assert_eq!(posted_by(&admin, &hook).await["msg"], "n is 7 201");
    }
}

#[tokio::test]
async fn a_call_can_be_replayed_and_its_history_cleared() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let mut receiver = receiver(&world, nothing()).await;
        let hook = outgoing(&admin, &receiver.url, json!({})).await;
        says(&admin, "GENERAL", "hello").await;
        let first = receiver.next().await.body;
        let entries = history(&world, &admin, &hook, "after-http-call").await;
        let replay = json!({ "integrationId": hook["_id"], "historyId": entries[0]["_id"] });
        admin.post("integrations.replayOutgoing", replay.clone()).await.ok();
        assert_eq!(receiver.next().await.body["message_id"], first["message_id"]);
        assert_eq!(admin.method("clearIntegrationHistory", json!([hook["_id"]])).await.unwrap(), json!(true));
        assert_eq!(
            admin.post("integrations.replayOutgoing", replay).await.refused(),
            "error-invalid-integration-history"
        );
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_read_does_not_keep_others_from_being_made() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let mut receiver = receiver(&world, nothing()).await;
        let hook = outgoing(&admin, &receiver.url, json!({})).await;
        let (ctx, id) = (Ctx::internal(&world.kernel), hook["_id"].as_str().unwrap().to_owned());
        ctx.write(async move |tx| {
            tx.exec(
                "INSERT INTO integration_calls (id, integration, url, facts, tries, due_at, taken_until) \
                 VALUES ('broken', ?1, 'http://example.org', '{}', 0, 0, 0)",
                &gantry_store::vals![&id],
            )
            .await?;
            Ok(())
        })
        .await
        .unwrap();
        says(&admin, "GENERAL", "hello").await;
        assert_eq!(receiver.next().await.body["text"], "hello");
        all_settled(&world, &hook).await;
    }
}

#[tokio::test]
async fn calls_are_written_down_before_the_process_ends() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        // Nobody may reach it, so the history is all that comes of a call.
        let hook = outgoing(&admin, "http://127.0.0.1:1/hook", json!({})).await;
        says(&admin, "GENERAL", "hello").await;
        world.kernel.events.quiesce().await;
        world.kernel.events.publish(Ending);
        world.kernel.events.settle().await;
        let waiting = "SELECT facts FROM integration_calls WHERE integration = ?1 ORDER BY id";
        let made = "SELECT doc FROM integration_history WHERE integration = ?1 ORDER BY id";
        let waiting = stored(&world, waiting, &hook["_id"]).await.len();
        assert!(waiting + stored(&world, made, &hook["_id"]).await.len() > 0);
    }
}
