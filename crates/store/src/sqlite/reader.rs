//! A thread that reads. Several share one queue.

use std::rc::Rc;

use rusqlite::Connection;

use super::{Jobs, error};
use crate::{DbError, Tx};

pub(super) fn run(connection: Connection, jobs: &Jobs) -> Result<(), DbError> {
    let connection = Rc::new(connection);
    loop {
        let Some(mut job) = jobs.pop(1).pop() else { return Ok(()) };
        // One snapshot for all statements of the job. It is let go before the caller goes on, because an
        // open one keeps the log from being emptied.
        let failure = step(&connection, "BEGIN").err();
        if failure.is_none() {
            job.run(&Tx::sqlite(connection.clone()));
            if let Err(error) = step(&connection, "COMMIT") {
                tracing::error!(%error, "a read transaction did not end");
                // The next job needs a connection without one; if this fails too, its BEGIN says so.
                let _ = step(&connection, "ROLLBACK");
            }
        }
        job.answer(failure);
    }
}

fn step(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map(drop).map_err(error)
}
