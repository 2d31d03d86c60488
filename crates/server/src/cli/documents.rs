//! `gantry openapi` and `gantry ledger`: what the registry knows, on paper.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gantry_kernel::dispatch::{documented_endpoints, documented_methods, removed_method};
use gantry_kernel::registry::Registry;
use gantry_kernel::spec::Verb;

use super::Outcome;
use crate::assembly;

/// What operations that are not there yet wait for: a part of their names, and the capability.
const WAITING: &str = include_str!("../../data/waiting.tsv");

/// Prints the OpenAPI document.
pub(super) fn openapi() -> Outcome {
    let document = gantry_kernel::openapi::document(&assembly::registry(), env!("CARGO_PKG_VERSION"));
    super::print(&serde_json::to_string_pretty(&document)?)
}

/// Prints the compatibility ledger.
pub(super) fn ledger() -> Outcome {
    super::print(&compose(&assembly::registry()))
}

/// What became of a documented operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Planned,
    Removed,
}

impl State {
    fn of(answered: bool) -> Self {
        if answered { Self::Done } else { Self::Planned }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::Removed => "removed",
        }
    }
}

/// Every documented operation and what this server does with it, as Markdown.
fn compose(registry: &Registry) -> String {
    let mut topics: BTreeMap<&str, Vec<(String, State)>> = BTreeMap::new();
    let (mut done, mut all) = (0, 0);
    for (verb, path, topic) in documented_endpoints() {
        let answered = answers(registry, verb, path);
        let topic = topic.split(',').next().filter(|topic| !topic.is_empty()).unwrap_or("other");
        topics.entry(topic).or_default().push((format!("{verb} `{path}`"), State::of(answered)));
        done += usize::from(answered);
        all += 1;
    }
    let methods: Vec<(String, State)> = documented_methods()
        .filter(|(_, status)| !status.starts_with("removed"))
        .map(|(name, _)| (format!("`{name}`"), method_state(registry, name)))
        .collect();
    let methods_done = methods.iter().filter(|(_, state)| *state == State::Done).count();

    let mut text = String::from(
        "# Compatibility ledger\n\n\
         Written by `gantry ledger`; do not edit by hand.\n\
         `done`: the operation is there. `planned`: it waits for what is named, and answers 501 with \
         `error-not-implemented` (REST) or that error (DDP). \
         `removed`: upstream no longer has it, and the error says what to use instead.\n\n",
    );
    let _ = writeln!(text, "| API | done | documented |\n|---|---|---|");
    let _ = writeln!(text, "| REST | {done} | {all} |");
    let _ = writeln!(text, "| DDP methods | {methods_done} | {} |", methods.len());
    for (topic, operations) in topics {
        section(&mut text, &format!("REST: {topic}"), &operations);
    }
    section(&mut text, "DDP methods", &methods);
    names(&mut text, "DDP streams", registry.stream_names());
    names(&mut text, "DDP publications", registry.publication_names());
    text
}

fn section(text: &mut String, title: &str, operations: &[(String, State)]) {
    let _ = writeln!(text, "\n## {title}\n\n| operation | state |\n|---|---|");
    for (name, state) in operations {
        let waits = waits_for(name).filter(|_| *state == State::Planned);
        let waits = waits.map(|what| format!(": {what}")).unwrap_or_default();
        let _ = writeln!(text, "| {name} | {}{waits} |", state.name());
    }
}

/// The capability that an operation belongs to.
fn waits_for(name: &str) -> Option<&'static str> {
    let lines = WAITING.lines().skip(1).filter_map(|line| line.split_once('\t'));
    lines.into_iter().find(|(part, _)| name.contains(part)).map(|(_, what)| what)
}

fn names(text: &mut String, title: &str, names: Vec<&'static str>) {
    let _ = writeln!(text, "\n## {title}\n");
    for name in names {
        let _ = writeln!(text, "- `{name}`");
    }
}

fn method_state(registry: &Registry, name: &str) -> State {
    match State::of(has_method(registry, name)) {
        State::Planned if removed_method(name).is_some() => State::Removed,
        state => state,
    }
}

/// Whether a documented method is there. The table also names streams, which clients write to as if they were
/// methods, and the kinds of login.
fn has_method(registry: &Registry, name: &str) -> bool {
    if let Some(kind) = name.strip_prefix("login (").and_then(|rest| rest.strip_suffix(')')) {
        return gantry_accounts::login::KINDS.contains(&kind);
    }
    match name.strip_prefix("stream-") {
        Some(stream) => registry.find_stream(stream).is_some(),
        None => registry.find_method(name).is_some(),
    }
}

/// Whether a documented path is answered, by an operation or by the HTTP adapter itself.
fn answers(registry: &Registry, verb: &str, path: &str) -> bool {
    let Some(operation) = path.strip_prefix("/api/v1/") else {
        return matches!((verb, path), ("OPTIONS", "/api/*"))
            || crate::http::serves(path.trim_end_matches('/'))
            || serves_resource(registry, verb, path);
    };
    let known = match verb {
        "GET" => Verb::Get,
        "POST" => Verb::Post,
        "PUT" => Verb::Put,
        "DELETE" => Verb::Delete,
        _ => return false,
    };
    registry.route(known, operation).is_some() || serves_resource(registry, verb, path)
}

/// Whether a resource answers at a documented path. `ANY` means that it is there to be read, `OPTIONS` that
/// it is there at all: the adapter answers that verb for every path.
fn serves_resource(registry: &Registry, verb: &str, path: &str) -> bool {
    // What `*` stands for may have one part or two.
    fn example(path: &str, rest: &str) -> String {
        let parts = path.split('/').map(|part| match part {
            "*" => rest.to_owned(),
            part if part.starts_with([':', '*']) => "x".to_owned(),
            part => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }
    let examples = [example(path, "x"), example(path, "x/x")];
    let there = |verb: Verb| examples.iter().any(|example| registry.find_resource(verb, example).is_some());
    match verb {
        "GET" | "ANY" => there(Verb::Get),
        "POST" => there(Verb::Post),
        "PUT" => there(Verb::Put),
        "DELETE" => there(Verb::Delete),
        "OPTIONS" => there(Verb::Get) || there(Verb::Post),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planned_says_what_it_waits_for() {
        let text = compose(&assembly::registry());
        let silent: Vec<&str> = text.lines().filter(|line| line.ends_with("| planned |")).collect();
        assert!(silent.is_empty(), "add a line to waiting.tsv for {silent:?}");
    }

    #[test]
    fn the_ledger_tells_done_from_planned() {
        let text = compose(&assembly::registry());
        assert!(text.contains("| POST `/api/v1/method.call/:method` | done |"));
        assert!(text.contains("| GET `/api/info` | done |"));
        assert!(text.contains("| OPTIONS `/api/*` | done |"));
        assert!(text.contains("| OPTIONS `/hooks/*` | done |"));
        assert!(text.contains("| GET `/api/apps/installed` | planned: apps |"));
        assert!(text.contains("- `room-messages`"));
    }
}
