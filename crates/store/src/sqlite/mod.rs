//! SQLite: one writer thread with group commit, a few reader threads.

mod reader;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig as Setting;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, ffi};

use crate::db::Hook;
use crate::job::{Job, Queued};
use crate::queue::Queue;
use crate::row::Value;
use crate::{DbConfig, DbError, Engine, Row, Tx, Val, migrations};

/// Prepared statements that a connection keeps; more than the program has on its hot paths.
const STATEMENTS: usize = 256;
/// Ceilings of the page caches; they fill as pages are used.
const WRITER_CACHE_KIB: u32 = 64 * 1024;
const READER_CACHE_KIB: u32 = 16 * 1024;

type Jobs = Arc<Queue<Queued>>;

/// The running engine. Its threads end when it is closed or dropped, after the queued jobs.
pub(crate) struct SqliteDb {
    path: PathBuf,
    writes: Jobs,
    reads: Jobs,
    threads: Mutex<Vec<JoinHandle<Result<(), DbError>>>>,
}

impl SqliteDb {
    pub(crate) async fn open(path: PathBuf, cfg: &DbConfig, hook: Arc<Hook>) -> Result<Self, DbError> {
        let cfg = cfg.clone();
        tokio::task::spawn_blocking(move || Self::start(path, &cfg, hook))
            .await
            .map_err(|_panicked| DbError::Panicked)?
    }

    fn start(path: PathBuf, cfg: &DbConfig, hook: Arc<Hook>) -> Result<Self, DbError> {
        create_private(&path)?;
        let connection = connect(&path, WRITER_CACHE_KIB, cfg.busy_timeout)?;
        let mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(error)?;
        if !mode.eq_ignore_ascii_case("wal") {
            return Err(DbError::Other(format!(
                "{} cannot use a write-ahead log (journal mode {mode}): is it on a network file system?",
                path.display()
            )));
        }
        migrate(&connection)?;

        let writes: Jobs = Arc::new(Queue::new(cfg.queue, cfg.queue_wait));
        let reads: Jobs = Arc::new(Queue::new(cfg.queue, cfg.queue_wait));
        // Built before the first thread, so that an error on the way drops it and thereby stops them.
        let db = Self { path, writes, reads, threads: Mutex::default() };
        let jobs = db.writes.clone();
        db.spawn("db-writer".into(), move || writer::run(connection, &jobs, &hook))?;
        for n in 0..cfg.readers.max(1) {
            let connection = connect(&db.path, READER_CACHE_KIB, cfg.busy_timeout)?;
            connection.execute_batch("PRAGMA query_only = ON").map_err(error)?;
            let jobs = db.reads.clone();
            db.spawn(format!("db-reader-{n}"), move || reader::run(connection, &jobs))?;
        }
        Ok(db)
    }

    fn spawn(
        &self,
        name: String,
        body: impl FnOnce() -> Result<(), DbError> + Send + 'static,
    ) -> Result<(), DbError> {
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(body)
            .map_err(|error| DbError::Other(format!("cannot start a database thread: {error}")))?;
        self.threads.lock().push(thread);
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn write(&self, job: Queued) -> Result<(), DbError> {
        self.writes.push(job).await
    }

    pub(crate) async fn read(&self, job: Queued) -> Result<(), DbError> {
        self.reads.push(job).await
    }

    pub(crate) async fn close(&self) -> Result<(), DbError> {
        // Readers first: the writer's last checkpoint empties the log only when nobody reads it.
        self.reads.close();
        self.writes.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        tokio::task::spawn_blocking(move || {
            threads.into_iter().rev().try_for_each(|thread| thread.join().unwrap_or(Err(DbError::Panicked)))
        })
        .await
        .map_err(|_panicked| DbError::Panicked)?
    }
}

impl Drop for SqliteDb {
    fn drop(&mut self) {
        self.reads.close();
        self.writes.close();
    }
}

/// Runs a job on the thread that has the connection; whether its changes are to be kept. A job waits for
/// nothing but its transaction, which is always ready here, so one poll is its whole run.
fn run_once(job: &dyn Job, tx: &Tx) -> bool {
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut context = Context::from_waker(Waker::noop());
        job.start(tx).as_mut().poll(&mut context)
    }));
    match polled {
        Ok(Poll::Ready(())) => {}
        Ok(Poll::Pending) => job.fail(DbError::Yielded),
        Err(_payload) => job.fail(DbError::Panicked),
    }
    if let Some(error) = tx.failure().filter(|_| job.succeeded()) {
        job.fail(error);
    }
    job.succeeded()
}

/// Makes sure that the file exists, readable by its owner only. SQLite gives its side files the same mode.
pub(crate) fn create_private(path: &Path) -> Result<(), DbError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| DbError::Other(format!("cannot open the database {}: {error}", path.display())))
}

fn connect(path: &Path, cache_kib: u32, busy_timeout: Duration) -> Result<Connection, DbError> {
    let connection = Connection::open(path).map_err(error)?;
    connection.busy_timeout(busy_timeout).map_err(error)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan depends on the statement alone. Otherwise SQLite prepares many a statement again whenever a value
    // changes that a partial index might be compared with, which cost a tenth of a server's time.
    connection.set_db_config(Setting::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(error)?;
    connection
        .execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON; \
             PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -{cache_kib}"
        ))
        .map_err(error)?;
    Ok(connection)
}

fn migrate(connection: &Connection) -> Result<(), DbError> {
    connection.execute_batch("BEGIN EXCLUSIVE").map_err(error)?;
    let applied = apply(connection);
    connection.execute_batch(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" }).map_err(error)?;
    applied
}

fn apply(connection: &Connection) -> Result<(), DbError> {
    connection.execute_batch(migrations::CREATE_BOOK).map_err(error)?;
    let book: Vec<(i64, String)> = {
        let mut statement = connection.prepare(migrations::READ_BOOK).map_err(error)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(error)?;
        rows.collect::<Result<_, _>>().map_err(error)?
    };
    for step in migrations::plan(Engine::Sqlite, &book)? {
        connection
            .execute_batch(&step.sql)
            .and_then(|()| {
                connection
                    .execute(&migrations::note(Engine::Sqlite), (step.version, step.name, &step.checksum))
            })
            .map_err(|cause| {
                DbError::Other(format!("migration {} ({}) failed: {}", step.version, step.name, error(cause)))
            })?;
    }
    Ok(())
}

pub(crate) fn exec(connection: &Connection, sql: &str, p: &[Val<'_>]) -> Result<u64, DbError> {
    let mut statement = connection.prepare_cached(sql).map_err(error)?;
    bind(&mut statement, p)?;
    statement.raw_execute().map(|changed| changed as u64).map_err(error)
}

pub(crate) fn query(
    connection: &Rc<Connection>,
    sql: &str,
    p: &[Val<'_>],
    cached: bool,
) -> Result<Vec<Row>, DbError> {
    if cached {
        collect(&mut *connection.prepare_cached(sql).map_err(error)?, p)
    } else {
        collect(&mut connection.prepare(sql).map_err(error)?, p)
    }
}

fn collect(statement: &mut rusqlite::Statement<'_>, p: &[Val<'_>]) -> Result<Vec<Row>, DbError> {
    bind(statement, p)?;
    let columns = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(error)? {
        let mut values = Vec::with_capacity(columns);
        for i in 0..columns {
            values.push(match row.get_ref(i).map_err(error)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Real(number) => Value::Real(number),
                ValueRef::Text(bytes) => Value::Text(
                    str::from_utf8(bytes)
                        .map_err(|_invalid| DbError::Decode { column: i, wanted: "UTF-8 text" })?
                        .to_owned(),
                ),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
            });
        }
        found.push(Row::new(values));
    }
    Ok(found)
}

fn bind(statement: &mut rusqlite::Statement<'_>, p: &[Val<'_>]) -> Result<(), DbError> {
    // SQLite would take missing parameters for NULL.
    if statement.parameter_count() != p.len() {
        let wanted = statement.parameter_count();
        return Err(DbError::Other(format!("the statement has {wanted} parameters, {} were given", p.len())));
    }
    for (i, value) in p.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, Bound(value)).map_err(error)?;
    }
    Ok(())
}

struct Bound<'a>(&'a Val<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Val::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Val::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Val::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Val::Bool(flag) => ToSqlOutput::Borrowed(ValueRef::Integer((*flag).into())),
            Val::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Val::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Val::TextList(list) => {
                let json = serde_json::to_string(list)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                ToSqlOutput::Owned(rusqlite::types::Value::Text(json))
            }
        })
    }
}

/// Our error for SQLite's.
pub(crate) fn error(error: rusqlite::Error) -> DbError {
    if let rusqlite::Error::SqliteFailure(code, message) = &error {
        match (code.code, code.extended_code) {
            (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                let message = message.as_deref().unwrap_or_default();
                let columns = message.rsplit(": ").next().unwrap_or_default();
                let index = columns.strip_prefix("index '").and_then(|name| name.strip_suffix('\''));
                return DbError::Unique { constraint: index.unwrap_or(columns).to_owned() };
            }
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => return DbError::Busy,
            _ => {}
        }
    }
    DbError::Other(format!("SQLite: {error}"))
}
