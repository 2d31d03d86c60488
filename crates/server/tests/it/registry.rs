//! What every operation owes, read from the registry: nobody has to remember to write these tests.

use std::collections::BTreeSet;

use gantry_kernel::guard::Auth;
use gantry_kernel::registry::{EndpointEntry, Registry, ResourceEntry};
use gantry_server::assembly;
use http::Method;
use serde_json::Value;

use crate::harness::TestServer;

/// REST operations that anybody may call. Each line needs a reason to be here: a client calls it before
/// the login, or the operation checks a secret of its own.
const OPEN_ENDPOINTS: &str = include_str!("open_endpoints.txt");

/// DDP methods that anybody may call.
const OPEN_METHODS: &str = include_str!("open_methods.txt");

/// Paths that upstream answers and no document names.
const UNLISTED: &[(&str, &str)] = &[
    ("GET", "/api/v1/banners.getNew"),
    ("POST", "/api/v1/dm.blockUser"),
    ("POST", "/api/v1/chat.otr"),
    ("POST", "/api/v1/rooms.upload/:rid"),
    ("GET", "/api/v1/stdout.queue"),
    ("GET", "/emoji-custom/"),
    ("GET", "/custom-sounds/"),
];

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Verb and path, with something in the place of parameters.
pub(crate) fn address(entry: &EndpointEntry) -> (Method, String) {
    let path: Vec<&str> =
        entry.spec.path.split('/').map(|part| if part.starts_with(':') { "x" } else { part }).collect();
    (entry.spec.verb.name().parse().unwrap(), format!("/api/v1/{}", path.join("/")))
}

fn named(entry: &EndpointEntry) -> String {
    format!("{} {}", entry.spec.verb.name(), entry.spec.path)
}

/// Verb and path of a resource, as the list of open operations names it: `GET /avatar/:username`.
fn each_verb(entry: &ResourceEntry) -> impl Iterator<Item = String> {
    entry.spec.verbs.iter().map(|verb| format!("{} {}", verb.name(), entry.spec.path))
}

fn each_path(registry: &Registry) -> impl Iterator<Item = (&EndpointEntry, &'static str)> {
    registry.endpoints().iter().flat_map(|entry| {
        std::iter::once(&entry.spec.path).chain(entry.spec.aliases).map(move |path| (entry, *path))
    })
}

#[test]
fn open_operations_are_on_the_list() {
    let registry = assembly::registry();
    let operations = registry.endpoints().iter().filter(|entry| entry.auth == Auth::Anyone).map(named);
    let resources = registry.resources().iter().filter(|entry| entry.auth == Auth::Anyone);
    let open = operations.chain(resources.flat_map(|entry| each_verb(entry).collect::<Vec<_>>())).collect();
    assert_eq!(lines(OPEN_ENDPOINTS), open);
    let open = registry.methods().into_iter().filter(|entry| entry.auth == Auth::Anyone);
    assert_eq!(lines(OPEN_METHODS), open.map(|entry| entry.spec.name.to_owned()).collect());
}

#[test]
fn every_operation_is_documented() {
    let registry = assembly::registry();
    let mut faults = Vec::new();
    for (entry, path) in each_path(&registry) {
        let schema = entry.schema().to_value();
        let summary = gantry_kernel::openapi::summary(schema["description"].as_str().unwrap_or_default());
        if summary.len() < 10 || !summary.ends_with('.') {
            faults.push(format!("{path}: its doc comment does not begin with a sentence: {summary:?}"));
        }
        if entry.spec.tag.is_empty() {
            faults.push(format!("{path}: no tag"));
        }
    }
    for entry in registry.resources() {
        let schema = entry.schema().to_value();
        let summary = gantry_kernel::openapi::summary(schema["description"].as_str().unwrap_or_default());
        if summary.len() < 10 || !summary.ends_with('.') || entry.spec.tag.is_empty() {
            faults.push(format!("{}: no sentence or no tag: {summary:?}", entry.spec.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_path_is_one_that_clients_know() {
    let documented: BTreeSet<(&str, &str)> =
        gantry_kernel::dispatch::documented_endpoints().map(|(verb, path, _)| (verb, path)).collect();
    let registry = assembly::registry();
    let known = |verb: &str, path: &str| {
        let path = format!("/api/v1/{path}");
        UNLISTED.contains(&(verb, path.as_str()))
            || documented.iter().any(|(v, p)| *v == verb && same_shape(p, &path))
    };
    let unknown: Vec<String> = each_path(&registry)
        .filter(|(entry, path)| !known(entry.spec.verb.name(), path))
        .map(|(entry, path)| format!("{} {path}", entry.spec.verb.name()))
        .collect();
    let listed = |path: &str| {
        documented.iter().any(|(_, p)| same_shape(p, path)) || UNLISTED.iter().any(|(_, p)| *p == path)
    };
    let resources = registry.resources().iter();
    let unlisted = resources
        .flat_map(|entry| std::iter::once(&entry.spec.path).chain(entry.spec.aliases))
        .filter(|path| !listed(path));
    let unknown: Vec<String> = unknown.into_iter().chain(unlisted.map(|path| (*path).to_owned())).collect();
    assert!(unknown.is_empty(), "not in data/endpoints.tsv, or misspelt:\n{}", unknown.join("\n"));
}

/// Whether two paths differ in the names of their parameters at most.
fn same_shape(one: &str, other: &str) -> bool {
    let shape = |path: &str| {
        path.split('/')
            .map(|part| if part.starts_with([':', '*']) { ":" } else { part }.to_owned())
            .collect::<Vec<_>>()
    };
    shape(one) == shape(other)
}

#[tokio::test]
async fn without_a_login_every_closed_operation_answers_401() {
    let server = TestServer::small().await;
    let stranger = server.stranger();
    let mut faults = Vec::new();
    for entry in server.running.kernel.registry.endpoints() {
        if entry.auth == Auth::Anyone {
            continue;
        }
        let (method, path) = address(entry);
        let reply = stranger.send(method, &path, &[], "".into()).await.unwrap();
        if reply.status != 401 || reply.body["success"] != false {
            faults.push(format!("{}: {} {}", named(entry), reply.status, reply.body));
        }
    }
    for entry in server.running.kernel.registry.resources().iter().filter(|e| e.auth == Auth::User) {
        for verb in entry.spec.verbs {
            let path = entry.spec.path.split('/').map(|p| if p.starts_with([':', '*']) { "x" } else { p });
            let path = path.collect::<Vec<_>>().join("/");
            let reply = stranger.send(verb.name().parse().unwrap(), &path, &[], "".into()).await.unwrap();
            if reply.status != 401 && reply.status != 403 {
                faults.push(format!("{} {path}: {}", verb.name(), reply.status));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn without_a_login_every_closed_method_is_refused() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    let mut faults = Vec::new();
    for entry in server.running.kernel.registry.methods() {
        if entry.auth != Auth::User {
            continue;
        }
        let refused = socket.call(entry.spec.name, Vec::new()).await.map_err(|error| error.to_string());
        if !refused.as_ref().is_err_and(|error| error.contains("error-invalid-user")) {
            faults.push(format!("{}: {refused:?}", entry.spec.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Ways of a login that is there: they differ in the body, not in the path.
const SAME_PATH: &str = "/api/v1/login - ";

#[tokio::test]
async fn what_is_planned_answers_501_and_never_a_success() {
    let server = TestServer::small().await;
    let stranger = server.stranger();
    let ledger = include_str!("../../../../docs/compatibility.md");
    let rows = ledger.lines().filter(|line| line.contains("` | planned"));
    let (mut faults, mut asked) = (Vec::new(), 0);
    for row in rows.filter(|row| !row.starts_with("| `") && !row.contains(SAME_PATH)) {
        let (verb, path) = row[2..].split_once('`').unwrap();
        let path = path.split('`').next().unwrap();
        let part = |part: &str| match part.split_once(':') {
            Some((before, name)) => format!("{before}x{}", name.find('.').map_or("", |dot| &name[dot..])),
            None => part.replace('*', "x"),
        };
        let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
        let method = verb.trim().replace("ANY", "GET").parse().unwrap();
        let reply = stranger.send(method, &path, &[], "".into()).await.unwrap();
        asked += 1;
        if reply.status != 501 || reply.body["errorType"] != "error-not-implemented" {
            faults.push(format!("{row}: {} {}", reply.status, reply.body));
        }
    }
    assert!(asked > 200, "the ledger lists {asked} only");
    let mut socket = server.socket().await;
    let methods =
        ledger.lines().filter(|line| line.contains("` | planned")).filter_map(|row| row.strip_prefix("| `"));
    for name in methods.filter_map(|row| row.split('`').next()).filter(|name| !name.contains('(')) {
        let answer = match name.strip_prefix("stream-") {
            Some(stream) => socket.subscribe(stream, "x").await.map(|_| Value::Null),
            None => socket.call(name, Vec::new()).await,
        };
        let text = answer.map_or_else(|error| error.to_string(), |answer| answer.to_string());
        if !text.contains("error-not-implemented") {
            faults.push(format!("{name}: {text}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
