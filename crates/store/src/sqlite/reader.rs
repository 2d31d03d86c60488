//! A thread that reads. Several share one queue.

use std::rc::Rc;

use rusqlite::Connection;

use super::{Jobs, error, run_once};
use crate::{DbError, Tx};

pub(super) fn run(connection: Connection, jobs: &Jobs) -> Result<(), DbError> {
    let connection = Rc::new(connection);
    loop {
        let Some(queued) = jobs.pop(1).pop() else { return Ok(()) };
        // One snapshot for all statements of the job. It is let go before the caller goes on, because an
        // open one keeps the log from being emptied.
        let failure = step(&connection, "BEGIN").err();
        if failure.is_none() {
            run_once(&*queued.job, &Tx::sqlite(connection.clone()));
            if let Err(error) = step(&connection, "COMMIT") {
                tracing::error!(%error, "a read transaction did not end");
                // The next job needs a connection without one; if this fails too, its BEGIN says so.
                let _ = step(&connection, "ROLLBACK");
            }
        }
        let _ = queued.reply.send(failure.map_or(Ok(()), Err));
    }
}

fn step(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map(drop).map_err(error)
}
