//! A caller's closure with its types hidden: the engines are compiled once, not once for every job.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{DbError, Tx};

/// Where an engine says how a job ended: `Err` replaces the job's own success.
pub(crate) type Reply = oneshot::Sender<Result<(), DbError>>;

/// A closure that keeps its own result.
pub(crate) trait Job: Send {
    /// Runs the closure once. A later run replaces the result of an earlier one.
    fn start<'a>(&'a self, tx: &'a Tx) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

    /// Whether the last run succeeded: its changes are to be kept.
    fn succeeded(&self) -> bool;

    /// Replaces the result of the last run.
    fn fail(&self, error: DbError);
}

/// A job on its way, with whom to answer.
pub(crate) struct Queued {
    pub(crate) job: Box<dyn Job>,
    pub(crate) reply: Reply,
}

/// What the caller keeps of a job: the place of its result, and the news that it has ended.
pub(crate) struct Ticket<T, E> {
    result: Arc<Mutex<Option<Result<T, E>>>>,
    ended: oneshot::Receiver<Result<(), DbError>>,
}

struct Call<T, E, F> {
    job: F,
    result: Arc<Mutex<Option<Result<T, E>>>>,
}

/// Hides the types of a closure.
pub(crate) fn queue<T, E, F>(job: F) -> (Queued, Ticket<T, E>)
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
{
    let result = Arc::new(Mutex::new(None));
    let (reply, ended) = oneshot::channel();
    let job = Box::new(Call { job, result: result.clone() });
    (Queued { job, reply }, Ticket { result, ended })
}

impl<T, E, F> Job for Call<T, E, F>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
{
    fn start<'a>(&'a self, tx: &'a Tx) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async move {
            let result = (self.job)(tx).await;
            *self.result.lock() = Some(result);
        })
    }

    fn succeeded(&self) -> bool {
        matches!(*self.result.lock(), Some(Ok(_)))
    }

    fn fail(&self, error: DbError) {
        *self.result.lock() = Some(Err(error.into()));
    }
}

impl<T, E: From<DbError>> Ticket<T, E> {
    /// Waits for the end of the job. The job's own error comes before the engine's.
    pub(crate) async fn result(self) -> Result<T, E> {
        let ended = self.ended.await.unwrap_or(Err(DbError::Closed));
        match (self.result.lock().take(), ended) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(failure)) => Err(failure.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(DbError::Closed.into()),
        }
    }
}
