//! PostgreSQL: a pool of connections, one transaction per job, jobs on a few threads of their own because
//! they are not `Send`.

mod order;
mod tx;
mod types;

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{Hook as PoolHook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};
use tokio_util::task::LocalPoolHandle;

use crate::db::{Hook, threads};
use crate::job::{Job, Queued, Reply};
use crate::queue::acquire;
use crate::{DbConfig, DbError, Engine, Tx, dialect, migrations};
use order::Order;
use tx::Access;
pub(crate) use tx::PgTx;

/// The oldest version that the tests could run on and whose SQL the statements keep to.
const OLDEST: i64 = 140_000;
/// Runs of a job that keeps meeting deadlocks or lost connections.
const ATTEMPTS: u32 = 5;
/// Before the second run after a conflict; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(10);
/// Bounds what one stuck session can hold up. A job awaits only its statements, so it is never idle for long.
const SESSION: &str = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'";

/// The running engine.
pub(crate) struct PgDb {
    workers: LocalPoolHandle,
    shared: Arc<Shared>,
    wait: Duration,
}

struct Shared {
    pool: Pool,
    hook: Arc<Hook>,
    order: Arc<Order>,
    /// One per connection. Taken before a job is spawned, so that jobs whose callers gave up cannot pile up.
    slots: Semaphore,
    size: usize,
    closing: AtomicBool,
}

/// Gives the slot back when the job is done, or never ran.
struct Slot(Arc<Shared>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.slots.add_permits(1);
    }
}

impl PgDb {
    pub(crate) async fn open(cfg: &DbConfig, hook: Arc<Hook>) -> Result<Self, DbError> {
        let size = cfg.pg_pool.max(1);
        let workers = LocalPoolHandle::new(threads().min(size));
        let pool = pool(&cfg.url, size)?;
        let opening = pool.clone();
        // On a worker, because a connection is driven by the runtime that opened it.
        workers
            .spawn_pinned(move || async move { prepare(&opening).await })
            .await
            .map_err(|_panicked| DbError::Panicked)??;
        let shared = Shared {
            pool,
            hook,
            order: Arc::default(),
            slots: Semaphore::new(size),
            size,
            closing: AtomicBool::new(false),
        };
        Ok(Self { workers, shared: Arc::new(shared), wait: cfg.queue_wait })
    }

    async fn slot(&self) -> Result<Slot, DbError> {
        let shared = &self.shared;
        if shared.closing.load(Ordering::Acquire) {
            return Err(DbError::Closed);
        }
        acquire(&shared.slots, self.wait).await?;
        let slot = Slot(shared.clone());
        // Those who waited in line when the database closed are refused too.
        if shared.closing.load(Ordering::Acquire) { Err(DbError::Closed) } else { Ok(slot) }
    }

    pub(crate) async fn write(&self, job: Queued) -> Result<(), DbError> {
        let slot = self.slot().await?;
        // Spawned: dropping a transaction halfway would leave the connection in the middle of it.
        drop(self.workers.spawn_pinned(move || async move { slot.0.write(job).await }));
        Ok(())
    }

    pub(crate) async fn read(&self, job: Queued) -> Result<(), DbError> {
        let slot = self.slot().await?;
        drop(self.workers.spawn_pinned(move || async move { slot.0.read(job).await }));
        Ok(())
    }

    pub(crate) async fn close(&self) -> Result<(), DbError> {
        let shared = &self.shared;
        shared.closing.store(true, Ordering::Release);
        // All slots free: no job is running. Closed already: another clone did this.
        if let Ok(all) = shared.slots.acquire_many(u32::try_from(shared.size).unwrap_or(u32::MAX)).await {
            all.forget();
            shared.slots.close();
            shared.pool.close();
        }
        Ok(())
    }
}

impl Shared {
    async fn begin(&self, access: Access) -> Result<Rc<PgTx>, DbError> {
        Ok(Rc::new(PgTx::new(connection(&self.pool).await?, access)))
    }

    /// Runs the job, again if need be. Answers the transaction of its last run, still open.
    async fn attempt(&self, job: &dyn Job, access: Access) -> Result<(Rc<PgTx>, Tx), DbError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let pg = self.begin(access).await?;
            let tx = Tx::postgres(pg.clone());
            // A panic leaves the transaction open; dropping it discards the connection.
            AssertUnwindSafe(job.start(&tx)).catch_unwind().await.map_err(|_payload| DbError::Panicked)?;
            let failure = tx.failure();
            let again = pg.lost() || failure == Some(DbError::Conflict);
            if again && attempts < ATTEMPTS {
                // An error here discards the connection; the job gets another.
                let _ = pg.rollback().await;
                if !pg.lost() {
                    // Lets the others get the rows that they wait for. Without a pause the victim of a
                    // deadlock can take them back before the others wake, and is the victim again.
                    tokio::time::sleep(PAUSE * 2u32.pow(attempts - 1)).await;
                }
                continue;
            }
            if let Some(error) = failure.filter(|_| job.succeeded()) {
                job.fail(error);
            }
            return Ok((pg, tx));
        }
    }

    async fn read(&self, Queued { job, reply }: Queued) {
        match self.attempt(&*job, Access::Read).await {
            Ok((pg, _tx)) => {
                // Nothing depends on how a read ends: its caller need not wait for it.
                let _ = reply.send(Ok(()));
                let _ = pg.rollback().await;
            }
            Err(error) => answer_failure(&*job, reply, error),
        }
    }

    async fn write(&self, Queued { job, reply }: Queued) {
        let (pg, tx) = match self.attempt(&*job, Access::Write).await {
            Ok(done) => done,
            Err(error) => return answer_failure(&*job, reply, error),
        };
        if !job.succeeded() {
            let _ = pg.rollback().await;
            let _ = reply.send(Ok(()));
            return;
        }
        let events = tx.take_deferred();
        if events.is_empty() {
            let _ = reply.send(pg.commit().await);
            return;
        }
        let ticket = self.order.ticket();
        match pg.commit().await {
            Ok(()) => {
                let hook = self.hook.clone();
                ticket.deliver(Box::new(move || {
                    hook.call(events);
                    let _ = reply.send(Ok(()));
                }));
            }
            Err(error) => {
                drop(ticket);
                let _ = reply.send(Err(error));
            }
        }
    }
}

/// The job did not get to its end: what an earlier run left does not count.
fn answer_failure(job: &dyn Job, reply: Reply, error: DbError) {
    job.fail(error.clone());
    let _ = reply.send(Err(error));
}

fn pool(url: &str, size: usize) -> Result<Pool, DbError> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        // The URL holds a password: it is not repeated.
        DbError::Other(format!("the PostgreSQL URL is not valid: {}", types::error(&error)))
    })?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(DbError::Other(
            "sslmode=require: encrypted PostgreSQL connections are not supported".into(),
        ));
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_tcp_user_timeout().is_none() {
        // A server that vanished must not hold up the deliveries behind an unanswered commit for minutes.
        config.tcp_user_timeout(Duration::from_secs(30));
    }
    if config.get_application_name().is_none() {
        config.application_name("gantry");
    }
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(size)
        .post_create(PoolHook::async_fn(|client, _metrics| {
            Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|error| DbError::Other(format!("the PostgreSQL pool cannot be built: {error}")))
}

async fn connection(pool: &Pool) -> Result<deadpool_postgres::Object, DbError> {
    pool.get().await.map_err(|error| match error {
        deadpool_postgres::PoolError::Backend(cause) => match types::error(&cause) {
            DbError::Other(text) => DbError::Other(format!("cannot connect to the database: {text}")),
            other => other,
        },
        deadpool_postgres::PoolError::Closed => DbError::Closed,
        other => DbError::Other(format!("cannot connect to the database: {other}")),
    })
}

/// Checks the server and applies the migrations.
async fn prepare(pool: &Pool) -> Result<(), DbError> {
    // Not returned to the pool: a session that saw the tables change may keep stale plans.
    let client = deadpool_postgres::Object::take(connection(pool).await?);
    let failed = |cause| types::error(&cause);
    let facts = client
        .query_one(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), \
             current_setting('synchronous_commit')",
            &[],
        )
        .await
        .map_err(failed)?;
    let (version, encoding, durability): (i64, &str, &str) = (facts.get(0), facts.get(1), facts.get(2));
    if version < OLDEST {
        return Err(DbError::Other(format!(
            "PostgreSQL {} is too old: version {} or later is needed",
            version / 10_000,
            OLDEST / 10_000
        )));
    }
    if encoding != "UTF8" {
        return Err(DbError::Other(format!(
            "the database's encoding is {encoding}: create it with ENCODING 'UTF8'"
        )));
    }
    if durability == "off" {
        tracing::warn!(
            "PostgreSQL runs with synchronous_commit = off: acknowledged messages can be lost in a crash"
        );
    }

    // The lock's name has the schema in it: one database may hold several installations.
    client
        .batch_execute(
            "BEGIN; SET LOCAL lock_timeout = 0; \
             SELECT pg_advisory_xact_lock(hashtextextended('gantry.migrations.' || current_schema(), 0))",
        )
        .await
        .map_err(failed)?;
    client
        .batch_execute(&dialect::migration(Engine::Postgres, migrations::CREATE_BOOK))
        .await
        .map_err(failed)?;
    let book = client.query(migrations::READ_BOOK, &[]).await.map_err(failed)?;
    let book: Vec<(i64, String)> = book.iter().map(|row| (row.get(0), row.get(1))).collect();
    // Every early return drops the connection, which rolls back.
    for step in migrations::plan(Engine::Postgres, &book)? {
        let run = async {
            client.batch_execute(&step.sql).await?;
            client
                .execute(&migrations::note(Engine::Postgres), &[&step.version, &step.name, &step.checksum])
                .await
        };
        run.await.map_err(|cause| {
            DbError::Other(format!(
                "migration {} ({}) failed: {}",
                step.version,
                step.name,
                types::error(&cause)
            ))
        })?;
    }
    client.batch_execute("COMMIT").await.map_err(failed)
}
