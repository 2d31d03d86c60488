//! The handle that the rest of the server holds.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::job;
use crate::postgres::PgDb;
use crate::sqlite::SqliteDb;
use crate::{DbError, Tx};

/// Something to hand to the [`Db::on_commit`] hook once the transaction has committed.
pub type Deferred = Box<dyn Any + Send + Sync>;

/// Which database is behind a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded SQLite, the default.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// How to open a database. [`DbConfig::new`] fills in everything but the URL.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// `sqlite:/path/file.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// SQLite: threads that serve reads. 2 to 4 by the number of cores.
    pub readers: usize,
    /// SQLite: jobs that may wait for the writer, and for the readers. 1024.
    pub queue: usize,
    /// How long a caller waits for a place in the queue (SQLite) or for a connection (PostgreSQL) before
    /// [`DbError::Overloaded`]. 5 seconds.
    pub queue_wait: Duration,
    /// SQLite: how long to wait for a lock held by another process before [`DbError::Busy`]. 5 seconds.
    pub busy_timeout: Duration,
    /// PostgreSQL: connections, which is also the number of jobs that run at once. 16.
    pub pg_pool: usize,
}

impl DbConfig {
    /// The defaults for the database at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: threads(),
            queue: 1024,
            queue_wait: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(5),
            pg_pool: 16,
        }
    }
}

/// Database threads for this machine: more than four read no faster (measured), fewer than two let one
/// slow read delay all others.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4))
}

/// A database. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Db {
    kind: Kind,
    hook: Arc<Hook>,
}

#[derive(Clone)]
enum Kind {
    Sqlite(Arc<SqliteDb>),
    Postgres(Arc<PgDb>),
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the database, creates it when it is a file that is not there, and applies the migrations.
    ///
    /// # Errors
    /// An unusable URL, a database that cannot be reached or was written by a newer version.
    pub async fn open(cfg: DbConfig) -> Result<Self, DbError> {
        let hook = Arc::new(Hook::default());
        let kind = if let Some(path) = cfg.url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path).to_owned();
            Kind::Sqlite(Arc::new(SqliteDb::open(path.into(), &cfg, hook.clone()).await?))
        } else if cfg.url.starts_with("postgres:") || cfg.url.starts_with("postgresql:") {
            Kind::Postgres(Arc::new(PgDb::open(&cfg, hook.clone()).await?))
        } else {
            return Err(DbError::Other(
                "the database URL must start with sqlite: or postgres:// (for example sqlite:/var/lib/gantry/gantry.db)"
                    .into(),
            ));
        };
        Ok(Self { kind, hook })
    }

    /// Sets the function that receives what jobs deferred. It is called after the commit and before the
    /// job's caller is answered, once per job that deferred anything, in commit order (PostgreSQL: for
    /// jobs of this process that wait for each other's rows). It runs on a database thread: it must not block.
    ///
    /// # Panics
    /// When called twice: two receivers would each see a part.
    pub fn on_commit(&self, hook: impl Fn(Vec<Deferred>) + Send + Sync + 'static) {
        assert!(self.hook.0.set(Box::new(hook)).is_ok(), "the commit hook is set once");
    }

    /// Runs `job` in a transaction that is committed when it answers `Ok`, and answers after the commit is
    /// on disk. `Err` rolls the job back and drops what it deferred. The job may run more than once, and
    /// runs to its end although the caller goes away.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    {
        let (queued, ticket) = job::queue(job);
        match &self.kind {
            Kind::Sqlite(db) => db.write(queued).await?,
            Kind::Postgres(db) => db.write(queued).await?,
        }
        ticket.result().await
    }

    /// Runs `job` on one consistent snapshot of the database, read-only.
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    {
        let (queued, ticket) = job::queue(job);
        match &self.kind {
            Kind::Sqlite(db) => db.read(queued).await?,
            Kind::Postgres(db) => db.read(queued).await?,
        }
        ticket.result().await
    }

    /// Writes a consistent copy of the database to the new file `target`, while the server works on.
    ///
    /// # Errors
    /// When `target` exists or cannot be written; always on PostgreSQL, whose own tool does this.
    pub async fn backup(&self, target: &Path) -> Result<(), DbError> {
        self.backup_with_progress(target, |_done, _total| {}).await
    }

    /// As [`Db::backup`]; `progress` is told the number of pages copied and their total now and then.
    ///
    /// # Errors
    /// As [`Db::backup`].
    pub async fn backup_with_progress(
        &self,
        target: &Path,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<(), DbError> {
        match &self.kind {
            Kind::Sqlite(db) => crate::backup::sqlite(db.path(), target, progress).await,
            Kind::Postgres(_) => Err(DbError::Other(
                "the data is in PostgreSQL: back it up with pg_dump --format=custom, restore with pg_restore"
                    .into(),
            )),
        }
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match &self.kind {
            Kind::Sqlite(_) => Engine::Sqlite,
            Kind::Postgres(_) => Engine::Postgres,
        }
    }

    /// Refuses new jobs (also from other clones), finishes the queued ones and stops the threads.
    ///
    /// # Errors
    /// When the last checkpoint fails. Nothing is lost then: SQLite redoes it when it opens the file again.
    pub async fn close(self) -> Result<(), DbError> {
        match &self.kind {
            Kind::Sqlite(db) => db.close().await,
            Kind::Postgres(db) => db.close().await,
        }
    }
}

/// Where deferred events go.
#[derive(Default)]
pub(crate) struct Hook(OnceLock<Box<dyn Fn(Vec<Deferred>) + Send + Sync>>);

impl Hook {
    pub(crate) fn call(&self, events: Vec<Deferred>) {
        if events.is_empty() {
            return;
        }
        if let Some(hook) = self.0.get() {
            // The commit has happened: a listener's fault must not take the database thread down with it.
            if catch_unwind(AssertUnwindSafe(|| hook(events))).is_err() {
                tracing::error!("the listener to committed events panicked");
            }
        }
    }
}
