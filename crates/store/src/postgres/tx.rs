//! One PostgreSQL transaction on a pooled connection.

use std::cell::Cell;

use deadpool_postgres::Object;
use futures_util::future::{join, try_join_all};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::types::{self, Bound};
use crate::{DbError, Row, Val};

/// What a transaction is opened for.
#[derive(Clone, Copy)]
pub(super) enum Access {
    /// READ COMMITTED: a statement sees what others committed before it; `FOR UPDATE` holds rows still.
    Write,
    /// One snapshot for the whole job, as a reader has on SQLite.
    Read,
}

impl Access {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// BEGIN travels with the first statement, so that it costs no round trip of its own.
pub(crate) struct PgTx {
    /// Taken only on drop.
    client: Option<Object>,
    access: Access,
    open: Cell<bool>,
    lost: Cell<bool>,
}

impl PgTx {
    pub(super) fn new(client: Object, access: Access) -> Self {
        Self { client: Some(client), access, open: Cell::new(false), lost: Cell::new(false) }
    }

    fn client(&self) -> &Object {
        self.client.as_ref().expect("taken only on drop")
    }

    /// Whether the connection broke before the commit, so that nothing of the job is stored.
    pub(super) fn lost(&self) -> bool {
        self.lost.get()
    }

    fn error(&self, error: &tokio_postgres::Error) -> DbError {
        if types::lost(error) {
            self.lost.set(true);
        }
        types::error(error)
    }

    async fn statement(&self, sql: &str, cached: bool) -> Result<Statement, DbError> {
        if cached { self.client().prepare_cached(sql).await } else { self.client().prepare(sql).await }
            .map_err(|cause| self.error(&cause))
    }

    /// Runs `work` in the transaction, which is opened on the way when this is its first.
    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DbError> {
        let done = if self.open.replace(true) {
            work.await
        } else {
            // Polled in this order, hence sent in this order.
            let (begun, done) = join(self.client().batch_execute(self.access.begin()), work).await;
            begun.map_err(|cause| self.error(&cause))?;
            done
        };
        done.map_err(|cause| self.error(&cause))
    }

    pub(crate) async fn exec(&self, sql: &'static str, p: &[Val<'_>]) -> Result<u64, DbError> {
        let statement = self.statement(sql, true).await?;
        let bound = bound(p);
        self.within(self.client().execute(&statement, &params(&bound))).await
    }

    pub(crate) async fn query(&self, sql: &str, p: &[Val<'_>], cached: bool) -> Result<Vec<Row>, DbError> {
        let statement = self.statement(sql, cached).await?;
        let bound = bound(p);
        let rows = self.within(self.client().query(&statement, &params(&bound))).await?;
        rows.iter().map(types::row).collect()
    }

    pub(crate) async fn all(&self, st: &[(&'static str, &[Val<'_>])]) -> Result<Vec<Vec<Row>>, DbError> {
        let mut ready = Vec::with_capacity(st.len());
        for (sql, p) in st {
            ready.push((self.statement(sql, true).await?, bound(p)));
        }
        let all =
            ready.iter().map(async |(statement, bound)| self.client().query(statement, &params(bound)).await);
        let results = self.within(try_join_all(all)).await?;
        results.iter().map(|rows| rows.iter().map(types::row).collect()).collect()
    }

    #[cfg(feature = "testing")]
    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), DbError> {
        self.statement(sql, false).await.map(drop)
    }

    /// Commits. An error of the connection leaves open whether the server did.
    pub(super) async fn commit(&self) -> Result<(), DbError> {
        self.end("COMMIT").await
    }

    pub(super) async fn rollback(&self) -> Result<(), DbError> {
        self.end("ROLLBACK").await
    }

    async fn end(&self, sql: &str) -> Result<(), DbError> {
        if self.open.get() {
            self.client().batch_execute(sql).await.map_err(|cause| types::error(&cause))?;
            self.open.set(false);
        }
        Ok(())
    }
}

impl Drop for PgTx {
    fn drop(&mut self) {
        // A connection whose transaction did not end must not go back to the pool.
        if self.open.get() || self.lost.get() {
            self.client.take().map(Object::take);
        }
    }
}

fn bound<'a>(p: &[Val<'a>]) -> Vec<Bound<'a>> {
    p.iter().copied().map(Bound).collect()
}

fn params<'a>(bound: &'a [Bound<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
