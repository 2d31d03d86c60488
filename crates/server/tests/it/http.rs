//! What the HTTP adapter does, whatever the operation is.

use gantry_client::{CallError, Client, Reply};
use gantry_store::Engine;
use http::Method;
use serde_json::json;

use crate::harness::{TestServer, environment};

async fn get(client: &Client, path: &str) -> Reply {
    client.send(Method::GET, path, &[], "".into()).await.unwrap()
}

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_carries_the_same_headers() {
    let server = TestServer::small().await;
    let stranger = server.stranger();
    let mut ids = std::collections::HashSet::new();
    for path in ["/api/info", "/api/v1/nope", "/nope"] {
        let reply = get(&stranger, path).await;
        assert_eq!(header(&reply, "content-type"), "application/json", "{path}");
        assert_eq!(header(&reply, "cache-control"), "no-store");
        assert_eq!(header(&reply, "pragma"), "no-cache");
        assert_eq!(header(&reply, "x-content-type-options"), "nosniff");
        assert_eq!(header(&reply, "x-frame-options"), "sameorigin");
        assert_eq!(header(&reply, "x-xss-protection"), "1");
        assert_eq!(header(&reply, "x-instance-id").len(), 17);
        assert!(ids.insert(header(&reply, "x-request-id").to_owned()));
    }
}

#[tokio::test]
async fn unknown_paths_answer_404_as_json() {
    let server = TestServer::small().await;
    for (method, path) in [
        (Method::GET, "/nope"),
        (Method::POST, "/nope"),
        (Method::GET, "/api/v1/nope"),
        (Method::PATCH, "/api/v1/nope"),
        (Method::GET, "/api/v1/"),
        (Method::GET, "/sockjs/nope"),
        (Method::DELETE, "/api/info"),
    ] {
        let reply = server.stranger().send(method.clone(), path, &[], "".into()).await.unwrap();
        assert_eq!(reply.status, 404, "{method} {path}");
        assert_eq!(reply.body["success"], json!(false), "{method} {path}");
    }
}

#[tokio::test]
async fn a_wrong_verb_is_answered_with_those_that_exist() {
    let server = TestServer::small().await;
    let reply =
        server.stranger().send(Method::PUT, "/api/v1/method.callAnon/x", &[], "".into()).await.unwrap();
    assert_eq!(reply.status, 405);
    assert_eq!(header(&reply, "allow"), "POST");
}

#[tokio::test]
async fn info_tells_strangers_no_patch_version() {
    let server = TestServer::small().await;
    let info = get(&server.stranger(), "/api/info").await.ok();
    assert_eq!(info["version"], "8.3");
    assert_eq!(info["success"], true);
    assert!(info.get("info").is_none());
    assert!(info["minimumClientVersions"]["mobile"].is_string());
}

#[tokio::test]
async fn head_answers_without_a_body() {
    let server = TestServer::small().await;
    let reply = server.stranger().send(Method::HEAD, "/api/info", &[], "".into()).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, json!(""));
    assert_ne!(header(&reply, "content-length"), "0");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_with_413() {
    let server = TestServer::start_with(Engine::Sqlite, |config| {
        config.limits.body = 1000;
    })
    .await;
    let stranger = server.stranger();
    let path = "/api/v1/method.callAnon/x";
    let post = async |kind: &str, size: usize| {
        let body = vec![b' '; size].into();
        stranger.send(Method::POST, path, &[("content-type", kind)], body).await.unwrap()
    };
    let reply = post("application/json", 1001).await;
    assert_eq!((reply.status.as_u16(), reply.error_type()), (413, "error-body-too-large"));
    assert_eq!(post("application/json", 1_000_000).await.status, 413);
    assert_eq!(post("application/json", 1000).await.status, 400, "the limit itself is allowed");
    assert_eq!(post("multipart/form-data; boundary=x", 1001).await.status, 413, "it takes no file");
}

#[tokio::test]
async fn other_sites_may_call_only_if_the_settings_say_so() {
    let options = async |variables: &[(&str, &str)], origin: &str| {
        let environment = environment(variables);
        let server = TestServer::start_with(Engine::Sqlite, |config| config.environment = environment).await;
        let headers = [("origin", origin)];
        server.stranger().send(Method::OPTIONS, "/api/v1/info", &headers, "".into()).await.unwrap()
    };
    let on = ("OVERWRITE_SETTING_API_Enable_CORS", "true");

    let reply = options(&[], "https://a.example").await;
    assert_eq!(reply.status, 405);
    assert_eq!(header(&reply, "access-control-allow-origin"), "");

    let reply = options(&[on, ("OVERWRITE_SETTING_API_CORS_Origin", "*")], "https://a.example").await;
    assert_eq!((reply.status.as_u16(), header(&reply, "access-control-allow-origin")), (200, "*"));
    assert!(header(&reply, "access-control-allow-headers").contains("X-Auth-Token"));

    let listed = [on, ("OVERWRITE_SETTING_API_CORS_Origin", "https://a.example,https://b.example")];
    let reply = options(&listed, "https://b.example").await;
    assert_eq!(header(&reply, "access-control-allow-origin"), "https://b.example");
    assert_eq!(header(&reply, "vary"), "Origin");
    assert_eq!(header(&options(&listed, "https://c.example").await, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_methods_failure_over_rest_is_in_the_message() {
    let server = TestServer::small().await;
    let message = json!({ "msg": "method", "id": 7, "method": "nope", "params": [] }).to_string();
    let reply = server.stranger().post("method.callAnon/nope", &json!({ "message": message })).await.unwrap();
    let body = reply.ok();
    assert_eq!(body["success"], true);
    let result: serde_json::Value = serde_json::from_str(body["message"].as_str().unwrap()).unwrap();
    assert_eq!(result["msg"], "result");
    assert_eq!(result["id"], 7, "the id comes back as it was sent");
    assert_eq!(result["error"]["error"], 404);
}

#[tokio::test]
async fn a_message_that_is_no_call_is_refused() {
    let server = TestServer::small().await;
    for message in ["", "{}", "[]", r#"{"method":"x"}"#, r#"{"method":7,"params":[]}"#] {
        let reply =
            server.stranger().post("method.callAnon/x", &json!({ "message": message })).await.unwrap();
        assert_eq!(
            (reply.status.as_u16(), &reply.body["error"]),
            (400, &json!("Invalid method call")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let server = TestServer::small().await;
    for path in ["/", "/api-docs"] {
        let reply = get(&server.stranger(), path).await;
        assert_eq!(reply.status, 200);
        assert!(header(&reply, "content-security-policy").starts_with("default-src 'none'"));
        assert!(!reply.body.as_str().unwrap().contains("src=\"http"));
    }
    let document = get(&server.stranger(), "/api/docs/json").await.ok();
    assert!(document["paths"]["/api/v1/method.call/{method}"]["post"]["summary"].is_string());
}

#[tokio::test]
async fn metrics_count_calls_and_ask_for_the_token_if_there_is_one() {
    let server = TestServer::small().await;
    let stranger = server.stranger();
    stranger.post("method.callAnon/x", &json!({ "message": "" })).await.unwrap();
    let text = get(&stranger, "/metrics").await.body;
    let line = r#"gantry_rest_refused_total{verb="POST",path="method.callAnon/:method"} 1"#;
    assert!(text.as_str().unwrap().contains(line), "{text}");

    let server =
        TestServer::start_with(Engine::Sqlite, |config| config.metrics_token = Some("secret".into())).await;
    let stranger = server.stranger();
    assert_eq!(get(&stranger, "/metrics").await.status, 403);
    let with = async |token: &str| {
        let headers = [("authorization", token)];
        stranger.send(Method::GET, "/metrics", &headers, "".into()).await.unwrap().status
    };
    assert_eq!(with("Bearer wrong!").await, 403);
    assert_eq!(with("Bearer secret").await, 200);
}

#[tokio::test]
async fn a_server_is_ready_on_either_database() {
    for engine in gantry_store::testing::engines() {
        let server = TestServer::start(engine).await;
        let ready = get(&server.stranger(), "/readyz").await.ok();
        assert_eq!(ready, json!({ "ready": true, "checks": { "database": "ok", "server": "ok" } }));
        assert_eq!(get(&server.stranger(), "/livez").await.body, json!("ok"));
    }
}

#[tokio::test]
async fn who_calls_a_removed_operation_is_told_the_new_one() {
    let server = TestServer::small().await;
    let reply = server.stranger().get("licenses.get").await.unwrap();
    assert_eq!(reply.status, 404);
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.contains("use /api/v1/licenses.info"), "{message}");
    let mut socket = server.socket().await;
    let Err(CallError::Refused(error)) = socket.call("roomNameExists", vec![]).await else { panic!() };
    assert_eq!(error["error"], 404);
    assert!(error["reason"].as_str().unwrap().contains("use /api/v1/rooms.nameExists"), "{error}");
}

#[tokio::test]
async fn metrics_count_calls_of_deprecated_operations() {
    let server = TestServer::small().await;
    let admin = server.admin().await;
    let stranger = server.stranger();
    let figures = async || get(&stranger, "/metrics").await.body.as_str().unwrap().to_owned();
    let line = r#"gantry_deprecated_calls_total{operation="POST users.createToken"} 1"#;
    assert!(!figures().await.contains(line));
    admin.post("users.createToken", &json!({ "userId": admin.uid() })).await.unwrap();
    assert!(figures().await.contains(line));
}
