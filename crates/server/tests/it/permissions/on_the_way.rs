//! Permissions that operations ask for on the way: each proof is done twice, without the permission and with it.

use gantry_client::Client;
use gantry_store::testing::engines;
use serde_json::{Value, json};

use super::proofs::{self, Proof, Shows};
use super::{Act, hold, new_role, person, workspace};
use crate::harness::TestServer;

/// A workspace with an administrator, and with ann, who holds what a proof gives her.
struct Scene {
    server: TestServer,
    admin: Client,
    ann: Client,
    /// Ann's role, next to `user`.
    role: String,
    made: u32,
}

async fn made(admin: &Client, path: &str, body: Value, pointer: &str) -> String {
    let answer = admin.post(path, &body).await.unwrap().ok();
    answer.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

impl Scene {
    async fn new(engine: gantry_store::Engine) -> Self {
        let server = workspace(engine).await;
        let admin = server.admin().await;
        let role = new_role(&admin, "holder").await;
        let ann = person(&server, &admin, "ann", &["user".to_owned(), role.clone()]).await;
        Self { server, admin, ann, role, made: 0 }
    }

    /// What the names in a proof stand for: new people, rooms and messages, as far as they are named.
    async fn names(&mut self, text: &str) -> Vec<(&'static str, String)> {
        self.made += 1;
        let (n, admin) = (self.made, &self.admin);
        let ann = self.ann.uid().to_owned();
        let user = async |name: String| {
            let body = json!({
                "username": name, "name": name, "email": format!("{name}@example.org"), "password": "correct horse battery",
                "joinDefaultChannels": false,
            });
            made(admin, "users.create", body, "/user/_id").await
        };
        let bob = user(format!("bob{n}")).await;
        let cleo = user(format!("cleo{n}")).await;
        let both = [json!("ann"), json!(format!("bob{n}"))];
        let just_bob = &both[1..];
        let mut names = vec![
            ("$bobName", format!("bob{n}")),
            ("$bob", bob.clone()),
            ("$cleoName", format!("cleo{n}")),
            ("$cleo", cleo),
            ("$ann", ann.clone()),
        ];
        for (name, path, members, pointer) in [
            ("$room", "channels.create", &both[..], "/channel/_id"),
            ("$group", "groups.create", &both[..], "/group/_id"),
            ("$open", "channels.create", just_bob, "/channel/_id"),
            ("$shut", "groups.create", just_bob, "/group/_id"),
        ] {
            if text.contains(name) {
                let called = format!("{}{n}", &name[1..]);
                let room = json!({ "name": called, "members": members });
                names.push((name, made(admin, path, room, pointer).await));
            }
        }
        if text.contains("$dm") {
            let direct = Act::Post("im.create", json!({ "username": format!("bob{n}") }));
            let direct = direct.by(&self.server, &self.ann).await.unwrap();
            names.push(("$dm", direct["room"]["_id"].as_str().unwrap().to_owned()));
        }
        if text.contains("$team") {
            let team = json!({ "name": format!("team{n}"), "type": 0, "members": [ann, bob] });
            let team = admin.post("teams.create", &team).await.unwrap().ok();
            let id = &team["team"]["_id"];
            // One where ann is, and one that she knows nothing of.
            for (name, path, pointer, members) in [
                ("$teamRoom", "channels.create", "/channel/_id", &both[..]),
                ("$teamGroup", "groups.create", "/group/_id", &both[..]),
                ("$teamShut", "groups.create", "/group/_id", just_bob),
            ] {
                if text.contains(name) {
                    let called = format!("{}{n}", &name[1..]);
                    let room = json!({ "name": called, "members": members, "extraData": { "teamId": id } });
                    names.push((name, made(admin, path, room, pointer).await));
                }
            }
            names.push(("$teamMain", team["team"]["roomId"].as_str().unwrap().to_owned()));
            names.push(("$team", id.as_str().unwrap().to_owned()));
        }
        if let Some((_, room)) = names.iter().find(|(name, _)| *name == "$room").cloned() {
            let say = |mid: &str, who: &str| json!({ "rid": room, "_id": format!("{mid}{n}"), "msg": who });
            let own = Act::Post("chat.sendMessage", json!({ "message": say("own", "by ann") }));
            own.by(&self.server, &self.ann).await.unwrap();
            let said = Act::Post("chat.sendMessage", json!({ "message": say("said", "by the admin") }));
            said.by(&self.server, admin).await.unwrap();
        }
        names.push(("$n", n.to_string()));
        names
    }

    /// What becomes of the act without the permission, or with it.
    async fn outcome(&mut self, proof: &Proof, with: bool) -> Result<Value, Value> {
        let acts = proof.before.iter().chain([&proof.act]);
        let mut text = acts.map(Act::text).collect::<Vec<_>>().join(" ");
        if let Shows::Tells(told) = proof.shows {
            text.push_str(told);
        }
        let names = self.names(&text).await;
        for act in &proof.before {
            let act = act.filled(&names);
            act.by(&self.server, &self.admin).await.unwrap_or_else(|error| panic!("{act:?}: {error}"));
        }
        let permissions = &self.server.running.kernel.permissions;
        let touched: Vec<&str> = [proof.permission]
            .into_iter()
            .chain(proof.also.iter().copied())
            .chain(proof.never.iter().copied())
            .collect();
        let before: Vec<_> = touched.iter().map(|id| (*id, permissions.roles_with(id))).collect();
        let admin_only = ["admin".to_owned()];
        let holders = ["admin".to_owned(), self.role.clone()];
        hold(&self.admin, proof.never, &admin_only).await;
        hold(&self.admin, proof.also, &holders).await;
        hold(&self.admin, &[proof.permission], if with { &holders[..] } else { &admin_only }).await;
        let outcome = proof.act.filled(&names).by(&self.server, &self.ann).await;
        for (permission, roles) in before {
            hold(&self.admin, &[permission], &roles).await;
        }
        for act in &proof.after {
            act.filled(&names).by(&self.server, &self.admin).await.unwrap();
        }
        let needle =
            |text: &str| names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        match (&proof.shows, outcome) {
            (Shows::Done, outcome) => outcome,
            (Shows::Fails(code), outcome) => match outcome {
                Err(error) if error.to_string().contains(code) => Ok(error),
                Ok(answer) => panic!("{}: it is not to succeed: {answer}", proof.permission),
                refused => refused,
            },
            (Shows::Tells(text), Ok(answer)) if answer.to_string().contains(&needle(text)) => Ok(answer),
            (Shows::Tells(_), Ok(answer) | Err(answer)) => Err(answer),
        }
    }
}

#[tokio::test]
async fn what_is_asked_on_the_way_is_refused_without_the_permission_and_done_with_it() {
    for engine in engines() {
        let mut scene = Scene::new(engine).await;
        let mut faults = Vec::new();
        for proof in proofs::all() {
            if let Ok(answer) = scene.outcome(&proof, false).await {
                faults.push(format!("{}: done without it: {answer:.300}", proof.permission));
            }
            if let Err(error) = scene.outcome(&proof, true).await {
                faults.push(format!("{}: refused with it: {error:.300}", proof.permission));
            }
        }
        assert!(faults.is_empty(), "{engine:?}:\n{}", faults.join("\n"));
    }
}
