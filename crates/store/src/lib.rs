//! Storage: one small async handle ([`Db`], [`Tx`]) over embedded SQLite and PostgreSQL.
//!
//! Callers write literal SQL with `?N` placeholders once; every difference between the engines lives in
//! [`dialect`], which also documents the few notations that are ours. A job is an async closure that
//! awaits nothing but its [`Tx`]:
//!
//! ```no_run
//! # async fn demo(db: gantry_store::Db, rid: String) -> Result<(), gantry_store::DbError> {
//! use gantry_store::{DbError, vals};
//! let changed: u64 = db
//!     .write(async move |tx| -> Result<u64, DbError> {
//!         tx.exec("DELETE FROM tombstones WHERE kind = 'message' AND owner = ?1", &vals![&rid]).await
//!     })
//!     .await?;
//! # let _ = changed; Ok(()) }
//! ```
//!
//! Rules for a job:
//! - It may be run again after a conflict, so it changes nothing outside its transaction: what others
//!   should learn after the commit goes through [`Tx::defer`].
//! - It awaits only its `Tx`. On SQLite anything else that is pending fails it with [`DbError::Yielded`].
//! - After a failed statement the transaction can only be rolled back, on both engines. Use
//!   `ON CONFLICT` where a duplicate is expected.
//! - A write that was queued runs although its caller went away: a timeout is not a failure.

mod backup;
mod db;
pub mod dialect;
mod error;
mod job;
mod migrations;
mod postgres;
mod queue;
mod row;
pub mod search;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod value;

pub use db::{Db, DbConfig, Deferred, Engine};
pub use error::DbError;
pub use row::Row;
pub use tx::Tx;
pub use value::Val;
