//! A server of its own for each test, and the people who use it.

use gantry_client::{Client, Socket};
use gantry_kernel::settings::Environment;
use gantry_server::{Config, Gantry, Running};
use gantry_store::Engine;
use gantry_store::testing::{Empty, empty};

/// A running server with an empty workspace.
pub(crate) struct TestServer {
    pub(crate) running: Running,
    pub(crate) url: url::Url,
    _database: Empty,
    _data: tempfile::TempDir,
}

impl TestServer {
    /// A server on a free port, as a new installation is.
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_config| {}).await
    }

    /// On the embedded database, for tests in which storage plays no part.
    pub(crate) async fn small() -> Self {
        Self::start(Engine::Sqlite).await
    }

    /// A server with a changed configuration.
    pub(crate) async fn start_with(engine: Engine, change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = empty(engine).await;
        let mut config = Config::new(data.path());
        config.database_url = Some(database.url().to_owned());
        config.environment = environment(&[]);
        config.password_cost = 4;
        change(&mut config);
        let running = Gantry::start(config).await.unwrap();
        let url = running.url().parse().unwrap();
        Self { running, url, _database: database, _data: data }
    }

    /// Somebody who is not signed in.
    pub(crate) fn stranger(&self) -> Client {
        Client::new(self.url.as_str()).unwrap()
    }

    /// The administrator, signed in.
    pub(crate) async fn admin(&self) -> Client {
        self.stranger().login(ADMIN, ADMIN_PASSWORD).await.unwrap()
    }

    /// Somebody new without any special role, signed in.
    pub(crate) async fn user(&self, name: &str) -> Client {
        let registration = serde_json::json!({
            "username": name, "name": name, "email": format!("{name}@example.org"), "pass": ADMIN_PASSWORD,
        });
        self.stranger().post("users.register", &registration).await.unwrap().ok();
        self.stranger().login(name, ADMIN_PASSWORD).await.unwrap()
    }

    /// A socket that has shaken hands.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::connect(&self.url).await.unwrap()
    }

    /// A socket that has said nothing yet.
    pub(crate) async fn raw_socket(&self, path: &str) -> Socket {
        Socket::open(&self.url, path).await.unwrap()
    }
}

const ADMIN: &str = "admin";
const ADMIN_PASSWORD: &str = "correct horse battery";

/// The variables of a test server: an administrator, and `more`. Nobody out there is asked for pictures.
pub(crate) fn environment(more: &[(&str, &str)]) -> Environment {
    [
        ("ADMIN_USERNAME", ADMIN),
        ("ADMIN_PASS", ADMIN_PASSWORD),
        ("ADMIN_EMAIL", "admin@example.org"),
        ("OVERWRITE_SETTING_Accounts_SetDefaultAvatar", "false"),
    ]
    .iter()
    .chain(more)
    .copied()
    .collect()
}
