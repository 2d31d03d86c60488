//! PostgreSQL.

use std::sync::Arc;

use crate::db::Hook;
use crate::{DbConfig, DbError, Row, Tx, Val};

pub(crate) struct PgDb {}
pub(crate) struct PgTx {}

impl PgDb {
    pub(crate) async fn open(_cfg: &DbConfig, _hook: Arc<Hook>) -> Result<Self, DbError> {
        Err(DbError::Other("not yet".into()))
    }
    pub(crate) async fn write<T, E, F>(&self, _job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    {
        Err(DbError::Closed.into())
    }
    pub(crate) async fn read<T, E, F>(&self, _job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    {
        Err(DbError::Closed.into())
    }
    pub(crate) async fn close(&self) -> Result<(), DbError> {
        Ok(())
    }
}
impl PgTx {
    pub(crate) async fn exec(&self, _sql: &'static str, _p: &[Val<'_>]) -> Result<u64, DbError> {
        Err(DbError::Closed)
    }
    pub(crate) async fn query(&self, _sql: &str, _p: &[Val<'_>], _cached: bool) -> Result<Vec<Row>, DbError> {
        Err(DbError::Closed)
    }
    pub(crate) async fn all(&self, _st: &[(&'static str, &[Val<'_>])]) -> Result<Vec<Vec<Row>>, DbError> {
        Err(DbError::Closed)
    }
    pub(crate) async fn prepare(&self, _sql: &str) -> Result<(), DbError> {
        Err(DbError::Closed)
    }
}
