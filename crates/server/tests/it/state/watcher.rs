//! A client that keeps what it knows of rooms by events alone.

use std::collections::BTreeMap;

use gantry_client::{Client, Event, Socket};
use serde_json::{Value, json};

use crate::harness::TestServer;

/// Documents by their ids.
type Documents = BTreeMap<String, Value>;

/// Everything that a client keeps of rooms.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    subscriptions: Documents,
    rooms: Documents,
    messages: Documents,
}

/// A client on its socket.
pub(super) struct Watcher {
    socket: Socket,
    uid: String,
    /// Rooms whose messages it shows, with the subscription to each.
    shown: BTreeMap<String, String>,
    state: State,
}

fn by_id(list: &Value) -> Documents {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|item| (item["_id"].as_str().unwrap().to_owned(), item.clone()))
        .collect()
}

impl Watcher {
    pub(super) async fn start(server: &TestServer, client: &Client) -> Self {
        let mut socket = server.socket().await;
        socket.resume(client.token()).await.unwrap();
        let uid = client.uid().to_owned();
        for event in ["subscriptions-changed", "rooms-changed"] {
            socket.subscribe("notify-user", &format!("{uid}/{event}")).await.unwrap();
        }
        for event in ["Users:NameChanged", "Users:Deleted"] {
            socket.subscribe("notify-logged", event).await.unwrap();
        }
        let mut watcher = Self { socket, uid, shown: BTreeMap::new(), state: State::default() };
        watcher.state = watcher.fetch().await;
        watcher
    }

    /// Shows a room, as far as the user may see it.
    pub(super) async fn show(&mut self, rid: &str) {
        if self.shown.contains_key(rid) {
            return;
        }
        let Ok(id) = self.socket.subscribe("room-messages", rid).await else { return };
        self.socket.subscribe("notify-room", &format!("{rid}/deleteMessage")).await.unwrap();
        self.socket.subscribe("notify-room", &format!("{rid}/deleteMessageBulk")).await.unwrap();
        self.shown.insert(rid.to_owned(), id);
        let history = self.history(rid).await;
        self.state.messages.extend(history);
    }

    async fn history(&mut self, rid: &str) -> Documents {
        let params = vec![json!(rid), Value::Null, json!(300), Value::Null];
        let history = self.socket.call("loadHistory", params).await;
        history.map(|answer| by_id(&answer["messages"])).unwrap_or_default()
    }

    async fn fetch(&mut self) -> State {
        let subscriptions = self.socket.call("subscriptions/get", vec![]).await.unwrap();
        let rooms = self.socket.call("rooms/get", vec![]).await.unwrap();
        let mut messages = Documents::new();
        for rid in self.shown.keys().cloned().collect::<Vec<_>>() {
            messages.extend(self.history(&rid).await);
        }
        State { subscriptions: by_id(&subscriptions), rooms: by_id(&rooms), messages }
    }

    fn apply(&mut self, event: Event) {
        let state = &mut self.state;
        let action = event.args[0].as_str().unwrap_or_default().to_owned();
        if event.event == format!("{}/subscriptions-changed", self.uid) {
            let sub = event.args[1].clone();
            let id = sub["_id"].as_str().unwrap().to_owned();
            if action == "removed" {
                state.subscriptions.remove(&id);
                state.rooms.remove(sub["rid"].as_str().unwrap());
            } else {
                state.subscriptions.insert(id, sub);
            }
        } else if event.event == format!("{}/rooms-changed", self.uid) {
            let room = event.args[1].clone();
            let id = room["_id"].as_str().unwrap().to_owned();
            if action == "removed" {
                state.rooms.remove(&id);
                state.messages.retain(|_, message| message["rid"] != id);
            } else {
                state.rooms.insert(id, room);
            }
        } else if self.shown.contains_key(&event.event) {
            let message = event.args[0].clone();
            state.messages.insert(message["_id"].as_str().unwrap().to_owned(), message);
        } else if event.event.ends_with("/deleteMessage") {
            state.messages.remove(event.args[0]["_id"].as_str().unwrap());
        } else if let Some(rid) = event.event.strip_suffix("/deleteMessageBulk") {
            state.messages.retain(|_, message| message["rid"] != rid || !pruned(message, &event.args[0]));
        } else if event.event == "Users:NameChanged" {
            state.rename(&event.args[0]);
        } else if event.event == "Users:Deleted" {
            state.forget(&event.args[0]);
        }
    }

    /// Takes in what has been sent and compares it with what the server says now. Answers the differences.
    pub(super) async fn check(&mut self) -> Vec<String> {
        for event in self.socket.drain().await.unwrap() {
            self.apply(event);
        }
        let mut faults = Vec::new();
        for id in self.socket.ended() {
            let rid = self.shown.iter().find(|(_, sub)| **sub == id).map(|(rid, _)| rid.clone());
            if let Some(rid) = rid {
                self.shown.remove(&rid);
                self.state.messages.retain(|_, message| message["rid"] != rid);
                if self.socket.subscribe("room-messages", &rid).await.is_ok() {
                    faults.push(format!("the messages of {rid} ended, which may be read"));
                }
            }
        }
        let fresh = self.fetch().await;
        let hidden = fresh.take_hidden(&mut self.state);
        for (kind, kept, fetched) in [
            ("subscription", &self.state.subscriptions, &fresh.subscriptions),
            ("room", &self.state.rooms, &fresh.rooms),
            ("message", &self.state.messages, &fresh.messages),
        ] {
            for (id, document) in fetched {
                match kept.get(id) {
                    Some(kept) => faults.extend(
                        compare((kind, &self.uid), kept, document)
                            .into_iter()
                            .map(|fault| format!("{kind} {id}: {fault}")),
                    ),
                    None => faults.push(format!("{kind} {id} was not sent: {document}")),
                }
            }
            let gone = kept.iter().filter(|(id, _)| !fetched.contains_key(*id));
            faults.extend(gone.map(|(id, kept)| format!("{kind} {id} is gone, which was not told: {kept}")));
        }
        self.state = fresh;
        self.state.messages.extend(hidden);
        faults
    }
}

impl State {
    /// Takes the system messages out that a room hides: they are not fetched, and clients who have them do not
    /// show them. Answers those that `kept` has.
    fn take_hidden(&self, kept: &mut Self) -> Documents {
        let rooms = &self.rooms;
        let hides = |message: &Value| {
            let room = message["rid"].as_str().and_then(|rid| rooms.get(rid));
            room.and_then(|room| room["sysMes"].as_array()).is_some_and(|kinds| kinds.contains(&message["t"]))
        };
        let (hidden, shown) =
            std::mem::take(&mut kept.messages).into_iter().partition(|(_, message)| hides(message));
        kept.messages = shown;
        hidden
    }

    /// Somebody goes by another name. Clients change the messages they show, and the direct rooms with them.
    fn rename(&mut self, user: &Value) {
        for message in self.messages.values_mut() {
            let mentions = message.get("mentions").and_then(Value::as_array).map_or(0, Vec::len);
            let mentions = (0..mentions).map(|i| format!("/mentions/{i}"));
            for place in ["/u".to_owned(), "/editedBy".to_owned()].into_iter().chain(mentions) {
                let Some(person) = message.pointer_mut(&place) else { continue };
                if person["_id"] == user["_id"] {
                    person["username"] = user["username"].clone();
                    if place != "/editedBy" {
                        person["name"] = user["name"].clone();
                    }
                }
            }
        }
    }

    /// Somebody is gone. Clients drop the messages, or show them under another name.
    fn forget(&mut self, notice: &Value) {
        if notice["messageErasureType"] != "Unlink" {
            self.messages.retain(|_, message| message["u"]["_id"] != notice["userId"]);
            return;
        }
        let nobody = &notice["replaceByUser"];
        for message in self.messages.values_mut().filter(|message| message["u"]["_id"] == notice["userId"]) {
            message["alias"] = nobody["alias"].clone();
            message["u"] = json!({ "_id": nobody["_id"], "username": nobody["username"] });
        }
    }
}

/// Whether a notice of pruning means this message, as clients decide it.
fn pruned(message: &Value, notice: &Value) -> bool {
    let ms = |time: &Value| time["$date"].as_i64().unwrap();
    let listed = notice["ids"].as_array();
    let within = listed.is_none()
        && notice["ts"].as_object().unwrap().iter().all(|(comparison, time)| {
            let (at, time) = (ms(&message["ts"]), ms(time));
            match comparison.as_str() {
                "$gt" => at > time,
                "$gte" => at >= time,
                "$lt" => at < time,
                _ => at <= time,
            }
        });
    let kept = (notice["excludePinned"] == true && message["pinned"] == true)
        || (notice["ignoreDiscussion"] == true && message.get("drid").is_some());
    let users = notice["users"].as_array().unwrap();
    let meant = within || listed.is_some_and(|ids| ids.contains(&message["_id"]));
    meant && !kept && (users.is_empty() || users.contains(&message["u"]["username"])) && message["t"] != "rm"
}

/// `_updatedAt` is a stamp of the answer, not a part of the state. A room is fetched with fewer fields than
/// it is sent with. Of a message's stars, only the user's own are fetched.
fn compare((kind, uid): (&str, &str), kept: &Value, fetched: &Value) -> Vec<String> {
    let (kept, fetched) = (own_stars(strip(kept), uid), own_stars(strip(fetched), uid));
    let (kept, fetched) = (kept.as_object().unwrap(), fetched.as_object().unwrap());
    let differs = fetched.iter().filter(|(key, value)| kept.get(*key) != Some(*value));
    let mut faults: Vec<String> = differs
        .map(|(key, value)| {
            let kept = kept.get(key).map_or("nothing".to_owned(), Value::to_string);
            format!("`{key}` is {value} and was sent as {kept}")
        })
        .collect();
    if kind != "room" {
        let surplus = kept.keys().filter(|key| !fetched.contains_key(*key));
        faults.extend(surplus.map(|key| format!("`{key}` was sent as {} and is not fetched", kept[key])));
    }
    faults
}

fn own_stars(mut message: Value, uid: &str) -> Value {
    let Some(object) = message.as_object_mut() else { return message };
    if let Some(Value::Array(mut stars)) = object.remove("starred") {
        stars.retain(|star| star["_id"] == uid);
        if !stars.is_empty() {
            object.insert("starred".to_owned(), Value::Array(stars));
        }
    }
    message
}

fn strip(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, _)| *key != "_updatedAt")
                .map(|(k, v)| (k.clone(), strip(v)))
                .collect(),
        ),
        Value::Array(items) => items.iter().map(strip).collect(),
        other => other.clone(),
    }
}
