//! The transaction that a job works in.

use std::cell::RefCell;
use std::rc::Rc;

use crate::postgres::PgTx;
use crate::{DbError, Deferred, Engine, Row, Val, dialect, sqlite};

/// A transaction, valid within one job. SQL is a literal at the call (a test prepares every such literal on
/// both engines); see [`dialect`] for its notation.
pub struct Tx {
    kind: Kind,
    deferred: RefCell<Vec<Deferred>>,
    /// The first statement error. PostgreSQL refuses everything after one; doing the same on SQLite keeps
    /// jobs from working on one engine only.
    failed: RefCell<Option<DbError>>,
}

enum Kind {
    Sqlite(Rc<rusqlite::Connection>),
    Postgres(Rc<PgTx>),
}

impl Tx {
    pub(crate) fn sqlite(connection: Rc<rusqlite::Connection>) -> Self {
        Self { kind: Kind::Sqlite(connection), deferred: RefCell::default(), failed: RefCell::default() }
    }

    pub(crate) fn postgres(tx: Rc<PgTx>) -> Self {
        Self { kind: Kind::Postgres(tx), deferred: RefCell::default(), failed: RefCell::default() }
    }

    /// Runs a statement that returns no rows; answers how many rows it changed.
    pub async fn exec(&self, sql: &'static str, p: &[Val<'_>]) -> Result<u64, DbError> {
        self.ready(p)?;
        let sql = dialect::translate(self.engine(), sql);
        self.note(match &self.kind {
            Kind::Sqlite(connection) => sqlite::exec(connection, sql, p),
            Kind::Postgres(tx) => tx.exec(sql, p).await,
        })
    }

    /// Runs a statement and answers its rows.
    pub async fn query(&self, sql: &'static str, p: &[Val<'_>]) -> Result<Vec<Row>, DbError> {
        self.ready(p)?;
        let sql = dialect::translate(self.engine(), sql);
        self.note(match &self.kind {
            Kind::Sqlite(connection) => sqlite::query(connection, sql, p, true),
            Kind::Postgres(tx) => tx.query(sql, p, true).await,
        })
    }

    /// As [`Tx::query`], for statements that have at most one row: answers the first.
    pub async fn query_opt(&self, sql: &'static str, p: &[Val<'_>]) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, p).await?.into_iter().next())
    }

    /// As [`Tx::query`], for list operations that put a statement together from closed lists of columns and
    /// conditions. Nothing from a request may become part of `sql`. The statement is prepared each time.
    pub async fn query_dyn(&self, sql: &str, p: &[Val<'_>]) -> Result<Vec<Row>, DbError> {
        self.ready(p)?;
        let sql = dialect::statement(self.engine(), sql);
        self.note(match &self.kind {
            Kind::Sqlite(connection) => sqlite::query(connection, &sql, p, false),
            Kind::Postgres(tx) => tx.query(&sql, p, false).await,
        })
    }

    /// Runs statements that do not depend on each other's results; on PostgreSQL they share one round trip.
    /// Answers each one's rows. The first error is answered, and the transaction rolls back.
    pub async fn all(&self, st: &[(&'static str, &[Val<'_>])]) -> Result<Vec<Vec<Row>>, DbError> {
        for (_, p) in st {
            self.ready(p)?;
        }
        let st: Vec<_> = st.iter().map(|(sql, p)| (dialect::translate(self.engine(), sql), *p)).collect();
        self.note(match &self.kind {
            Kind::Sqlite(connection) => {
                st.iter().map(|(sql, p)| sqlite::query(connection, sql, p, true)).collect()
            }
            Kind::Postgres(tx) => tx.all(&st).await,
        })
    }

    /// Records an event for the [`crate::Db::on_commit`] hook; dropped when the transaction does not commit.
    pub fn defer(&self, event: Deferred) {
        self.deferred.borrow_mut().push(event);
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match &self.kind {
            Kind::Sqlite(_) => Engine::Sqlite,
            Kind::Postgres(_) => Engine::Postgres,
        }
    }

    /// Lets the engine parse a statement and look up its tables and columns, without running it.
    #[cfg(feature = "testing")]
    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), DbError> {
        let sql = dialect::statement(self.engine(), sql);
        match &self.kind {
            Kind::Sqlite(connection) => connection.prepare(&sql).map(drop).map_err(sqlite::error),
            Kind::Postgres(tx) => tx.prepare(&sql).await,
        }
    }

    /// What the job deferred.
    pub(crate) fn take_deferred(&self) -> Vec<Deferred> {
        self.deferred.take()
    }

    /// The first statement error, if there was one: the transaction must not commit then.
    pub(crate) fn failure(&self) -> Option<DbError> {
        self.failed.borrow().clone()
    }

    fn ready(&self, p: &[Val<'_>]) -> Result<(), DbError> {
        if let Some(error) = &*self.failed.borrow() {
            return Err(DbError::Other(format!("an earlier statement of this transaction failed: {error}")));
        }
        p.iter().try_for_each(Val::check)
    }

    fn note<T>(&self, result: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(error) = &result {
            self.failed.borrow_mut().get_or_insert_with(|| error.clone());
        }
        result
    }
}
