//! The Realtime protocol itself, whatever is called through it.

use std::time::Duration;

use gantry_client::{Error, Socket};
use gantry_store::Engine;
use serde_json::{Value, json};

use crate::harness::TestServer;

async fn next(socket: &mut Socket) -> Value {
    serde_json::from_str(&socket.next_text().await.unwrap()).unwrap()
}

async fn closed(socket: &mut Socket) -> String {
    loop {
        match socket.next_text().await {
            Ok(_frame) => {}
            Err(Error::Closed(reason)) => return reason,
            Err(error) => panic!("{error}"),
        }
    }
}

fn connect(version: &str, support: &[&str]) -> Value {
    json!({ "msg": "connect", "version": version, "support": support })
}

#[tokio::test]
async fn a_session_begins_with_connect() {
    let server = TestServer::small().await;
    let mut socket = server.raw_socket("/websocket").await;
    socket.send(&json!({ "msg": "ping" })).await.unwrap();
    assert_eq!(next(&mut socket).await["reason"], "Must connect first");
    socket.send(&connect("1", &["1", "pre2", "pre1"])).await.unwrap();
    let connected = next(&mut socket).await;
    assert_eq!(connected["msg"], "connected");
    assert_eq!(connected.as_object().unwrap().len(), 2, "clients refuse keys that they do not know");
    assert_eq!(connected["session"].as_str().unwrap().len(), 17);
    socket.send(&connect("1", &["1"])).await.unwrap();
    assert_eq!(next(&mut socket).await["reason"], "Already connected");
}

#[tokio::test]
async fn old_versions_are_spoken() {
    let server = TestServer::small().await;
    for version in ["pre1", "pre2"] {
        let mut socket = server.raw_socket("/websocket").await;
        socket.send(&connect(version, &[version])).await.unwrap();
        assert_eq!(next(&mut socket).await["msg"], "connected");
    }
}

#[tokio::test]
async fn an_unknown_version_fails_and_closes() {
    let server = TestServer::small().await;
    for (version, support, offered) in [("9", vec!["9"], "1"), ("9", vec!["9", "pre2"], "pre2")] {
        let mut socket = server.raw_socket("/websocket").await;
        socket.send(&connect(version, &support)).await.unwrap();
        assert_eq!(next(&mut socket).await, json!({ "msg": "failed", "version": offered }));
        assert!(closed(&mut socket).await.starts_with("1002"));
    }
}

#[tokio::test]
async fn pings_are_answered_with_their_id_or_none() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    socket.send(&json!({ "msg": "ping", "id": "7" })).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({ "msg": "pong", "id": "7" }));
    socket.send(&json!({ "msg": "ping" })).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({ "msg": "pong" }));
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_closed() {
    let server = TestServer::start_with(Engine::Sqlite, |config| {
        config.limits.ping_after = Duration::from_millis(30);
        config.limits.drop_after = Duration::from_millis(30);
    })
    .await;
    let mut socket = server.socket().await;
    assert_eq!(next(&mut socket).await, json!({ "msg": "ping" }));
    assert_eq!(closed(&mut socket).await, "4000 TIMEOUT");
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let server = TestServer::start_with(Engine::Sqlite, |config| {
        config.limits.ping_after = Duration::from_millis(20);
        config.limits.drop_after = Duration::from_secs(60);
    })
    .await;
    let mut socket = server.socket().await;
    for _ in 0..3 {
        assert_eq!(next(&mut socket).await, json!({ "msg": "ping" }));
        socket.send(&json!({ "msg": "pong" })).await.unwrap();
    }
}

#[tokio::test]
async fn methods_answer_in_order_with_result_then_updated() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    for id in ["a", "b"] {
        socket.send(&json!({ "msg": "method", "id": id, "method": "nope", "params": [] })).await.unwrap();
    }
    for id in ["a", "b"] {
        let result = next(&mut socket).await;
        assert_eq!((&result["msg"], &result["id"]), (&json!("result"), &json!(id)));
        assert_eq!(result["error"]["error"], 404);
        assert_eq!(result["error"]["reason"], "Method 'nope' not found");
        assert_eq!(result["error"]["errorType"], "Meteor.Error");
        assert_eq!(next(&mut socket).await, json!({ "msg": "updated", "methods": [id] }));
    }
}

#[tokio::test]
async fn unknown_subscriptions_are_refused_and_ended_ones_confirmed() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    socket.send(&json!({ "msg": "sub", "id": "s", "name": "nope" })).await.unwrap();
    let nosub = next(&mut socket).await;
    assert_eq!(
        (&nosub["msg"], &nosub["id"], &nosub["error"]["error"]),
        (&json!("nosub"), &json!("s"), &json!(404))
    );
    socket.send(&json!({ "msg": "unsub", "id": "s" })).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({ "msg": "nosub", "id": "s" }));
}

#[tokio::test]
async fn malformed_frames_get_an_error_and_the_socket_goes_on() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    let deep =
        format!(r#"{{"msg":"method","id":"1","method":"x","params":{}{}}}"#, "[".repeat(80), "]".repeat(80));
    let wide = format!(r#"{{"msg":"method","id":"1","method":"x","params":[{}0]}}"#, "0,".repeat(40));
    let long_name = format!(r#"{{"msg":"sub","id":"1","name":"{}"}}"#, "x".repeat(300));
    let cases = [
        ("nonsense", "Parse error"),
        ("{", "Parse error"),
        ("[1]", "Parse error"),
        ("7", "Parse error"),
        (r#"{"id":"1"}"#, "Bad request"),
        (r#"{"msg":7}"#, "Bad request"),
        (r#"{"msg":"dance"}"#, "Bad request"),
        (r#"{"msg":"method","method":"x"}"#, "Malformed method invocation"),
        (r#"{"msg":"method","id":"1","method":7}"#, "Malformed method invocation"),
        (r#"{"msg":"method","id":"1","method":"x","params":{}}"#, "Malformed method invocation"),
        (r#"{"msg":"sub","id":"1"}"#, "Malformed subscription"),
        (r#"{"msg":"unsub"}"#, "Malformed unsubscription"),
        (r#"{"msg":"ping","id":{}}"#, "Malformed ping"),
        (deep.as_str(), "Message nested too deeply"),
        (wide.as_str(), "Malformed method invocation"),
        (long_name.as_str(), "Malformed subscription"),
    ];
    for (frame, reason) in cases {
        socket.send_text(frame.to_owned()).await.unwrap();
        let error = next(&mut socket).await;
        assert_eq!((&error["msg"], &error["reason"]), (&json!("error"), &json!(reason)), "{frame}");
    }
    socket.send(&json!({ "msg": "ping" })).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({ "msg": "pong" }));
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_socket() {
    let server = TestServer::start_with(Engine::Sqlite, |config| config.limits.frame.max_bytes = 1000).await;
    let mut socket = server.socket().await;
    socket.send(&json!({ "msg": "ping", "id": "x".repeat(2000) })).await.unwrap();
    assert_eq!(closed(&mut socket).await, "1009 message too large");
}

#[tokio::test]
async fn binary_messages_are_refused() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    socket.send_binary(vec![1, 2, 3]).await.unwrap();
    assert!(closed(&mut socket).await.starts_with("1003"));
}

#[tokio::test]
async fn sockjs_wraps_both_ways() {
    let server = TestServer::small().await;
    let mut socket = server.raw_socket("/sockjs/123/abcdefgh/websocket").await;
    assert_eq!(socket.next_text().await.unwrap(), "o");
    let frames = json!([connect("1", &["1"]).to_string(), json!({ "msg": "ping", "id": "é\"" }).to_string()]);
    socket.send(&frames).await.unwrap();
    let connected = socket.next_text().await.unwrap();
    assert!(connected.starts_with(r#"a["{\"msg\":\"connected\""#), "{connected}");
    let pong: Vec<String> = serde_json::from_str(&socket.next_text().await.unwrap()[1..]).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&pong[0]).unwrap(), json!({ "msg": "pong", "id": "é\"" }));
    socket.send(&json!({ "msg": "ping" })).await.unwrap();
    assert_eq!(socket.next_text().await.unwrap(), r#"a["{\"msg\":\"pong\"}"]"#);
    server.running.kernel.hub.close_all("enough");
    assert_eq!(socket.next_text().await.unwrap(), r#"c[1000,"enough"]"#);
    assert_eq!(closed(&mut socket).await, "1000 enough");
}

#[tokio::test]
async fn a_list_of_frames_is_understood_on_the_bare_socket_too() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    socket.send(&json!([json!({ "msg": "ping" }).to_string()])).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({ "msg": "pong" }));
}

#[tokio::test]
async fn a_connection_that_ends_leaves_nothing_behind() {
    let server = TestServer::small().await;
    let hub = &server.running.kernel.hub;
    let sockets = [server.socket().await, server.socket().await];
    assert_eq!(hub.stats().connections, 2);
    drop(sockets);
    let mut last = server.socket().await;
    while hub.stats().connections > 1 {
        // Each round trip gives the server a turn.
        last.drain().await.unwrap();
    }
}

#[tokio::test]
async fn more_calls_than_may_wait_are_all_answered() {
    let server = TestServer::start_with(Engine::Sqlite, |config| config.limits.pending_calls = 4).await;
    let mut socket = server.socket().await;
    let mut ids = Vec::new();
    for _ in 0..200 {
        ids.push(socket.start_call("nope", Vec::new()).await.unwrap());
    }
    for id in ids {
        assert!(socket.result(&id).await.is_err());
    }
}

#[tokio::test]
async fn large_answers_one_after_another_are_all_delivered() {
    let server = TestServer::start_with(Engine::Sqlite, |config| config.test_mode = true).await;
    let admin = server.admin().await;
    let mut socket = server.socket().await;
    socket.resume(admin.token()).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(socket.start_call("private-settings/get", Vec::new()).await.unwrap());
    }
    for id in ids {
        let settings = socket.result(&id).await.unwrap();
        assert!(settings.to_string().len() > 300_000);
    }
}
