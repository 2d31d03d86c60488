//! Fresh databases for tests.
//!
//! SQLite is always there. PostgreSQL is used when `GANTRY_TEST_POSTGRES_URL` names a server
//! (`scripts/test-postgres.sh start` makes one); `GANTRY_REQUIRE_POSTGRES=1` turns its absence into a failure.

use std::hash::{BuildHasher, RandomState};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::{Db, DbConfig, DbError, Engine};

const URL: &str = "GANTRY_TEST_POSTGRES_URL";
const REQUIRE: &str = "GANTRY_REQUIRE_POSTGRES";

/// A database of its own for one test; removed when dropped.
#[derive(Debug)]
pub struct TestDb {
    db: Db,
    empty: Empty,
}

/// Room for a database that nobody has opened yet, for tests that start a server; removed when dropped.
#[derive(Debug)]
pub struct Empty {
    url: String,
    _place: Place,
}

impl Empty {
    /// The URL to open the database with.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl TestDb {
    /// A handle of the database that may outlive the borrow.
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// The URL to open the database once more.
    pub fn url(&self) -> &str {
        &self.empty.url
    }
}

impl std::ops::Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Room for one database: a folder, or a schema of the test server (much cheaper than a database).
#[derive(Debug)]
enum Place {
    Folder { _folder: TempDir },
    Schema { server: String, name: String },
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Schema { server, name } = self {
            // Drop can be anywhere, also inside a runtime, where waiting for another future is not possible.
            let (server, sql) = (std::mem::take(server), format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
            let cleaned = std::thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?
                    .block_on(administer(&server, &sql))
            });
            if let Ok(Err(error)) = cleaned.join() {
                eprintln!("the test schema {name} stays behind: {error}");
            }
        }
    }
}

/// The engines to test on.
///
/// # Panics
/// When PostgreSQL is required and no server is named.
pub fn engines() -> Vec<Engine> {
    let mut engines = vec![Engine::Sqlite];
    if std::env::var_os(URL).is_some() {
        engines.push(Engine::Postgres);
    } else if std::env::var(REQUIRE).is_ok_and(|value| value == "1") {
        panic!("{REQUIRE}=1, but {URL} names no server");
    }
    engines
}

/// A fresh database of each engine.
pub async fn databases() -> Vec<TestDb> {
    let mut databases = Vec::new();
    for engine in engines() {
        databases.push(open(engine).await);
    }
    databases
}

/// Runs `body` on a fresh database of each engine, one after the other.
pub async fn each_engine(body: impl AsyncFn(Db)) {
    for test in databases().await {
        // Shown when the test fails.
        println!("engine: {:?}", test.engine());
        body(test.db()).await;
    }
}

/// A fresh SQLite database in a temporary folder.
pub async fn open_sqlite() -> TestDb {
    open(Engine::Sqlite).await
}

/// A fresh database.
///
/// # Panics
/// When it cannot be made.
pub async fn open(engine: Engine) -> TestDb {
    open_with(engine, |_cfg| {}).await
}

/// A fresh database, opened with a changed configuration.
///
/// # Panics
/// When it cannot be made.
pub async fn open_with(engine: Engine, change: impl FnOnce(&mut DbConfig)) -> TestDb {
    let empty = empty(engine).await;
    let mut cfg = DbConfig::new(&empty.url);
    change(&mut cfg);
    let db = Db::open(cfg).await.expect("a fresh database opens");
    TestDb { db, empty }
}

/// Room for a database.
///
/// # Panics
/// When it cannot be made.
pub async fn empty(engine: Engine) -> Empty {
    match engine {
        Engine::Sqlite => {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            Empty { url, _place: Place::Folder { _folder: folder } }
        }
        Engine::Postgres => {
            let server = std::env::var(URL).unwrap_or_else(|_unset| panic!("{URL} names no server"));
            let name = format!("gantry_test_{:016x}", RandomState::new().hash_one(std::process::id()));
            administer(&server, &format!("CREATE SCHEMA {name}"))
                .await
                .expect("the test server makes a schema");
            let mark = if server.contains('?') { '&' } else { '?' };
            let url = format!("{server}{mark}options=-csearch_path%3D{name}");
            Empty { url, _place: Place::Schema { server, name } }
        }
    }
}

/// Lets the engine parse each statement and look up its tables and columns; answers those it refuses.
///
/// # Errors
/// When the database cannot be used at all.
pub async fn prepare(db: &Db, statements: Vec<String>) -> Result<Vec<(String, DbError)>, DbError> {
    db.read(async move |tx| {
        let mut refused = Vec::new();
        for sql in &statements {
            if let Err(error) = tx.prepare(sql).await {
                refused.push((sql.clone(), error));
            }
        }
        Ok(refused)
    })
    .await
}

async fn administer(server: &str, sql: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    let driver = tokio::spawn(connection);
    client.batch_execute(sql).await?;
    drop(client);
    Ok(driver.await??)
}
