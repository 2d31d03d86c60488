//! Every permission refuses who lacks it and allows who holds it: those that operations name, from the registry;
//! those that operations ask for on the way, one by one; those that roles in rooms hold, for every kind of room.

mod on_the_way;
mod operations;
mod proofs;
mod rooms;

use std::collections::BTreeSet;

use gantry_client::Client;
use gantry_kernel::caller::Ctx;
use gantry_kernel::clock::Clock;
use gantry_kernel::dispatch::call_method;
use gantry_protocol::Timestamp;
use gantry_server::assembly;
use gantry_store::Engine;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{TestServer, environment};

/// Permissions that nothing which is built asks for, under the reason.
const NOT_ASKED: &str = include_str!("not_asked.txt");

/// Permissions that have a test of their own.
const PROVEN_APART: &[&str] = &["api-bypass-rate-limit", "send-many-messages"];

/// A workspace with its own time, where nobody is asked to wait.
async fn workspace(engine: Engine) -> TestServer {
    let unlimited = [
        ("OVERWRITE_SETTING_API_Enable_Rate_Limiter", "false"),
        ("OVERWRITE_SETTING_DDP_Rate_Limit_User_By_Method_Enabled", "false"),
        ("OVERWRITE_SETTING_DDP_Rate_Limit_IP_Enabled", "false"),
        ("OVERWRITE_SETTING_DDP_Rate_Limit_User_Enabled", "false"),
        ("OVERWRITE_SETTING_DDP_Rate_Limit_Connection_Enabled", "false"),
        ("OVERWRITE_SETTING_DDP_Rate_Limit_Connection_By_Method_Enabled", "false"),
    ];
    TestServer::start_with(engine, |config| {
        config.test_mode = true;
        config.clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        config.environment = environment(&unlimited);
    })
    .await
}

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Act {
    /// A REST call with a query.
    Get(String),
    /// A REST call with a body.
    Post(&'static str, Value),
    /// A method.
    Call(&'static str, Value),
    /// Nothing, while time goes by.
    Wait { minutes: i64 },
}

fn get(path: &str) -> Act {
    Act::Get(path.to_owned())
}

fn post(path: &'static str, body: Value) -> Act {
    Act::Post(path, body)
}

fn call(name: &'static str, params: Value) -> Act {
    Act::Call(name, params)
}

impl Act {
    /// The act as text with names in place of what a scene holds, such as `$room`.
    fn text(&self) -> String {
        match self {
            Self::Get(path) => path.clone(),
            Self::Post(_, body) => body.to_string(),
            Self::Call(_, params) => params.to_string(),
            Self::Wait { .. } => String::new(),
        }
    }

    fn filled(&self, names: &[(&'static str, String)]) -> Self {
        let mut text = self.text();
        for (name, value) in names {
            text = text.replace(name, value);
        }
        match self {
            Self::Get(_) => Self::Get(text),
            Self::Post(path, _) => Self::Post(path, serde_json::from_str(&text).unwrap()),
            Self::Call(name, _) => Self::Call(name, serde_json::from_str(&text).unwrap()),
            wait @ Self::Wait { .. } => wait.clone(),
        }
    }

    /// Does it. The answer, or the refusal.
    async fn by(&self, server: &TestServer, client: &Client) -> Result<Value, Value> {
        let reply = match self {
            Self::Get(path) => {
                client.send(Method::GET, &format!("/api/v1/{path}"), &[], "".into()).await.unwrap()
            }
            Self::Post(path, body) => client.post(path, body).await.unwrap(),
            Self::Call(name, params) => {
                let params = params.as_array().unwrap().clone();
                return called(server, client.uid(), name, params).await;
            }
            Self::Wait { minutes } => {
                server.running.kernel.clock.advance(minutes * 60_000);
                return Ok(Value::Null);
            }
        };
        if reply.status == 200 && reply.body["success"] != json!(false) {
            Ok(reply.body)
        } else {
            Err(reply.body)
        }
    }
}

/// Calls a method as a user.
async fn called(server: &TestServer, uid: &str, name: &str, params: Vec<Value>) -> Result<Value, Value> {
    let kernel = &server.running.kernel;
    let caller = kernel.identity().caller_of(kernel, uid).await.unwrap();
    let mut ctx = Ctx { caller, ..Ctx::internal(kernel) };
    match call_method(name, params, &mut ctx).await {
        Ok(answer) => Ok(serde_json::from_str(&answer).unwrap_or(Value::Null)),
        Err(error) => Err(error.ddp_body()),
    }
}

/// Says which roles hold permissions.
async fn hold(admin: &Client, permissions: &[&str], roles: &[String]) {
    let grants: Vec<_> = permissions.iter().map(|id| json!({ "_id": id, "roles": roles })).collect();
    admin.post("permissions.update", &json!({ "permissions": grants })).await.unwrap().ok();
}

/// A role for everybody's scope that holds nothing yet.
async fn new_role(admin: &Client, name: &str) -> String {
    let role = json!({ "name": name, "scope": "Users", "description": "" });
    let role = admin.post("roles.create", &role).await.unwrap().ok();
    role["role"]["_id"].as_str().unwrap().to_owned()
}

/// Somebody with these roles and no other, signed in.
async fn person(server: &TestServer, admin: &Client, name: &str, roles: &[String]) -> Client {
    const PASSWORD: &str = "correct horse battery";
    let user = json!({
        "username": name, "name": name, "email": format!("{name}@example.org"), "password": PASSWORD,
        "roles": roles, "verified": true, "joinDefaultChannels": false,
    });
    admin.post("users.create", &user).await.unwrap().ok();
    server.stranger().login(name, PASSWORD).await.unwrap()
}

#[tokio::test]
async fn every_permission_is_proven_or_nothing_asks_for_it() {
    let server = TestServer::small().await;
    let registry = assembly::registry();
    let mut proven: BTreeSet<&str> =
        registry.endpoints().iter().flat_map(|e| e.spec.needs.names()).copied().collect();
    proven.extend(registry.methods().iter().flat_map(|entry| entry.spec.needs.names()));
    proven.extend(proofs::all().iter().map(|proof| proof.permission));
    proven.extend(PROVEN_APART);
    let not_asked: BTreeSet<&str> =
        NOT_ASKED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let permissions = server.running.kernel.permissions.documents(None);
    let seeded = permissions
        .iter()
        .filter_map(|permission| permission["_id"].as_str())
        .filter(|id| !id.starts_with("change-setting-"));
    let open: Vec<&str> = seeded.filter(|id| !proven.contains(id) && !not_asked.contains(id)).collect();
    assert!(open.is_empty(), "neither proven nor on the list: {open:?}");
    let both: Vec<_> = not_asked.intersection(&proven).collect();
    assert!(both.is_empty(), "proven, and on the list of those that nothing asks for: {both:?}");
}
