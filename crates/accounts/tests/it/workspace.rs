//! A workspace without a network: people call the dispatcher, and listen on the hub.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use futures_util::FutureExt as _;
use gantry_accounts::{Accounts, hashing, users};
use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::clock::Clock;
use gantry_kernel::dispatch::{self, Inbound};
use gantry_kernel::files::Files;
use gantry_kernel::hub::{Connection, Topic};
use gantry_kernel::ids::Ids;
use gantry_kernel::permissions::Permissions;
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::{Environment, FirstStart, Settings};
use gantry_kernel::spec::Verb;
use gantry_kernel::within::Within;
use gantry_kernel::{Kernel, Parts};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use gantry_store::testing::{TestDb, databases};
use gantry_store::vals;
use serde_json::Value;

/// One workspace per test and engine.
pub(crate) struct Workspace {
    pub(crate) kernel: Arc<Kernel>,
    _db: TestDb,
    _folder: tempfile::TempDir,
}

/// Runs a test on a fresh workspace of each engine.
pub(crate) async fn each(test: impl AsyncFn(Workspace)) {
    each_with(Environment::default(), |_within| {}, test).await;
}

/// As [`each`], started with an environment and with rules of other domains.
pub(crate) async fn each_with(
    environment: Environment,
    rules: fn(&mut Within),
    test: impl AsyncFn(Workspace),
) {
    for db in databases().await {
        let mut within = Within::default();
        gantry_accounts::rules(&mut within);
        rules(&mut within);
        test(start(db, &environment, within).await).await;
    }
}

async fn start(db: TestDb, environment: &Environment, within: Within) -> Workspace {
    let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
    let first = FirstStart { now: clock.now(), unique_id: "workspace".into(), secret_url: "secret".into() };
    let settings = Settings::load(&db, environment, &first).await.expect("the settings load");
    let permissions = Permissions::load(&db, &settings, clock.now()).await.expect("the permissions load");
    let mut registry = Registry::default();
    gantry_accounts::register(&mut registry);
    let folder = tempfile::tempdir().expect("a folder for files");
    let files = Files::open(folder.path(), None, settings.clone()).expect("files open");
    let parts = Parts {
        files,
        db: db.db(),
        clock,
        ids: Ids::seeded(1),
        settings,
        permissions,
        registry,
        within,
        test_mode: true,
    };
    let kernel = Kernel::start(parts, Arc::new(Accounts::new(4)));
    gantry_accounts::listen(&kernel);
    Workspace { kernel, _db: db, _folder: folder }
}

impl Workspace {
    /// Somebody with these roles, signed in.
    pub(crate) async fn somebody(&self, name: &str, roles: &[&str]) -> Actor {
        let user = User {
            id: format!("id-of-{name}"),
            username: Some(name.to_owned()),
            name: Some(name.to_uppercase()),
            kind: "user".to_owned(),
            active: true,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            created_at: self.kernel.clock.now(),
            updated_at: self.kernel.clock.now(),
            ..User::default()
        };
        let token = format!("token-of-{name}");
        let (uid, hash, now) = (user.id.clone(), hashing::token_hash(&token), self.kernel.clock.now_millis());
        let written = self.kernel.db.write(async move |tx| -> gantry_kernel::error::Result<()> {
            users::insert(tx, &user).await?;
            tx.exec(
                "INSERT INTO login_tokens (hash, uid, kind, bypass_two_factor, created_at) VALUES (?1, ?2, 'login', FALSE, ?3)",
                &vals![&hash, &user.id, now],
            )
            .await?;
            Ok(())
        });
        written.await.expect("the user is stored");
        Actor { kernel: self.kernel.clone(), uid, name: name.to_owned(), token }
    }

    /// Whether [`Workspace::somebody`] has made somebody of that name.
    pub(crate) async fn knows(&self, name: &str) -> bool {
        let name = name.to_owned();
        let found = self.kernel.db.read(async move |tx| users::by_username(tx, &name).await).await;
        found.expect("the database answers").is_some()
    }

    /// Somebody whom [`Workspace::somebody`] has made.
    pub(crate) fn again(&self, name: &str) -> Actor {
        let (uid, token) = (format!("id-of-{name}"), format!("token-of-{name}"));
        Actor { kernel: self.kernel.clone(), uid, name: name.to_owned(), token }
    }

    /// Whoever the answer of `login` signed in.
    pub(crate) fn with_login(&self, answer: &Value) -> Actor {
        let text = |field: &str| answer["data"][field].as_str().expect("a login").to_owned();
        let (uid, token) = (text("userId"), text("authToken"));
        Actor { kernel: self.kernel.clone(), uid, name: String::new(), token }
    }

    /// Somebody who is not signed in.
    pub(crate) fn stranger(&self) -> Actor {
        Actor { kernel: self.kernel.clone(), uid: String::new(), name: String::new(), token: String::new() }
    }
}

/// Somebody who calls operations.
#[derive(Clone)]
pub(crate) struct Actor {
    kernel: Arc<Kernel>,
    pub(crate) uid: String,
    pub(crate) name: String,
    token: String,
}

/// Status and body of an answer.
pub(crate) type Answer = (u16, Value);

impl Actor {
    /// The same person with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same token with somebody else's id.
    pub(crate) fn as_uid(&self, uid: &str) -> Self {
        Self { uid: uid.to_owned(), ..self.clone() }
    }

    /// GET; the path may hold a query string.
    pub(crate) async fn gets(&self, path: &str) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.calls(Verb::Get, path, query, Vec::new()).await
    }

    /// POST with a JSON body.
    pub(crate) async fn posts(&self, path: &str, body: Value) -> Answer {
        self.calls(Verb::Post, path, "", body.to_string().into_bytes()).await
    }

    async fn calls(&self, verb: Verb, path: &str, query: &str, body: Vec<u8>) -> Answer {
        let mut headers = http::HeaderMap::new();
        for (name, value) in [("x-user-id", &self.uid), ("x-auth-token", &self.token)] {
            if !value.is_empty() {
                headers.insert(name, value.parse().expect("a header"));
            }
        }
        let request = Inbound {
            verb,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.into(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request_id: "test".to_owned(),
        };
        let answer = dispatch::answer(&self.kernel, request).await;
        (answer.status, serde_json::from_slice(&answer.body).expect("the answer is JSON"))
    }

    async fn ctx(&self) -> Ctx {
        let identity = self.kernel.identity();
        let caller: Option<Arc<Caller>> = identity
            .authenticate(&self.kernel, Some(&self.uid), &self.token)
            .await
            .expect("the database answers");
        Ctx { caller, ..Ctx::internal(&self.kernel) }
    }

    /// Calls a method: its result, or the code of its error.
    pub(crate) async fn invokes(&self, method: &str, params: Value) -> Result<Value, String> {
        let Value::Array(params) = params else { panic!("parameters are a list") };
        let result = dispatch::call_method(method, params, &mut self.ctx().await).await;
        let text = result.map_err(|error| error.code.map(String::from).unwrap_or_default())?;
        Ok(serde_json::from_str(&text).expect("the result is JSON"))
    }

    /// A connection that listens to an event; `None` if that is refused.
    pub(crate) async fn listens(&self, stream: &'static str, event: &str) -> Option<Listener> {
        let connection = self.kernel.hub.connect(self.kernel.ids.id());
        let mut ctx = self.ctx().await;
        ctx.origin.connection = Some(connection.clone());
        let params = vec![Value::from(event), Value::from(false)];
        let opened = dispatch::open_subscription(&format!("stream-{stream}"), params, "sub", &ctx).await;
        opened.ok()?;
        assert_eq!(connection.topic_of("sub"), Some(Topic::new(stream, event)));
        Some(Listener { kernel: self.kernel.clone(), connection })
    }

    /// The documents that a publication begins with.
    pub(crate) async fn publishes(&self, name: &str) -> Vec<Value> {
        let opened = dispatch::open_subscription(name, Vec::new(), "sub", &self.ctx().await).await;
        opened.expect("it is open to everybody").added.into_iter().map(|document| document.fields).collect()
    }

    /// Writes to a stream.
    pub(crate) async fn writes(&self, stream: &str, params: Value) {
        self.invokes(&format!("stream-{stream}"), params).await.expect("writing is never an error");
    }
}

/// A connection that listens.
pub(crate) struct Listener {
    kernel: Arc<Kernel>,
    connection: Arc<Connection>,
}

impl Listener {
    /// The arguments of every event since the last call.
    pub(crate) async fn heard(&self) -> Vec<Value> {
        self.kernel.events.quiesce().await;
        let mut batch = Vec::new();
        if self.connection.outbox().queued_bytes() > 0 {
            self.connection.outbox().next_batch(&mut batch).now_or_never().expect("queued").expect("open");
        }
        let frames = batch.iter().map(|frame| serde_json::from_slice::<Value>(frame.text()).expect("JSON"));
        frames.map(|frame| frame["fields"]["args"].clone()).collect()
    }
}
