//! What a client knew before an operation, plus the events that it was sent, is what it would fetch afresh.

use std::collections::BTreeMap;

use gantry_client::{Client, Event, Socket};
use gantry_store::testing::engines;
use serde_json::{Value, json};

use crate::harness::TestServer;

const ROOM: &str = "stateRoom";

/// Everything that a client keeps of rooms: by id, as documents.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    subscriptions: BTreeMap<String, Value>,
    rooms: BTreeMap<String, Value>,
    messages: BTreeMap<String, Value>,
}

/// A client that keeps its state by events alone.
struct Watcher {
    socket: Socket,
    uid: String,
    rid: String,
    state: State,
}

fn by_id(list: &Value) -> BTreeMap<String, Value> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|item| (item["_id"].as_str().unwrap().to_owned(), item.clone()))
        .collect()
}

impl Watcher {
    async fn start(server: &TestServer, client: &Client, rid: &str) -> Self {
        let mut socket = server.socket().await;
        socket.resume(client.token()).await.unwrap();
        let uid = client.uid().to_owned();
        for event in ["subscriptions-changed", "rooms-changed"] {
            socket.subscribe("notify-user", &format!("{uid}/{event}")).await.unwrap();
        }
        socket.subscribe("room-messages", rid).await.unwrap();
        socket.subscribe("notify-room", &format!("{rid}/deleteMessage")).await.unwrap();
        socket.subscribe("notify-room", &format!("{rid}/deleteMessageBulk")).await.unwrap();
        let mut watcher = Self { socket, uid, rid: rid.to_owned(), state: State::default() };
        watcher.state = watcher.fetch().await;
        watcher
    }

    async fn fetch(&mut self) -> State {
        let subscriptions = self.socket.call("subscriptions/get", vec![]).await.unwrap();
        let rooms = self.socket.call("rooms/get", vec![]).await.unwrap();
        let history = self
            .socket
            .call("loadHistory", vec![json!(self.rid), Value::Null, json!(200), Value::Null])
            .await;
        let messages = history.map(|answer| by_id(&answer["messages"])).unwrap_or_default();
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
        } else if event.event == self.rid {
            let message = event.args[0].clone();
            state.messages.insert(message["_id"].as_str().unwrap().to_owned(), message);
        } else if event.event.ends_with("/deleteMessage") {
            state.messages.remove(event.args[0]["_id"].as_str().unwrap());
        } else if event.event.ends_with("/deleteMessageBulk") {
            state.messages.retain(|_, message| !pruned(message, &event.args[0]));
        }
    }

    /// Takes in what has been sent and compares it with what the server says now.
    async fn check(&mut self, after: &str) {
        for event in self.socket.drain().await.unwrap() {
            self.apply(event);
        }
        let fresh = self.fetch().await;
        for (kind, kept, fetched) in [
            ("subscriptions", &self.state.subscriptions, &fresh.subscriptions),
            ("rooms", &self.state.rooms, &fresh.rooms),
            ("messages", &self.state.messages, &fresh.messages),
        ] {
            let keys = |map: &BTreeMap<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(kept), keys(fetched), "{kind} of {} after {after}", self.uid);
            for (id, fetched) in fetched {
                compare(
                    (kind, &self.uid),
                    &kept[id],
                    fetched,
                    &format!("{kind} {id} of {} after {after}", self.uid),
                );
            }
        }
        self.state = fresh;
    }
}

/// Whether a notice of pruning means this message, as clients decide it.
fn pruned(message: &Value, notice: &Value) -> bool {
    let ms = |time: &Value| time["$date"].as_i64().unwrap();
    let within = notice["ts"].as_object().unwrap().iter().all(|(comparison, time)| {
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
    within && !kept && (users.is_empty() || users.contains(&message["u"]["username"])) && message["t"] != "rm"
}

/// `_updatedAt` is a stamp of the answer, not a part of the state. A room is fetched with fewer fields than
/// it is sent with. Of a message's stars, only the user's own are fetched.
fn compare((kind, uid): (&str, &str), kept: &Value, fetched: &Value, context: &str) {
    let (kept, fetched) = (own_stars(strip(kept), uid), own_stars(strip(fetched), uid));
    let (kept, fetched) = (kept.as_object().unwrap(), fetched.as_object().unwrap());
    for (key, value) in fetched {
        assert_eq!(kept.get(key), Some(value), "`{key}` in {context}");
    }
    if kind != "rooms" {
        for key in kept.keys() {
            assert!(fetched.contains_key(key), "`{key}` was sent and is not fetched: {context}");
        }
    }
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

/// One write operation, by a user, on the shared room.
struct Step {
    by: &'static str,
    path: &'static str,
    body: Value,
}

fn step(by: &'static str, path: &'static str, body: Value) -> Step {
    Step { by, path, body }
}

/// A day in the life of a room. `rid` is the room, `bob` the member's id.
fn story(rid: &str, bob: &str) -> Vec<Step> {
    let room = |mut extra: Value| {
        extra["roomId"] = json!(rid);
        extra
    };
    let team = |name: &str, mut extra: Value| {
        extra["teamName"] = json!(name);
        extra
    };
    let send = |id: &str, text: &str| json!({ "message": { "_id": id, "rid": rid, "msg": text } });
    let reply = |id: &str, parent: &str| json!({ "message": { "_id": id, "rid": rid, "msg": "a reply", "tmid": parent } });
    vec![
        step("alice", "chat.sendMessage", send("state1", "hello")),
        step("alice", "chat.sendMessage", send("state2", "hello again")),
        step("bob", "chat.sendMessage", send("state3", "hello @alice, have you seen https://example.com")),
        step("alice", "chat.postMessage", room(json!({ "text": "@bob and @all, look" }))),
        step("bob", "subscriptions.read", json!({ "rid": rid })),
        step("alice", "chat.update", room(json!({ "msgId": "state1", "text": "hello, edited" }))),
        step("bob", "chat.react", json!({ "messageId": "state1", "emoji": ":tada:", "shouldReact": true })),
        step("bob", "chat.react", json!({ "messageId": "state1", "emoji": ":tada:", "shouldReact": false })),
        step("alice", "chat.pinMessage", json!({ "messageId": "state2" })),
        step("alice", "chat.unPinMessage", json!({ "messageId": "state2" })),
        step("alice", "chat.starMessage", json!({ "messageId": "state3" })),
        step("alice", "chat.unStarMessage", json!({ "messageId": "state3" })),
        step("bob", "chat.sendMessage", reply("state4", "state2")),
        step("alice", "chat.sendMessage", reply("state5", "state2")),
        step("bob", "chat.followMessage", json!({ "mid": "state1" })),
        step("bob", "chat.unfollowMessage", json!({ "mid": "state1" })),
        step("alice", "chat.delete", room(json!({ "msgId": "state5" }))),
        step("alice", "chat.delete", room(json!({ "msgId": "state3" , "asUser": false }))),
        step("alice", "chat.delete", room(json!({ "msgId": "state1" }))),
        step("bob", "subscriptions.unread", json!({ "roomId": rid })),
        step("bob", "subscriptions.read", json!({ "rid": rid })),
        step("alice", "channels.setTopic", room(json!({ "topic": "a topic" }))),
        step("alice", "channels.setDescription", room(json!({ "description": "a description" }))),
        step("alice", "channels.setAnnouncement", room(json!({ "announcement": "an announcement" }))),
        step("alice", "channels.rename", room(json!({ "name": "stateRenamed" }))),
        step("alice", "channels.setReadOnly", room(json!({ "readOnly": true }))),
        step("alice", "channels.setReadOnly", room(json!({ "readOnly": false }))),
        step("alice", "channels.addModerator", room(json!({ "userId": bob }))),
        step("alice", "channels.removeModerator", room(json!({ "userId": bob }))),
        step("alice", "channels.addOwner", room(json!({ "userId": bob }))),
        step("alice", "channels.removeOwner", room(json!({ "userId": bob }))),
        step("alice", "channels.addLeader", room(json!({ "userId": bob }))),
        step("alice", "channels.removeLeader", room(json!({ "userId": bob }))),
        step("bob", "channels.close", room(json!({}))),
        step("alice", "chat.sendMessage", send("state6", "this opens it again")),
        step("bob", "channels.close", room(json!({}))),
        step("bob", "channels.open", room(json!({}))),
        step("bob", "rooms.favorite", room(json!({ "favorite": true }))),
        step("bob", "rooms.favorite", room(json!({ "favorite": false }))),
        step(
            "bob",
            "rooms.saveNotification",
            room(json!({ "notifications": { "muteGroupMentions": "1", "emailNotifications": "all" } })),
        ),
        step(
            "bob",
            "users.setPreferences",
            json!({ "data": { "highlights": ["lighthouse"], "desktopNotifications": "nothing" } }),
        ),
        step("alice", "chat.sendMessage", send("state7", "the lighthouse is on")),
        step("bob", "users.setPreferences", json!({ "data": { "highlights": [] } })),
        step("bob", "subscriptions.read", json!({ "rid": rid, "readThreads": true })),
        step("bob", "chat.postMessage", room(json!({ "text": "shown in both", "tmid": "state2" }))),
        step("bob", "subscriptions.unread", json!({ "firstUnreadMessage": { "_id": "state7" } })),
        step("alice", "rooms.hide", room(json!({}))),
        step("alice", "rooms.open", room(json!({}))),
        step("admin", "rooms.muteUser", room(json!({ "userId": bob }))),
        step("admin", "rooms.unmuteUser", room(json!({ "userId": bob }))),
        step("alice", "channels.setCustomFields", room(json!({ "customFields": { "a": "b" } }))),
        step("admin", "channels.setDefault", room(json!({ "default": true }))),
        step("alice", "rooms.saveRoomSettings", json!({ "rid": rid, "roomTopic": "another topic" })),
        step("admin", "channels.addAll", room(json!({ "activeUsersOnly": false }))),
        step("alice", "rooms.createDiscussion", json!({ "prid": rid, "t_name": "a discussion" })),
        step(
            "admin",
            "rooms.cleanHistory",
            room(
                json!({ "oldest": "2000-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z", "ignoreDiscussion": true, "ignoreThreads": false, "excludePinned": true }),
            ),
        ),
        step("alice", "channels.archive", room(json!({}))),
        step("admin", "channels.unarchive", room(json!({}))),
        step("alice", "channels.convertToTeam", json!({ "channelId": rid })),
        step(
            "alice",
            "teams.updateMember",
            team("stateRenamed", json!({ "member": { "userId": bob, "roles": ["moderator"] } })),
        ),
        step(
            "alice",
            "teams.update",
            team("stateRenamed", json!({ "data": { "name": "stateTeam", "type": 1 } })),
        ),
        step("bob", "chat.sendMessage", send("state7", "@stateTeam, look")),
        step("alice", "teams.update", team("stateTeam", json!({ "data": { "type": 0 } }))),
        step("alice", "teams.removeMember", team("stateTeam", json!({ "userId": bob }))),
        step("alice", "teams.addMembers", team("stateTeam", json!({ "members": [{ "userId": bob }] }))),
        step("alice", "teams.convertToChannel", team("stateTeam", json!({}))),
        step("bob", "channels.leave", room(json!({}))),
        step("bob", "channels.join", room(json!({}))),
        step("alice", "channels.kick", room(json!({ "userId": bob }))),
        step("alice", "channels.invite", room(json!({ "userId": bob }))),
        step("alice", "channels.setType", room(json!({ "type": "p" }))),
        step("alice", "groups.setType", room(json!({ "type": "c" }))),
        step("alice", "channels.delete", room(json!({}))),
    ]
}

#[tokio::test]
async fn state_before_plus_events_is_state_fetched_afresh() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let admin = server.admin().await;
        let alice = server.user("alice").await;
        let bob = server.user("bob").await;
        let room =
            alice.post("channels.create", &json!({ "name": ROOM, "members": ["bob"] })).await.unwrap().ok();
        let rid = room["channel"]["_id"].as_str().unwrap().to_owned();
        server.running.kernel.events.quiesce().await;
        // Bob has two devices: what he does on one shows on the other.
        let mut watchers = [
            Watcher::start(&server, &alice, &rid).await,
            Watcher::start(&server, &bob, &rid).await,
            Watcher::start(&server, &bob, &rid).await,
        ];
        for step in story(&rid, bob.uid()) {
            let client = match step.by {
                "alice" => &alice,
                "bob" => &bob,
                _ => &admin,
            };
            let answer = client.post(step.path, &step.body).await.unwrap();
            assert_eq!(answer.status, 200, "{} by {}: {}", step.path, step.by, answer.body);
            server.running.kernel.events.quiesce().await;
            for watcher in &mut watchers {
                watcher.check(&format!("{} by {}", step.path, step.by)).await;
            }
        }
    }
}
