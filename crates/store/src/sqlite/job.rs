//! A caller's closure on its way through a database thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use crate::{DbError, Tx};

/// A job whose types are hidden from the thread that runs it.
pub(super) trait Job: Send {
    /// Runs the closure; whether its changes are to be kept.
    fn run(&mut self, tx: &Tx) -> bool;
    /// Answers the caller. `failure` replaces a success: the commit did not happen.
    fn answer(self: Box<Self>, failure: Option<DbError>);
}

pub(super) struct Call<T, E, F> {
    job: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Call<T, E, F> {
    pub(super) fn new(job: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { job, result: None, reply }
    }
}

impl<T, E, F> Job for Call<T, E, F>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
{
    fn run(&mut self, tx: &Tx) -> bool {
        let job = &self.job;
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let mut context = Context::from_waker(Waker::noop());
            pin!(job(tx)).poll(&mut context)
        }));
        let result = match polled {
            Ok(Poll::Ready(result)) => result,
            Ok(Poll::Pending) => Err(DbError::Yielded.into()),
            Err(_payload) => Err(DbError::Panicked.into()),
        };
        let result = match tx.failure() {
            Some(error) if result.is_ok() => Err(error.into()),
            _ => result,
        };
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<DbError>) {
        let result = match (self.result, failure) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(failure)) => Err(failure.into()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(DbError::Closed.into()),
        };
        // The caller may have gone away; the work is done all the same.
        let _ = self.reply.send(result);
    }
}
