//! A bounded queue from async callers to database threads.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Semaphore;

use crate::DbError;

/// Waits for one of `slots` for at most `wait`. Cancelling the wait takes nothing.
pub(crate) async fn acquire(slots: &Semaphore, wait: Duration) -> Result<(), DbError> {
    let permit = match slots.try_acquire() {
        Ok(permit) => permit,
        Err(tokio::sync::TryAcquireError::Closed) => return Err(DbError::Closed),
        Err(tokio::sync::TryAcquireError::NoPermits) => tokio::time::timeout(wait, slots.acquire())
            .await
            .map_err(|_elapsed| DbError::Overloaded)?
            .map_err(|_closed| DbError::Closed)?,
    };
    permit.forget();
    Ok(())
}

/// Callers wait (for a while) for a slot, threads take jobs in order.
pub(crate) struct Queue<J> {
    state: Mutex<State<J>>,
    ready: Condvar,
    slots: Semaphore,
    wait: Duration,
}

struct State<J> {
    jobs: VecDeque<J>,
    closed: bool,
}

impl<J> Queue<J> {
    pub(crate) fn new(capacity: usize, wait: Duration) -> Self {
        Self {
            state: Mutex::new(State { jobs: VecDeque::new(), closed: false }),
            ready: Condvar::new(),
            slots: Semaphore::new(capacity.max(1)),
            wait,
        }
    }

    /// Queues a job. From then on it is going to run, whether or not its caller stays.
    pub(crate) async fn push(&self, job: J) -> Result<(), DbError> {
        acquire(&self.slots, self.wait).await?;
        {
            let mut state = self.state.lock();
            if state.closed {
                return Err(DbError::Closed);
            }
            state.jobs.push_back(job);
        }
        self.ready.notify_one();
        Ok(())
    }

    /// Blocks until there is work, then takes what is queued, at most `max`. Empty once the queue was
    /// closed and is drained.
    pub(crate) fn pop(&self, max: usize) -> Vec<J> {
        let mut state = self.state.lock();
        while state.jobs.is_empty() && !state.closed {
            self.ready.wait(&mut state);
        }
        let count = state.jobs.len().min(max);
        let batch: Vec<J> = state.jobs.drain(..count).collect();
        drop(state);
        self.slots.add_permits(batch.len());
        batch
    }

    /// Refuses new jobs; the queued ones still run.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.slots.close();
        self.ready.notify_all();
    }
}
