//! What every operation on a room or a message owes to the people of the room, read from the registry: whoever
//! is not in a private room learns nothing of it and changes nothing in it, whoever was put out neither, and
//! whoever is in it without a role does not govern it.

use gantry_client::Client;
use gantry_kernel::caller::Ctx;
use gantry_kernel::dispatch::call_method;
use gantry_kernel::registry::EndpointEntry;
use gantry_kernel::spec::Verb;
use serde_json::{Map, Value, json};

use crate::bad_input::{plausible, send_to};
use crate::harness::TestServer;

/// Is in everything that only members may read, and in the name of one of them.
const SECRET: &str = "s3cret";

/// Ends the account that the test goes on with.
const FINAL: &[&str] = &["deleteUserOwnAccount"];

/// A private room and what is needed to ask for it.
struct Target {
    rid: String,
    name: String,
    team: String,
    team_name: String,
    mid: String,
    owner: String,
    invite: &'static str,
}

struct Scene {
    server: TestServer,
    owner: Client,
    stranger: Client,
    kicked: Client,
    member: Client,
    targets: Vec<Target>,
}

async fn post(who: &Client, path: &str, body: Value) -> Value {
    who.post(path, &body).await.unwrap().ok()
}

impl Scene {
    /// A private team with its main room and a channel; each holds a message, and topics that tell.
    async fn new(engine: gantry_store::Engine) -> Self {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (owner, stranger) = (server.user("olga").await, server.user("steve").await);
        let (kicked, member) = (server.user("karl").await, server.user("mona").await);
        server.user(&format!("zoe{SECRET}")).await;
        let people = ["karl", "mona", &format!("zoe{SECRET}")];
        let team =
            post(&owner, "teams.create", json!({ "name": "crew", "type": 1, "members": people })).await;
        let team = &team["team"];
        let more = json!({ "name": "deck", "members": people, "extraData": { "teamId": team["_id"] } });
        let deck = post(&owner, "channels.create", more).await["channel"]["_id"].clone();
        let mut targets = Vec::new();
        for (rid, name, kind, invite) in [
            (&team["roomId"], "crew", "groups", "groups.invite"),
            (&deck, "deck", "channels", "channels.invite"),
        ] {
            for (path, key) in [
                ("setTopic", "topic"),
                ("setDescription", "description"),
                ("setAnnouncement", "announcement"),
            ] {
                post(
                    &owner,
                    &format!("{kind}.{path}"),
                    json!({ "roomId": rid, key: format!("{SECRET} {key}") }),
                )
                .await;
            }
            let text = json!({ "message": { "rid": rid, "msg": format!("{SECRET} text") } });
            let said = post(&owner, "chat.sendMessage", text).await;
            targets.push(Target {
                rid: rid.as_str().unwrap().to_owned(),
                name: name.to_owned(),
                team: team["_id"].as_str().unwrap().to_owned(),
                team_name: "crew".to_owned(),
                mid: said["message"]["_id"].as_str().unwrap().to_owned(),
                owner: owner.uid().to_owned(),
                invite,
            });
        }
        for (kind, rid) in [("channels", &deck), ("groups", &team["roomId"])] {
            let gone = json!({ "roomId": rid, "userId": kicked.uid() });
            post(&owner, &format!("{kind}.kick"), gone).await;
        }
        Self { server, owner, stranger, kicked, member, targets }
    }

    fn ctx(&self) -> Ctx {
        Ctx::internal(&self.server.running.kernel)
    }

    /// What is stored of the room, its members and its messages. `except` is left out, and with it what every
    /// member may change.
    async fn state(&self, target: &Target, except: Option<&str>) -> Value {
        let (rid, except) = (target.rid.clone(), except.map(str::to_owned));
        self.ctx()
            .read(async move |tx| {
                let values = gantry_store::vals![&rid];
                let room = tx.query_dyn("SELECT doc, join_code FROM rooms WHERE id = ?1", &values).await?;
                let members = "SELECT uid, roles FROM subscriptions WHERE rid = ?1 ORDER BY uid";
                let members = tx.query_dyn(members, &values).await?;
                let messages = "SELECT uid, doc FROM messages WHERE rid = ?1 ORDER BY id";
                let messages = tx.query_dyn(messages, &values).await?;
                let Some(room) = room.first() else { return Ok(Value::Null) };
                let doc: Map<String, Value> = serde_json::from_str(room.str(0)?).unwrap();
                let mut state = vec![json!(room.opt_str(1)?)];
                state.push(governed(doc, except.is_some()));
                for row in members {
                    if except.as_deref() != Some(row.str(0)?) {
                        state.push(json!([row.str(0)?, row.opt_str(1)?]));
                    }
                }
                for row in messages {
                    let mut doc: Value = serde_json::from_str(row.str(1)?).unwrap();
                    let own = except.as_deref() == Some(row.str(0)?);
                    match &except {
                        Some(_) if own || !doc["t"].is_null() => {}
                        Some(_) => {
                            state.push(json!([doc["_id"].take(), doc["msg"].take(), doc["pinned"].take()]))
                        }
                        None => state.push(doc),
                    }
                }
                Ok(Value::Array(state))
            })
            .await
            .unwrap()
    }
}

/// The properties of a room that only its owners and moderators decide.
fn governed(mut doc: Map<String, Value>, for_members: bool) -> Value {
    doc.remove("_updatedAt");
    if for_members {
        let governed = [
            "t",
            "name",
            "fname",
            "topic",
            "description",
            "announcement",
            "ro",
            "archived",
            "default",
            "featured",
            "sysMes",
            "teamId",
            "teamMain",
            "teamDefault",
            "encrypted",
            "muted",
            "unmuted",
            "retention",
            "customFields",
            "joinCodeRequired",
            "reactWhenReadOnly",
            "broadcast",
            "avatarETag",
        ];
        doc.retain(|name, _| governed.contains(&name.as_str()));
    }
    Value::Object(doc)
}

/// How a parameter says which room or message is meant.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    Id,
    Name,
}

/// The value of a parameter that names a room, a team or a message.
fn scope(target: &Target, name: &str, schema: &Value, naming: Naming) -> Option<Value> {
    let value = match (name, naming) {
        ("roomId" | "rid" | "room_id" | "prid" | "channelId", Naming::Id) => json!(target.rid),
        ("roomName" | "channelName", Naming::Name) => json!(target.name),
        ("teamId", Naming::Id) => json!(target.team),
        ("teamName", Naming::Name) => json!(target.team_name),
        ("messageId" | "msgId" | "mid" | "msg_id" | "tmid", _) => json!(target.mid),
        ("rooms" | "rids" | "roomIds", _) if schema["type"] != "object" => json!([target.rid]),
        ("message", _) => json!({ "_id": target.mid, "rid": target.rid, "msg": "x" }),
        ("channel", _) => json!(target.rid),
        _ => return None,
    };
    Some(value)
}

/// A value for any other parameter.
fn other(target: &Target, name: &str, schema: &Value) -> Value {
    match name {
        "userId" | "uid" | "user_id" => json!(target.owner),
        "username" | "user" => json!("olga"),
        "oldest" | "lastUpdate" | "updatedSince" | "startDate" => json!("2000-01-01T00:00:00.000Z"),
        "latest" | "endDate" => json!("2100-01-01T00:00:00.000Z"),
        "limit" | "count" => json!(10),
        "offset" => json!(0),
        "sort" | "query" | "fields" => json!("{}"),
        _ => plausible(schema),
    }
}

/// Several ways of calling an operation for the target; none if it takes no room and no message.
fn calls(entry: &EndpointEntry, target: &Target) -> Vec<Map<String, Value>> {
    let schema = entry.schema().to_value();
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let is_required = |name: &String| required.contains(&json!(name));
    let mut calls = Vec::new();
    for (naming, whole) in [(Naming::Id, false), (Naming::Id, true), (Naming::Name, false)] {
        let mut params = Map::new();
        let mut scoped = entry.spec.path.contains(":rid");
        for (name, schema) in properties {
            if let Some(value) = scope(target, name, schema, naming) {
                scoped = true;
                params.insert(name.clone(), value);
            } else if is_required(name) || (whole && !name.ends_with("Name")) {
                params.insert(name.clone(), other(target, name, schema));
            } else if ["userId", "user_id"].contains(&name.as_str()) {
                params.insert(name.clone(), json!(target.owner));
            }
        }
        if scoped && !calls.contains(&params) {
            calls.push(params);
        }
    }
    calls
}

/// Parameters of methods: none says what it takes, so each gets what is usual.
fn usual(target: &Target) -> Vec<Vec<Value>> {
    let (rid, mid) = (json!(target.rid), json!(target.mid));
    let object = json!({
        "_id": mid, "rid": rid, "roomId": rid, "msg": "x", "username": "olga", "userId": target.owner, "mid": mid,
        "msgId": mid, "latest": { "$date": 4_000_000_000_000_i64 }, "oldest": { "$date": 0 }, "limit": 10,
        "tmid": mid, "users": ["steve"],
    });
    vec![
        vec![rid.clone()],
        vec![rid.clone(), json!(target.owner)],
        vec![rid.clone(), json!("roomTopic"), json!("x")],
        vec![rid.clone(), json!({ "$date": 4_000_000_000_000_i64 }), json!(10)],
        vec![json!("x"), rid.clone(), json!(10)],
        vec![json!("x"), json!([]), json!({ "users": true, "rooms": true, "mentions": true }), rid],
        vec![json!("p"), json!(target.name)],
        vec![json!("c"), json!(target.name)],
        vec![mid],
        vec![object],
        vec![json!("wave"), json!(target.mid)],
    ]
}

fn path_of(entry: &EndpointEntry, target: &Target) -> String {
    let part = |part: &str| match part {
        ":rid" | ":roomId" => target.rid.clone(),
        ":mid" | ":messageId" => target.mid.clone(),
        part if part.starts_with(':') => "x".to_owned(),
        part => part.to_owned(),
    };
    let path: Vec<String> = entry.spec.path.split('/').map(part).collect();
    format!("/api/v1/{}", path.join("/"))
}

/// How many calls that only read tell the owner what strangers must not know.
async fn told_to_the_owner(scene: &Scene, target: &Target) -> usize {
    let mut told = 0;
    for entry in scene.server.running.kernel.registry.endpoints() {
        if entry.spec.verb != Verb::Get {
            continue;
        }
        for params in calls(entry, target) {
            let (_, body) = send_to(&scene.owner, entry, &path_of(entry, target), &params).await;
            told += usize::from(body.to_string().contains(SECRET));
        }
    }
    told
}

#[tokio::test]
async fn who_is_not_in_a_private_room_learns_nothing_of_it_and_changes_nothing() {
    for engine in gantry_store::testing::engines() {
        let scene = Scene::new(engine).await;
        let registry = &scene.server.running.kernel.registry;
        let mut faults = Vec::new();
        let mut asked = 0;
        for target in &scene.targets {
            let before = scene.state(target, None).await;
            assert!(before.to_string().contains(SECRET));
            let told = told_to_the_owner(&scene, target).await;
            assert!(
                told > 10,
                "the walk asks for so little that the owner learns something {told} times only"
            );
            for entry in registry.endpoints() {
                for params in calls(entry, target) {
                    for (who, client) in [("a stranger", &scene.stranger), ("who was put out", &scene.kicked)]
                    {
                        asked += 1;
                        let (_, body) = send_to(client, entry, &path_of(entry, target), &params).await;
                        if body.to_string().contains(SECRET) {
                            faults.push(format!("{} tells {who}: {params:?} {body}", entry.spec.path));
                        }
                        if scene.state(target, None).await != before {
                            panic!("{} lets {who} change the room: {params:?} {body}", entry.spec.path);
                        }
                    }
                }
            }
        }
        assert!(asked > 200, "the walk found {asked} calls only");
        assert!(faults.is_empty(), "{engine:?}:\n{}", faults.join("\n"));
    }
}

#[tokio::test]
async fn methods_tell_strangers_nothing_and_change_nothing_for_them() {
    let scene = Scene::new(gantry_store::Engine::Sqlite).await;
    let kernel = &scene.server.running.kernel;
    let mut faults = Vec::new();
    for target in &scene.targets {
        let before = scene.state(target, None).await;
        for entry in kernel.registry.methods() {
            if FINAL.contains(&entry.spec.name) {
                continue;
            }
            for params in usual(target) {
                for client in [&scene.stranger, &scene.kicked] {
                    let caller = kernel.identity().caller_of(kernel, client.uid()).await.unwrap();
                    let mut ctx = Ctx { caller, ..scene.ctx() };
                    let answer = call_method(entry.spec.name, params.clone(), &mut ctx).await;
                    let text = answer.unwrap_or_else(|error| error.ddp_body().to_string());
                    if text.contains(SECRET) {
                        faults.push(format!("{} tells a stranger: {params:?} {text}", entry.spec.name));
                    }
                    if scene.state(target, None).await != before {
                        panic!("{} lets a stranger change the room: {params:?} {text}", entry.spec.name);
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn who_is_in_a_room_without_a_role_does_not_govern_it() {
    for engine in gantry_store::testing::engines() {
        let scene = Scene::new(engine).await;
        let mona = scene.member.uid();
        let registry = &scene.server.running.kernel.registry;
        for target in &scene.targets {
            let before = scene.state(target, Some(mona)).await;
            for entry in registry.endpoints() {
                for params in calls(entry, target) {
                    let (_, body) = send_to(&scene.member, entry, &path_of(entry, target), &params).await;
                    let after = scene.state(target, Some(mona)).await;
                    assert_eq!(after, before, "{} with {params:?} answered {body}", entry.spec.path);
                    // Leaving is everybody's right; the walk goes on as a member.
                    for home in &scene.targets {
                        let back = json!({ "roomId": home.rid, "userId": mona });
                        scene.owner.post(home.invite, &back).await.unwrap();
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_moderator_of_a_team_gives_no_role_that_the_workspace_has_made() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let (admin, mod_) = (server.admin().await, server.user("moderator").await);
    let role = json!({ "name": "custodian", "scope": "Subscriptions", "description": "" });
    let role = admin.post("roles.create", &role).await.unwrap().ok()["role"]["_id"].clone();
    let team = json!({ "name": "crew", "type": 1, "members": ["moderator"] });
    admin.post("teams.create", &team).await.unwrap().ok();
    let give = |role: &serde_json::Value| json!({ "teamName": "crew", "member": { "userId": mod_.uid(), "roles": ["moderator", role] } });
    let moderator = json!("moderator");
    admin.post("teams.updateMember", &give(&moderator)).await.unwrap().ok();
    assert_ne!(mod_.post("teams.updateMember", &give(&role)).await.unwrap().status, 200);
    admin.post("teams.updateMember", &give(&role)).await.unwrap().ok();
}
