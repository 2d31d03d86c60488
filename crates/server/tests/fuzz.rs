//! Whatever is sent to it, the server answers, and never with a fault of its own.
//!
//! Requests are made up from the API document and from the names in the registry. The sequence is decided by
//! a seed: `GANTRY_FUZZ_SEED` takes another one, `GANTRY_FUZZ_CASES` another number of cases per operation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Mutex, OnceLock, PoisonError};

use gantry_client::{CallError, Client, Error, Socket};
use gantry_server::{Config, Gantry, Running, assembly};
use http::Method;
use serde_json::{Map, Value, json};

const SEED: u64 = 20;
const CASES: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rest_request_is_answered_with_a_fault() {
    watch_for_panics();
    let mut chance = Chance::from_environment();
    let mut target = Target::start().await;
    let document =
        target.anybody().send(Method::GET, "/api/docs/json", &[], Vec::new().into()).await.unwrap().ok();
    let operations: Vec<Operation> = operations(&document);
    assert!(operations.len() > 20, "the API document lists the operations");
    let mut accepted = 0;
    for operation in &operations {
        for _ in 0..cases() {
            let request = operation.request(&mut chance, &target.known);
            let client = match chance.below(8) {
                0 => target.anybody(),
                1 => target.anybody().with_token(target.admin.uid(), "no-such-token"),
                2 | 3 => target.ordinary.clone(),
                _ => target.admin.clone(),
            };
            let headers: Vec<(&str, &str)> =
                request.content_type.iter().map(|kind| ("Content-Type", *kind)).collect();
            let sent = client
                .send(operation.verb.clone(), &request.path, &headers, request.body.clone().into())
                .await;
            let reply = sent.unwrap_or_else(|error| panic!("{error}: {operation:?} {request:?}"));
            assert!(
                reply.status.as_u16() < 500,
                "{} {}: {operation:?} {request:?}, seed {}",
                reply.status,
                reply.body,
                seed()
            );
            accepted += u64::from(reply.status == 200);
            no_panics(&format!("{operation:?} {request:?}"));
        }
        target = target.revived().await;
    }
    target.stop().await;
    far_enough(accepted, cases() * operations.len() as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_frame_is_answered_with_a_fault() {
    watch_for_panics();
    let mut chance = Chance::from_environment();
    let mut target = Target::start().await;
    let registry = assembly::registry();
    let methods: Vec<&str> =
        registry.methods().iter().map(|method| method.spec.name).chain(["no-such"]).collect();
    let streams: Vec<String> = registry.stream_names().iter().map(|name| format!("stream-{name}")).collect();
    let subscriptions: Vec<&str> = streams
        .iter()
        .map(String::as_str)
        .chain(registry.publication_names())
        .chain(["stream-no-such"])
        .collect();
    let (mut accepted, mut sent) = (0, 0);
    for (names, is_method) in [(&methods, true), (&subscriptions, false)] {
        for name in names {
            let mut socket = target.socket(&mut chance).await;
            for _ in 0..cases() {
                let params: Vec<Value> =
                    (0..chance.below(5)).map(|_| chance.value(&target.known, 3)).collect();
                let refused = if is_method {
                    socket.call(name, params.clone()).await.err()
                } else {
                    socket.subscribe_to(name, params.clone()).await.err()
                };
                let what = format!("{name} {}, seed {}", Value::from(params), seed());
                match refused {
                    None => accepted += 1,
                    Some(CallError::Refused(error)) => {
                        assert_ne!(error["error"], json!(500), "{what}: {error}")
                    }
                    // Some calls end the caller's own logins, and the socket says why.
                    Some(CallError::Transport(Error::Closed(why))) if why.starts_with("1000 ") => {
                        target = target.revived().await;
                        socket = target.socket(&mut chance).await;
                    }
                    Some(CallError::Transport(error)) => panic!("{what}: {error}"),
                }
                sent += 1;
                no_panics(&what);
            }
            target = target.revived().await;
        }
    }
    malformed(&mut target, &mut chance).await;
    target.stop().await;
    far_enough(accepted, sent);
}

/// Requests that are all refused at the door find nothing.
fn far_enough(accepted: u64, sent: u64) {
    println!("{accepted} of {sent} were accepted");
    assert!(accepted * 20 > sent, "only {accepted} of {sent} made-up requests were accepted");
}

/// Text that is no frame, or half of one: the socket is told or closed, and the next one works.
async fn malformed(target: &mut Target, chance: &mut Chance) {
    let whole = [
        r#"{"msg":"connect","version":"1","support":["1"]}"#,
        r#"{"msg":"method","id":"1","method":"login","params":[{"resume":"x"}]}"#,
        r#"{"msg":"sub","id":"2","name":"stream-notify-all","params":["public-info",false]}"#,
        r#"["{\"msg\":\"ping\"}"]"#,
        r#"{"msg":"unsub","id":"2"}"#,
    ];
    for _ in 0..cases() * 16 {
        let path = if chance.below(2) == 0 { "/websocket" } else { "/sockjs/123/abcdefgh/websocket" };
        let mut socket = Socket::open(&target.url(), path).await.unwrap();
        for _ in 0..chance.below(6) {
            let mut text = whole[chance.below(5) as usize].as_bytes().to_vec();
            for _ in 0..chance.below(4) {
                let at = chance.below(text.len() as u64) as usize;
                match chance.below(3) {
                    0 => text.truncate(at),
                    1 => text[at] = chance.below(127) as u8,
                    _ => text.extend_from_within(..at),
                }
                if text.is_empty() {
                    text.push(b'{');
                }
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            if socket.send_text(text).await.is_err() {
                break;
            }
        }
        no_panics("malformed frames");
    }
    Socket::connect(&target.url()).await.unwrap().drain().await.unwrap();
}

/// A server with an administrator, somebody ordinary, a room and a message.
struct Target {
    running: Running,
    admin: Client,
    ordinary: Client,
    /// Ids and names that exist.
    known: Vec<String>,
    _data: tempfile::TempDir,
}

impl Target {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config::new(data.path());
        config.test_mode = true;
        config.environment = [
            ("ADMIN_USERNAME", "admin"),
            ("ADMIN_PASS", "admin-password"),
            ("ADMIN_EMAIL", "admin@example.org"),
        ]
        .into_iter()
        .collect();
        let running = Gantry::start(config).await.unwrap();
        let anybody = Client::new(&running.url()).unwrap();
        let admin = anybody.login("admin", "admin-password").await.unwrap();
        let person = json!({
            "username": "ann", "name": "Ann", "email": "ann@example.org", "password": "ann-password", "verified": true,
        });
        let ann = admin.post("users.create", &person).await.unwrap().ok();
        let ordinary = anybody.login("ann", "ann-password").await.unwrap();
        let room =
            admin.post("channels.create", &json!({ "name": "fuzz", "members": ["ann"] })).await.unwrap().ok();
        let rid = room["channel"]["_id"].clone();
        let message =
            admin.post("chat.postMessage", &json!({ "roomId": rid, "text": "hello" })).await.unwrap().ok();
        let known = [&rid, &ann["user"]["_id"], &message["message"]["_id"], &json!(admin.uid())];
        let known = known.into_iter().map(|id| id.as_str().unwrap().to_owned());
        let names = ["GENERAL", "fuzz", "ann", "admin", "user", "Site_Url", "general"];
        let known = known.chain(names.map(str::to_owned)).collect();
        Self { running, admin, ordinary, known, _data: data }
    }

    fn url(&self) -> url::Url {
        self.running.url().parse().unwrap()
    }

    fn anybody(&self) -> Client {
        Client::new(&self.running.url()).unwrap()
    }

    async fn socket(&self, chance: &mut Chance) -> Socket {
        let mut socket = Socket::connect(&self.url()).await.unwrap();
        if chance.below(4) > 0 {
            socket.resume(self.admin.token()).await.unwrap();
        }
        socket
    }

    /// Made-up requests change passwords, sign out and delete people: then a new server takes over.
    async fn revived(self) -> Self {
        let mut works = true;
        for client in [&self.admin, &self.ordinary] {
            works &= client.get("me").await.unwrap().status == 200;
        }
        if works {
            return self;
        }
        self.stop().await;
        Self::start().await
    }

    /// Whatever it was sent, it still answers, and it stops in order.
    async fn stop(self) {
        let reply = self.anybody().send(Method::GET, "/livez", &[], Vec::new().into()).await.unwrap();
        assert_eq!(reply.status, 200);
        self.running.shutdown().await.unwrap();
        no_panics("the end");
    }
}

/// One operation of the API document.
#[derive(Debug)]
struct Operation {
    verb: Method,
    /// With `{name}` where a parameter stands.
    path: String,
    /// Name, place (`path`, `query`, `body`) and schema of each parameter.
    parameters: Vec<(String, String, Value)>,
}

#[derive(Debug)]
struct Request {
    path: String,
    content_type: Option<&'static str>,
    body: Vec<u8>,
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            let listed = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
                let text = |key: &str| parameter[key].as_str().unwrap().to_owned();
                (text("name"), text("in"), parameter["schema"].clone())
            });
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
            let fields = body.as_object().into_iter().flatten();
            let fields = fields.map(|(name, schema)| (name.clone(), "body".to_owned(), schema.clone()));
            found.push(Operation {
                verb: verb.to_uppercase().parse().unwrap(),
                path: path.clone(),
                parameters: listed.chain(fields).collect(),
            });
        }
    }
    found
}

impl Operation {
    fn request(&self, chance: &mut Chance, known: &[String]) -> Request {
        let mut path = self.path.clone();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut body = Map::new();
        for (name, place, schema) in &self.parameters {
            let value = match chance.below(6) {
                0 if place != "path" => continue,
                0 | 1 => chance.value(known, 3),
                2 | 3 => usual(name, known).map_or_else(|| chance.fitting(schema, known, 3), Value::from),
                _ => chance.fitting(schema, known, 3),
            };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match place.as_str() {
                "path" => {
                    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
                    path = path.replace(&format!("{{{name}}}"), &text);
                }
                "query" => {
                    query.append_pair(name, &text);
                }
                _ => {
                    body.insert(name.clone(), value);
                }
            }
        }
        for _ in 0..chance.below(2) {
            query.append_pair(&chance.text(known), &chance.text(known));
            body.insert(chance.text(known), chance.value(known, 3));
        }
        let query = query.finish();
        if !query.is_empty() {
            path = format!("{path}?{query}");
        }
        if matches!(self.verb, Method::GET | Method::DELETE) {
            return Request { path, content_type: None, body: Vec::new() };
        }
        let text = Value::Object(body).to_string();
        let (content_type, body) = match chance.below(12) {
            0 => ("application/json", text.as_bytes()[..chance.below(text.len() as u64) as usize].to_vec()),
            1 => ("application/json", chance.value(known, 4).to_string().into_bytes()),
            2 => ("multipart/form-data; boundary=x", text.into_bytes()),
            3 => ("application/x-www-form-urlencoded", text.into_bytes()),
            4 => ("application/json", vec![0xff, 0xfe, b'{', 0]),
            _ => ("application/json", text.into_bytes()),
        };
        Request { path, content_type: Some(content_type), body }
    }
}

/// What a parameter of that name usually holds, so that requests get past the first check.
fn usual(name: &str, known: &[String]) -> Option<String> {
    let [room, person, message, ..] = known else { return None };
    Some(match name {
        "roomId" | "rid" | "room_id" => room.clone(),
        "userId" | "uid" => person.clone(),
        "messageId" | "msgId" | "mid" | "tmid" | "_id" => message.clone(),
        "roomName" | "channel" => "fuzz".to_owned(),
        "username" | "user" => "ann".to_owned(),
        "count" | "offset" => "5".to_owned(),
        _ => return None,
    })
}

/// A sequence of choices that a seed decides (SplitMix64).
struct Chance(u64);

impl Chance {
    fn from_environment() -> Self {
        Self(seed())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.next() % limit }
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u64) as usize]
    }

    fn text(&mut self, known: &[String]) -> String {
        if self.below(2) == 0 {
            return known[self.below(known.len() as u64) as usize].clone();
        }
        let odd = [
            "",
            " ",
            "x",
            "\u{0}",
            "../../etc/passwd",
            "'; DROP TABLE users; --",
            "%00%ff",
            "{\"$ne\":null}",
            "{\"$regex\":\"(a+)+$\"}",
            "[1,2",
            "\u{202e}\u{1f600}\u{0301}",
            "@all @here #general",
            "```",
            "2024-01-01T00:00:00.000Z",
            "-1",
            "99999999999999999999",
            "NaN",
            "1e400",
            "{\"_id\":-1}",
            "true",
            "__proto__",
            "https://example.org/?a=b#c",
        ];
        match self.below(8) {
            0 => "a".repeat(self.below(6000) as usize),
            1 => "[".repeat(self.below(300) as usize),
            2 => "*_~`[](".repeat(self.below(60) as usize),
            _ => self.pick(&odd.map(|text| text)).to_owned(),
        }
    }

    /// Any JSON value, nested at most `depth` deep.
    fn value(&mut self, known: &[String], depth: u64) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!([0, -1, 1, 50, i64::MAX, i64::MIN, 1_700_000_000_000][self.below(7) as usize]),
            3 => json!([0.5, -0.0, 1e308, 1e-308][self.below(4) as usize]),
            4 | 5 => json!(self.text(known)),
            6 => (0..self.below(4)).map(|_| self.value(known, depth - 1)).collect(),
            7 => self.pick_object(),
            _ => {
                let names = [
                    "_id", "rid", "roomId", "msg", "userId", "username", "name", "$date", "$ne", "tmid",
                    "token",
                ];
                let fields = self.below(5);
                Value::Object(
                    (0..fields)
                        .map(|_| (self.pick(&names).to_owned(), self.value(known, depth - 1)))
                        .collect(),
                )
            }
        }
    }

    fn pick_object(&mut self) -> Value {
        let objects = [
            json!({ "$date": 1_700_000_000_000_i64 }),
            json!({ "$date": "x" }),
            json!({ "$binary": "!" }),
            json!({ "$gt": "" }),
            json!({ "added": [], "removed": {} }),
            json!({ "user": { "username": "admin" }, "password": { "digest": "x", "algorithm": "sha-256" } }),
        ];
        objects[self.below(6) as usize].clone()
    }

    /// A value that fits a schema more or less.
    fn fitting(&mut self, schema: &Value, known: &[String], depth: u64) -> Value {
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return values[self.below(values.len() as u64) as usize].clone();
        }
        let alternatives = ["anyOf", "oneOf"].iter().find_map(|key| schema[key].as_array());
        if let Some(alternatives) = alternatives.filter(|list| !list.is_empty()) {
            let chosen = &alternatives[self.below(alternatives.len() as u64) as usize];
            return self.fitting(chosen, known, depth);
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) if !kinds.is_empty() => {
                kinds[self.below(kinds.len() as u64) as usize].as_str()
            }
            kind => kind.as_str(),
        };
        match kind {
            Some("string") => json!(self.text(known)),
            Some("boolean") => json!(self.below(2) == 0),
            Some("integer" | "number") => json!([0, 1, 5, 50, -1, i64::MAX][self.below(6) as usize]),
            Some("array") if depth > 0 => {
                (0..self.below(3)).map(|_| self.fitting(&schema["items"], known, depth - 1)).collect()
            }
            Some("object") if depth > 0 && schema["properties"].is_object() => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let mut made = serde_json::Map::new();
                for (name, field) in fields {
                    if self.below(4) > 0 {
                        made.insert(name.clone(), self.fitting(field, known, depth - 1));
                    }
                }
                Value::Object(made)
            }
            _ => self.value(known, depth),
        }
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

fn seed() -> u64 {
    number("GANTRY_FUZZ_SEED", SEED)
}

fn cases() -> u64 {
    number("GANTRY_FUZZ_CASES", CASES)
}

static PANICS: OnceLock<Mutex<Vec<String>>> = OnceLock::new();

/// A panic in a request is answered like any fault, or ends a task unseen: it is noted here.
fn watch_for_panics() {
    PANICS.get_or_init(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if let Some(panics) = PANICS.get() {
                panics.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
            }
            before(panic);
        }));
        Mutex::default()
    });
}

fn no_panics(after: &str) {
    let panics = PANICS.get().unwrap().lock().unwrap_or_else(PoisonError::into_inner);
    assert!(panics.is_empty(), "panics after {after}: {panics:#?}");
}
