//! Wakes sockets together.
//!
//! A socket that is woken for the first event of a burst writes it alone, and is woken again for the next. While
//! [`corked`] polls a future, sockets are given events but not woken; when the future has to wait, all of them
//! are, and each writes all it has in one go.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Waker;

thread_local! {
    /// Whom to wake when the poll that runs on this thread is over; `None` outside of one.
    static WAITING: RefCell<Option<Vec<Waker>>> = const { RefCell::new(None) };
}

/// Runs `work`; what it queues for sockets leaves whenever it has to wait for something.
pub(crate) async fn corked<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let _uncork = Uncork;
        WAITING.with_borrow_mut(|waiting| *waiting = Some(Vec::new()));
        work.as_mut().poll(cx)
    })
    .await
}

/// Wakes at the end of a poll, even one that panics.
struct Uncork;

impl Drop for Uncork {
    fn drop(&mut self) {
        let waiting = WAITING.take();
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

/// Wakes a socket's task, now or when the poll on this thread is over.
pub(super) fn wake(waker: Waker) {
    let waker = WAITING.with_borrow_mut(|waiting| match waiting {
        Some(waiting) => {
            waiting.push(waker);
            None
        }
        None => Some(waker),
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::hub::{Frame, Outbox};

    #[tokio::test]
    async fn a_socket_is_woken_once_for_what_comes_in_one_go() {
        let outbox = Arc::new(Outbox::default());
        let reader = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move {
                let (mut batch, mut lengths) = (Vec::new(), Vec::new());
                while outbox.next_batch(&mut batch).await.is_ok() {
                    lengths.push(batch.len());
                    batch.clear();
                }
                lengths
            }
        });
        tokio::task::yield_now().await;
        corked(async {
            for _ in 0..3 {
                outbox.push(Frame::new("together"));
            }
            tokio::task::yield_now().await;
            outbox.push(Frame::new("after waiting"));
        })
        .await;
        tokio::task::yield_now().await;
        outbox.push(Frame::new("without a cork"));
        tokio::task::yield_now().await;
        outbox.close("bye");
        assert_eq!(reader.await.unwrap(), [3, 1, 1]);
    }
}
