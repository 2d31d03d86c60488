//! The addresses of webhooks, over HTTP, and who hears what becomes of calls.

use gantry_client::{Client, Socket};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::TestServer;

async fn made(admin: &Client, more: Value) -> Value {
    let mut wish = json!({
        "name": "hook", "enabled": true, "username": "rocket.cat", "channel": "#general", "scriptEnabled": false,
    });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post("integrations.create", &wish).await.unwrap().ok()["integration"].clone()
}

async fn general(admin: &Client) -> Vec<Value> {
    let found = admin.get("channels.messages?roomId=GENERAL").await.unwrap().ok();
    found["messages"].as_array().unwrap().iter().map(|message| message["msg"].clone()).collect()
}

#[tokio::test]
async fn a_webhook_answers_at_its_addresses_and_nowhere_else() {
    let server = TestServer::small().await;
    let admin = server.admin().await;
    let hook = made(&admin, json!({ "type": "webhook-incoming" })).await;
    let (id, token) = (hook["_id"].as_str().unwrap(), hook["token"].as_str().unwrap());
    let stranger = server.stranger();
    let send = async |method: Method, path: String, body: &'static str| {
        stranger.send(method, &path, &[], body.into()).await.unwrap()
    };
    let short = send(Method::POST, format!("/hooks/{id}/{token}"), r#"{"text":"short"}"#).await;
    assert_eq!((short.status, short.body), (StatusCode::OK, json!({ "success": true })));
    let long = send(Method::POST, format!("/hooks/{id}/someone/{token}"), r#"{"text":"long"}"#).await;
    assert_eq!(long.status, StatusCode::OK);
    let said = general(&admin).await;
    assert!(said.contains(&json!("short")) && said.contains(&json!("long")), "{said:?}");

    let info = send(Method::GET, format!("/hooks/info/{id}/{token}"), "").await;
    assert_eq!(info.body, json!({ "success": true }));
    let sample = send(Method::GET, format!("/hooks/sample/{id}/{token}"), "").await;
    assert_eq!(sample.body[2]["text"], "Sample text 3");
    assert!(sample.body[0]["timestamp"].as_str().unwrap().ends_with('Z'));

    for path in
        [format!("/hooks/{id}/guess"), format!("/hooks/nobody/{token}"), format!("/hooks/info/{id}/guess")]
    {
        let method = if path.contains("info") { Method::GET } else { Method::POST };
        let refused = send(method, path.clone(), "{}").await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(refused.body["error"], "Invalid integration id or token provided.", "{path}");
    }
    let broken = send(Method::POST, format!("/hooks/{id}/{token}"), "{").await;
    assert_eq!((broken.status, &broken.body["success"]), (StatusCode::BAD_REQUEST, &json!(false)));

    // Whoever the webhook posts as may not make outgoing webhooks.
    let add = r##"{"event":"newMessageOnChannel","name":"x","target_url":"https://example.org","data":{"channel_name":"general"}}"##;
    let refused = send(Method::POST, format!("/hooks/add/{id}/{token}"), add).await;
    assert_eq!((refused.status, &refused.body["error"]), (StatusCode::BAD_REQUEST, &json!("not_authorized")));
}

#[tokio::test]
async fn the_history_is_heard_by_those_who_may_manage_the_integration() {
    let server = TestServer::small().await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    let more = json!({ "type": "webhook-outgoing", "event": "sendMessage", "urls": ["http://127.0.0.1:1/"] });
    let hook = made(&admin, more).await;
    let id = hook["_id"].as_str().unwrap();
    let listen = async |who: &Client| -> (Socket, bool) {
        let mut socket = server.socket().await;
        socket.resume(who.token()).await.unwrap();
        let heard = socket.subscribe("integrationHistory", id).await.is_ok();
        (socket, heard)
    };
    assert!(!listen(&ann).await.1);
    let (mut socket, heard) = listen(&admin).await;
    assert!(heard);
    admin.post("chat.postMessage", &json!({ "channel": "#general", "text": "hello" })).await.unwrap().ok();
    let first = socket.next_event_of(id).await.unwrap();
    assert_eq!(
        (&first.args[0]["type"], &first.args[0]["data"]["event"]),
        (&json!("inserted"), &json!("sendMessage"))
    );
    let mut step = json!(null);
    while step != "after-http-call" {
        let next = socket.next_event_of(id).await.unwrap();
        assert_eq!(next.args[0]["type"], "updated");
        step = next.args[0]["diff"]["step"].clone();
    }
    let history = admin.get(&format!("integrations.history?id={id}")).await.unwrap().ok();
    assert_eq!(history["history"][0]["httpError"]["message"], "the address may not be reached");
}
