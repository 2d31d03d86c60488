//! What people do in a story.

use std::collections::BTreeMap;

use gantry_client::{Client, Reply};
use gantry_kernel::registry::Registry;
use gantry_kernel::spec::Verb;
use http::Method;
use serde_json::{Value, json};

use crate::files::{Part, send_form};

/// How an operation is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// Over REST with a JSON body.
    Rest,
    /// Over REST with a form; the part of this name is a file.
    Form(&'static str),
    /// A method of the Realtime API.
    Method,
}

/// One operation by a user. In its parameters, `$name` stands for what was kept under that name.
pub(super) struct Step {
    pub(super) by: &'static str,
    /// The path as the registry has it, or the method's name. Parts such as `:rid` are taken from the parameters.
    pub(super) path: &'static str,
    body: Value,
    way: Way,
    keeps: Vec<(&'static str, &'static str)>,
    /// A name under which an id is kept: the room of that id is shown from then on.
    pub(super) shows: Option<&'static str>,
}

/// A REST operation.
pub(super) fn step(by: &'static str, path: &'static str, body: Value) -> Step {
    Step { by, path, body, way: Way::Rest, keeps: Vec::new(), shows: None }
}

/// A REST operation on `$room`, named by `roomId`.
pub(super) fn room(by: &'static str, path: &'static str, mut body: Value) -> Step {
    body["roomId"] = json!("$room");
    step(by, path, body)
}

/// `rooms.saveRoomSettings` of `$room`.
pub(super) fn save(by: &'static str, mut body: Value) -> Step {
    body["rid"] = json!("$room");
    step(by, "rooms.saveRoomSettings", body)
}

/// A message in `$room`.
pub(super) fn send(by: &'static str, id: &str, text: &str) -> Step {
    step(by, "chat.sendMessage", json!({ "message": { "_id": id, "rid": "$room", "msg": text } }))
}

/// A reply in a thread of `$room`.
pub(super) fn reply(by: &'static str, id: &str, tmid: &str) -> Step {
    let message = json!({ "_id": id, "rid": "$room", "msg": "a reply", "tmid": tmid });
    step(by, "chat.sendMessage", json!({ "message": message }))
}

/// A slash command in `$room`.
pub(super) fn slash(by: &'static str, command: &str, params: &str) -> Step {
    room(by, "commands.run", json!({ "command": command, "params": params }))
}

/// An upload; `file` names the form's file part.
pub(super) fn upload(by: &'static str, path: &'static str, file: &'static str, body: Value) -> Step {
    Step { way: Way::Form(file), ..step(by, path, body) }
}

/// A method of the Realtime API.
pub(super) fn method(by: &'static str, name: &'static str, params: Value) -> Step {
    Step { way: Way::Method, ..step(by, name, params) }
}

impl Step {
    /// Keeps a value of the answer.
    pub(super) fn keeps(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.keeps.push((name, pointer));
        self
    }

    /// Keeps the id of a room and shows the room.
    pub(super) fn opens(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.shows = Some(name);
        self.keeps(name, pointer)
    }

    /// The operation in the registry's words.
    pub(super) fn operation(&self) -> Option<&'static str> {
        (self.way != Way::Method).then_some(self.path)
    }

    /// Does it. Answers what went wrong, if something did.
    pub(super) async fn run(
        &self,
        client: &Client,
        registry: &Registry,
        known: &mut BTreeMap<&'static str, String>,
    ) -> Option<String> {
        let mut body = filled(&self.body, known);
        let mut path = String::new();
        for part in self.path.split('/') {
            let separator = if path.is_empty() { "" } else { "/" };
            let value = part.strip_prefix(':').and_then(|name| body.as_object_mut()?.remove(name));
            path += separator;
            path += value.as_ref().and_then(Value::as_str).unwrap_or(part);
        }
        let reply = match self.way {
            Way::Form(file) => send_as_form(client, &path, file, &body).await,
            Way::Method => {
                let message = json!({ "msg": "method", "id": "1", "method": self.path, "params": body });
                let call = json!({ "message": message.to_string() });
                client.post(&format!("method.call/{}", self.path), &call).await.unwrap()
            }
            Way::Rest => {
                let verbs = registry.endpoints().iter().filter(|entry| entry.spec.path == self.path);
                let verb = verbs.map(|entry| entry.spec.verb).max_by_key(|verb| *verb != Verb::Get);
                match verb {
                    Some(Verb::Get) => {
                        let fields = body.as_object().into_iter().flatten();
                        let query: Vec<_> =
                            fields.map(|(name, value)| (&**name, value.as_str().unwrap())).collect();
                        client.get_with(&path, &query).await.unwrap()
                    }
                    Some(verb) => {
                        let verb: Method = verb.name().parse().unwrap();
                        let path = format!("/api/v1/{path}");
                        client.send(verb, &path, &[], body.to_string().into()).await.unwrap()
                    }
                    None => return Some("there is no such operation".to_owned()),
                }
            }
        };
        let refused = |reply: &Reply| Some(format!("refused with {}: {}", reply.status, reply.body));
        if reply.status != 200 {
            return refused(&reply);
        }
        if self.way == Way::Method && reply.body["message"].as_str().is_some_and(|m| m.contains("\"error\":"))
        {
            return refused(&reply);
        }
        for (name, pointer) in &self.keeps {
            let Some(value) = reply.body.pointer(pointer).and_then(Value::as_str) else {
                return refused(&reply);
            };
            known.insert(name, value.to_owned());
        }
        None
    }
}

async fn send_as_form(client: &Client, path: &str, file: &str, body: &Value) -> Reply {
    let fields = body.as_object().into_iter().flatten();
    let texts = fields.map(|(name, value)| (name, value.as_str().unwrap()));
    let mut parts: Vec<Part<'_>> = texts.map(|(name, text)| Part(name, None, text.as_bytes())).collect();
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    parts.push(Part(file, Some(("picture.png", "image/png")), picture.get_ref()));
    send_form(client, path, &parts).await
}

/// The parameters with what is known in the place of names.
fn filled(value: &Value, known: &BTreeMap<&'static str, String>) -> Value {
    let fill = |text: &str| {
        known
            .iter()
            .rev()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    };
    match value {
        Value::String(text) => json!(fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, known)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (fill(name), filled(value, known))).collect())
        }
        other => other.clone(),
    }
}
