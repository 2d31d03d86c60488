//! The one thread that writes: it commits whatever has queued up as one transaction, so that one fsync
//! serves many callers and a lone caller waits for nobody.

use std::rc::Rc;

use rusqlite::Connection;

use super::{Jobs, error, run_once};
use crate::db::Hook;
use crate::job::{Job, Queued};
use crate::{DbError, Tx};

/// Jobs in one commit. Bounds how long the first of a batch waits for the last.
const BATCH: usize = 256;

pub(super) fn run(connection: Connection, jobs: &Jobs, hook: &Hook) -> Result<(), DbError> {
    let connection = Rc::new(connection);
    loop {
        let batch = jobs.pop(BATCH);
        if batch.is_empty() {
            break;
        }
        commit(&connection, batch, hook);
    }
    // Moves the log into the database file, so that the file alone is complete after a clean stop.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(())).map_err(error)
}

fn commit(connection: &Rc<Connection>, batch: Vec<Queued>, hook: &Hook) {
    if let Err(failure) = step(connection, "BEGIN IMMEDIATE") {
        batch.into_iter().for_each(|queued| drop(queued.reply.send(Err(failure.clone()))));
        return;
    }
    let mut finished = Vec::with_capacity(batch.len());
    let mut failure = None;
    for queued in batch {
        let mut events = Vec::new();
        if failure.is_none() {
            match attempt(connection, &*queued.job) {
                Ok(deferred) => events = deferred,
                Err(error) => failure = Some(error),
            }
        }
        finished.push((queued, events));
    }
    if failure.is_none() {
        failure = step(connection, "COMMIT").err();
    }
    if failure.is_some() && !connection.is_autocommit() {
        // When even this fails, the next BEGIN does, and its callers learn of it.
        let _ = step(connection, "ROLLBACK");
    }
    for (queued, events) in finished {
        if failure.is_none() {
            hook.call(events);
        }
        // The caller may have gone away; the work is done all the same.
        let _ = queued.reply.send(failure.clone().map_or(Ok(()), Err));
    }
}

/// Runs one job inside a savepoint. `Err` means that the whole batch is lost, not just this job.
fn attempt(connection: &Rc<Connection>, job: &dyn Job) -> Result<Vec<crate::Deferred>, DbError> {
    step(connection, "SAVEPOINT job")?;
    let tx = Tx::sqlite(connection.clone());
    let keep = run_once(job, &tx);
    if connection.is_autocommit() {
        // A full disk or an input/output error makes SQLite roll everything back by itself.
        return Err(tx.failure().unwrap_or_else(|| DbError::Other("SQLite gave up the transaction".into())));
    }
    if keep {
        step(connection, "RELEASE job")?;
        Ok(tx.take_deferred())
    } else {
        step(connection, "ROLLBACK TO job")?;
        step(connection, "RELEASE job")?;
        Ok(Vec::new())
    }
}

fn step(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map(drop).map_err(error)
}
