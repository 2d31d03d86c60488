//! Whatever is sent, the answer is a refusal that says why: never a fault of the server, never silence.

use gantry_client::Client;
use gantry_kernel::registry::EndpointEntry;
use gantry_kernel::spec::Verb;
use gantry_store::Engine;
use http::Method;
use serde_json::{Map, Value, json};

use crate::harness::TestServer;
use crate::registry::address;

/// Values that are wrong for most parameters, and unpleasant for the rest.
fn unpleasant() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("x"),
        json!("é\u{202e}😀'\"\\%_;--"),
        json!("$where"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([[], {}, null, 7]),
        json!({}),
        json!({ "$ne": null }),
        json!({ "$date": 1e18 }),
        json!({ "a": { "b": { "c": [{ "d": "e" }] } } }),
    ]
}

/// The first of the shapes that an operation's parameters may have.
pub(crate) fn first_choice(schema: Value) -> Value {
    schema["oneOf"].get(0).cloned().unwrap_or(schema)
}

/// A value that fits a property's schema, as far as it is easy to find one.
pub(crate) fn plausible(schema: &Value) -> Value {
    if let Some(choice) = schema["enum"].get(0) {
        return choice.clone();
    }
    if let Some(word) = schema["pattern"].as_str().filter(|word| word.starts_with(char::is_alphabetic)) {
        return json!(word);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("string") => json!("x"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        _ => json!({}),
    }
}

/// Sends parameters the way the verb takes them.
pub(crate) async fn send(
    client: &Client,
    entry: &EndpointEntry,
    params: &Map<String, Value>,
) -> (http::StatusCode, Value) {
    let (_, path) = address(entry);
    send_to(client, entry, &path, params).await
}

/// As [`send`], to a path with chosen parameters in it.
pub(crate) async fn send_to(
    client: &Client,
    entry: &EndpointEntry,
    path: &str,
    params: &Map<String, Value>,
) -> (http::StatusCode, Value) {
    let (method, mut path) = (address(entry).0, path.to_owned());
    let mut body = String::new();
    if entry.spec.verb == Verb::Get {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in params {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            query.append_pair(name, &text);
        }
        path = format!("{path}?{}", query.finish());
    } else {
        body = Value::Object(params.clone()).to_string();
    }
    let reply = client.send(method, &path, &[], body.into()).await.unwrap();
    (reply.status, reply.body)
}

/// What may be answered to anything: not a fault, and JSON: an object with `success`, or a list.
fn sound(status: http::StatusCode, body: &Value) -> bool {
    let refused = status.is_client_error() && body["success"] == json!(false);
    let not_yet = status == 501;
    refused || not_yet || (status == 200 && (body.is_object() || body.is_array()))
}

#[tokio::test]
async fn no_value_of_any_parameter_is_answered_with_a_fault() {
    for engine in gantry_store::testing::engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let admin = server.admin().await;
        let mut faults = Vec::new();
        for entry in server.running.kernel.registry.endpoints() {
            // These would end the login that the test goes on with.
            if matches!(
                entry.spec.path,
                "logout" | "users.logout" | "users.deleteOwnAccount" | "users.delete"
            ) {
                continue;
            }
            let schema = first_choice(entry.schema().to_value());
            let none = Map::new();
            let properties = schema["properties"].as_object().unwrap_or(&none);
            let fitting: Map<String, Value> =
                properties.iter().map(|(name, schema)| (name.clone(), plausible(schema))).collect();
            for name in properties.keys() {
                for value in unpleasant() {
                    let mut params = fitting.clone();
                    params.insert(name.clone(), value.clone());
                    let (status, body) = send(&admin, entry, &params).await;
                    if !sound(status, &body) {
                        let value = value.to_string().chars().take(60).collect::<String>();
                        faults.push(format!("{} {name}={value}: {status} {body}", entry.spec.path));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{engine:?}: {} faults\n{}", faults.len(), faults.join("\n"));
    }
}

#[tokio::test]
async fn no_params_of_any_method_are_answered_with_a_fault() {
    for engine in gantry_store::testing::engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let admin = server.admin().await;
        let mut socket = server.socket().await;
        socket.resume(admin.token()).await.unwrap();
        let mut faults = Vec::new();
        for entry in server.running.kernel.registry.methods() {
            if matches!(
                entry.spec.name,
                "logout"
                    | "login"
                    | "deleteUserOwnAccount"
                    | "logoutOtherClients"
                    | "logoutCleanUp"
                    | "e2e.resetOwnE2EKey"
            ) {
                continue;
            }
            for value in unpleasant() {
                for params in [
                    vec![value.clone()],
                    vec![value.clone(), value.clone()],
                    vec![json!("GENERAL"), value.clone()],
                ] {
                    let answer =
                        socket.call(entry.spec.name, params).await.map_err(|error| error.to_string());
                    if answer.as_ref().is_err_and(|error| !error.starts_with("refused")) {
                        // What comes next needs a socket that is open.
                        socket = server.socket().await;
                        socket.resume(admin.token()).await.unwrap();
                    }
                    if answer.as_ref().is_err_and(|error| {
                        error.contains("Internal server error") || !error.starts_with("refused")
                    }) {
                        let value = value.to_string().chars().take(60).collect::<String>();
                        faults.push(format!("{} {value}: {answer:?}", entry.spec.name));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{engine:?}: {} faults\n{}", faults.len(), faults.join("\n"));
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_objects_are_refused_with_a_reason() {
    let server = TestServer::small().await;
    let admin = server.admin().await;
    let deep = format!("{{\"message\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let cases: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"[]".to_vec(),
        b"7".to_vec(),
        b"\"text\"".to_vec(),
        b"{\"message\":\"\\u0000\"}".to_vec(),
        b"{\"message\":\"\\ud800\"}".to_vec(),
        b"{\"message\":\"\xff\"}".to_vec(),
        deep.into_bytes(),
    ];
    for body in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let reply = admin.send(Method::POST, "/api/v1/method.call/x", &[], body.into()).await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.error_type()), (400, "invalid-params"), "{shown}");
        assert!(reply.body["error"].as_str().unwrap().len() > 20, "{}", reply.body);
    }
}

#[tokio::test]
async fn bad_text_in_paths_and_queries_is_refused() {
    let server = TestServer::small().await;
    let admin = server.admin().await;
    for path in
        ["channels.info?roomName=%00", "channels.info?roomName=%ff", "method.call/%00", "method.call/%ff"]
    {
        let method = if path.starts_with("method") { Method::POST } else { Method::GET };
        let reply = admin.send(method, &format!("/api/v1/{path}"), &[], "".into()).await.unwrap();
        assert_eq!(reply.status, 400, "{path}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let server = TestServer::start_with(Engine::Sqlite, |config| {
        config.limits.read_timeout = std::time::Duration::from_millis(50);
    })
    .await;
    for (begin, status) in [
        ("POST /api/v1/method.callAnon/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{", "408"),
        ("GET /api/info HTTP/1.1\r\nhost", ""),
    ] {
        let mut stream = tokio::net::TcpStream::connect(server.running.addr).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(status), "{answer}");
    }
}

#[tokio::test]
async fn nonsense_instead_of_http_is_refused() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let server = TestServer::small().await;
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(1000));
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(100_000));
    for request in ["hello\r\n\r\n", many.as_str(), long.as_str()] {
        let mut stream = tokio::net::TcpStream::connect(server.running.addr).await.unwrap();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(server.stranger().send(Method::GET, "/health", &[], "".into()).await.unwrap().status, 200);
}
