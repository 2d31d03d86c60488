//! A workspace in a test: people call operations as REST clients do, without HTTP and without passwords.
//!
//! The domains above accounts share it; each brings its own operations ([`Domains`]). Helpers panic where a
//! test would.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use gantry_accounts::users;
use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::clock::Clock;
use gantry_kernel::dispatch::{Inbound, answer, call_method};
use gantry_kernel::error::Result;
use gantry_kernel::files::Files;
use gantry_kernel::hub::{Connection, Topic};
use gantry_kernel::identity::Identity;
use gantry_kernel::ids::Ids;
use gantry_kernel::permissions::Permissions;
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::{FirstStart, Settings};
use gantry_kernel::spec::{TwoFactor, Verb};
use gantry_kernel::within::Within;
use gantry_kernel::{Kernel, Parts};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use gantry_store::testing::{TestDb, databases};
use http::HeaderMap;
use serde_json::{Value, json};

/// What a world is made of, beside accounts.
pub struct Domains {
    /// Registers the operations.
    pub register: fn(&mut Registry),
    /// Adds rules to other domains' transactions.
    pub rules: fn(&mut Within),
    /// Starts the listeners.
    pub listen: fn(&Arc<Kernel>),
    /// Makes what a new workspace begins with.
    pub bootstrap: for<'a> fn(&'a Arc<Kernel>) -> BoxFuture<'a, Result<()>>,
}

/// One workspace.
pub struct World {
    /// Everything behind it.
    pub kernel: Arc<Kernel>,
    clock: Clock,
    _db: TestDb,
    _folder: tempfile::TempDir,
}

/// Knows users by their id: it is their token.
struct ByName;

impl Identity for ByName {
    fn authenticate<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        uid: Option<&'a str>,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        self.caller_of(kernel, uid.unwrap_or_default())
    }

    fn caller_of<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        uid: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(async move {
            let id = uid.to_owned();
            let user = kernel
                .db
                .read::<_, gantry_kernel::error::Error, _>(async move |tx| users::by_id(tx, &id).await);
            Ok(user.await?.map(|user| {
                Arc::new(Caller {
                    uid: user.id,
                    username: user.username.unwrap_or_default(),
                    name: user.name,
                    roles: user.roles,
                    kind: user.kind,
                    ..Caller::default()
                })
            }))
        })
    }

    fn forget(&self, _uid: &str) {}

    fn second_factor<'a>(
        &'a self,
        _ctx: &'a Ctx,
        _caller: &'a Caller,
        _demand: TwoFactor,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// A workspace on each engine that is at hand.
pub async fn worlds(domains: &Domains) -> Vec<World> {
    let mut worlds = Vec::new();
    for db in databases().await {
        worlds.push(World::new(db, domains).await);
    }
    worlds
}

impl World {
    async fn new(db: TestDb, domains: &Domains) -> Self {
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        let first = FirstStart { now: clock.now(), unique_id: "unique".into(), secret_url: "secret".into() };
        let settings = Settings::load(&db.db(), &std::iter::empty::<(String, String)>().collect(), &first)
            .await
            .unwrap();
        let permissions = Permissions::load(&db.db(), &settings, clock.now()).await.unwrap();
        let mut registry = Registry::default();
        (domains.register)(&mut registry);
        let mut within = Within::default();
        (domains.rules)(&mut within);
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), None, settings.clone()).unwrap();
        let kernel = Kernel::start(
            Parts {
                db: db.db(),
                clock: clock.clone(),
                ids: Ids::seeded(7),
                settings,
                permissions,
                registry,
                within,
                files,
                test_mode: true,
            },
            Arc::new(ByName),
        );
        (domains.listen)(&kernel);
        (domains.bootstrap)(&kernel).await.unwrap();
        Self { kernel, clock, _db: db, _folder: folder }
    }

    /// A new user, whose id and name are `name`.
    pub async fn user(&self, name: &str, roles: &[&str]) -> Actor<'_> {
        let user: User = serde_json::from_value(json!({
            "_id": name, "username": name, "name": format!("{} Real", name), "type": "user", "active": true,
            "roles": roles, "createdAt": self.clock.now(), "_updatedAt": self.clock.now(),
        }))
        .unwrap();
        let ctx = Ctx::internal(&self.kernel);
        ctx.write(async move |tx| users::insert(tx, &user).await).await.unwrap();
        Actor { world: self, uid: name.to_owned() }
    }

    /// An administrator and two ordinary people.
    pub async fn people(&self) -> (Actor<'_>, Actor<'_>, Actor<'_>) {
        (
            self.user("admin", &["admin"]).await,
            self.user("alice", &["user"]).await,
            self.user("bob", &["user"]).await,
        )
    }

    /// Changes a setting.
    pub async fn set(&self, id: &'static str, value: Value) {
        let (ctx, now) = (Ctx::internal(&self.kernel), self.clock.now());
        let inner = ctx.clone();
        let change = ctx
            .write(async move |tx| {
                let changed = inner.settings.set(tx, id, value.clone(), now).await;
                changed.map_err(gantry_kernel::error::Error::internal)
            })
            .await
            .unwrap();
        self.kernel.settings.apply(&change);
    }

    /// Lets time pass, in milliseconds.
    pub fn wait(&self, millis: i64) {
        self.clock.advance(millis);
    }

    /// A connection that listens to an event of a stream.
    pub fn listen(&self, stream: &'static str, event: &str) -> Arc<Connection> {
        let connection = self.kernel.hub.connect(self.kernel.ids.id());
        assert!(self.kernel.hub.subscribe(&connection, "s", Topic::new(stream, event)));
        connection
    }

    /// The first argument of every event that a connection has got since the last call.
    pub async fn heard(&self, connection: &Connection) -> Vec<Value> {
        self.kernel.events.quiesce().await;
        let mut batch = Vec::new();
        if connection.outbox().queued_bytes() > 0 {
            connection.outbox().next_batch(&mut batch).now_or_never().unwrap().unwrap();
        }
        let frames = batch.iter().map(|frame| serde_json::from_slice::<Value>(frame.text()).unwrap());
        frames.map(|frame| frame["fields"]["args"][0].clone()).collect()
    }

    /// The texts of all messages that are stored of a room, hidden ones too, newest first.
    pub async fn texts(&self, rid: &str) -> Vec<String> {
        let (rid, ctx) = (rid.to_owned(), Ctx::internal(&self.kernel));
        let read = ctx.read(async move |tx| {
            let sql = "SELECT doc FROM messages WHERE rid = ?1 ORDER BY updated_at DESC, id";
            let rows = tx.query_dyn(sql, &gantry_store::vals![&rid]).await?;
            let text = |row: &gantry_store::Row| -> Result<String> {
                let doc: Value = serde_json::from_str(row.str(0)?).unwrap();
                Ok(doc["msg"].as_str().unwrap().to_owned())
            };
            rows.iter().map(text).collect()
        });
        read.await.unwrap()
    }

    /// Runs the rules for something that happens to a user.
    pub async fn happens<E: Clone + Send + Sync + 'static>(&self, event: E) -> Result<()> {
        let ctx = Ctx::internal(&self.kernel);
        let inner = ctx.clone();
        ctx.write(async move |tx| inner.within.run(&inner, tx, &event).await).await
    }
}

/// Somebody who calls operations.
#[derive(Clone)]
pub struct Actor<'w> {
    world: &'w World,
    /// The user's id.
    pub uid: String,
}

/// What a call answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON.
    pub body: Value,
}

impl Answer {
    /// The body of a call that succeeded.
    ///
    /// # Panics
    /// If it was refused.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The error type of a call that was refused, or its text where there is no type.
    ///
    /// # Panics
    /// If it succeeded.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_ne!(self.status, 200, "{}", self.body);
        let kind = self.body.get("errorType").or(self.body.get("error")).and_then(Value::as_str);
        kind.unwrap_or_default().to_owned()
    }
}

impl Actor<'_> {
    async fn call(&self, verb: Verb, path: &str, query: String, body: String) -> Answer {
        self.world.clock.advance(1000);
        let mut headers = HeaderMap::new();
        headers.insert("x-user-id", self.uid.parse().unwrap());
        headers.insert("x-auth-token", "token".parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        let inbound = Inbound {
            verb,
            path: path.to_owned(),
            query,
            headers,
            body: body.into_bytes().into(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request_id: String::new(),
        };
        let outbound = answer(&self.world.kernel, inbound).await;
        Answer { status: outbound.status, body: serde_json::from_slice(&outbound.body).unwrap() }
    }

    /// A POST call.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Verb::Post, path, String::new(), body.to_string()).await
    }

    /// A DELETE call without parameters.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Verb::Delete, path, String::new(), String::new()).await
    }

    /// A DELETE call with parameters.
    pub async fn delete_with(&self, path: &str, body: Value) -> Answer {
        self.call(Verb::Delete, path, String::new(), body.to_string()).await
    }

    /// A PUT call.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Verb::Put, path, String::new(), body.to_string()).await
    }

    /// A GET call; `query` is `name=value&…`, without special characters.
    pub async fn get(&self, path: &str, query: &str) -> Answer {
        self.call(Verb::Get, path, query.replace('"', "%22"), String::new()).await
    }

    /// Makes a channel with these members; answers its id.
    pub async fn channel(&self, name: &str, members: &[&str]) -> String {
        let body = self.post("channels.create", json!({ "name": name, "members": members })).await.ok();
        body["channel"]["_id"].as_str().unwrap().to_owned()
    }

    /// Sends a message; answers it as it is then.
    pub async fn sends(&self, message: Value) -> Value {
        self.post("chat.sendMessage", json!({ "message": message })).await.ok()["message"].clone()
    }

    /// A call of a method.
    pub async fn method(&self, name: &str, params: Value) -> Result<Value> {
        self.world.clock.advance(1000);
        let kernel = &self.world.kernel;
        let caller = kernel.identity().caller_of(kernel, &self.uid).await?;
        let mut ctx = Ctx { caller, ..Ctx::internal(kernel) };
        let Value::Array(params) = params else { panic!("parameters are a list") };
        Ok(serde_json::from_str(&call_method(name, params, &mut ctx).await?).unwrap())
    }
}
