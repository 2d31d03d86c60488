//! What waits to be written to one socket.

use std::borrow::Cow;
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::{Frame, cork};

/// Why a connection ends, in words that the client may see.
pub type CloseReason = Cow<'static, str>;

/// The reason given to a client that does not read fast enough.
pub const SLOW_READER: &str = "slow reader";

/// Default limit of an outbox in bytes.
pub const DEFAULT_OUTBOX_BYTES: usize = 1024 * 1024;

/// A queue or batch with more room than this many frames is given back to the allocator instead of kept.
const KEEP_FRAMES: usize = 16;

/// The frames of one socket that are not written yet, limited in bytes.
///
/// Many threads may push; one task takes. A reader who falls behind by more than the limit is cut off: the
/// queue is freed at once and the outbox closes with [`SLOW_READER`]. A single event larger than the limit
/// passes while no other waits. Answers to the client's own calls are not limited here
/// ([`Outbox::push_answer`]): whoever runs the calls lets them wait while much is queued.
#[derive(Debug)]
pub struct Outbox {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: Vec<Frame>,
    /// Of events.
    bytes: usize,
    /// Of answers.
    answer_bytes: usize,
    closed: Option<CloseReason>,
    /// The task that waits for frames.
    taker: Option<Waker>,
    /// The task that waits for the end. Separate, because a writer that is stuck in the socket is told by
    /// whoever watches for the end.
    watcher: Option<Waker>,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    Queued,
    /// This frame was the one too many: the connection is cut off.
    CutOff,
    /// The connection has ended before.
    Closed,
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new(DEFAULT_OUTBOX_BYTES)
    }
}

impl Outbox {
    /// An outbox that holds up to `limit` bytes of message text.
    pub fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// Queues a frame. `false` if the connection has ended or ends now because its reader is too slow.
    pub fn push(&self, frame: Frame) -> bool {
        self.offer(frame) == Pushed::Queued
    }

    pub(super) fn offer(&self, frame: Frame) -> Pushed {
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return Pushed::Closed;
        }
        let bytes = state.bytes + frame.len();
        if bytes > self.limit && state.bytes > 0 {
            let freed = mem::take(&mut state.queue);
            (state.bytes, state.answer_bytes) = (0, 0);
            let wakers = state.close(Cow::Borrowed(SLOW_READER));
            drop(state);
            drop(freed);
            wake(wakers);
            return Pushed::CutOff;
        }
        state.bytes = bytes;
        state.queue.push(frame);
        let taker = state.taker.take();
        drop(state);
        wake([taker]);
        Pushed::Queued
    }

    /// Queues the answer to a call of the client. `false` if the connection has ended.
    pub fn push_answer(&self, frame: Frame) -> bool {
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return false;
        }
        state.answer_bytes += frame.len();
        state.queue.push(frame);
        let taker = state.taker.take();
        drop(state);
        wake([taker]);
        true
    }

    /// Waits until something is queued, then appends all of it to `batch`, so that a burst leaves in one
    /// write. Only one task may wait at a time.
    ///
    /// # Errors
    /// The reason, once the connection has been closed and what was queued before has been taken.
    pub async fn next_batch(&self, batch: &mut Vec<Frame>) -> Result<(), CloseReason> {
        poll_fn(|cx| self.poll_batch(batch, cx)).await
    }

    fn poll_batch(&self, batch: &mut Vec<Frame>, cx: &Context<'_>) -> Poll<Result<(), CloseReason>> {
        let mut state = self.state.lock();
        if !state.queue.is_empty() {
            (state.bytes, state.answer_bytes) = (0, 0);
            if batch.is_empty() {
                // The two buffers change places and are both used again, unless a burst made one large.
                mem::swap(batch, &mut state.queue);
                if state.queue.capacity() > KEEP_FRAMES {
                    state.queue = Vec::new();
                }
            } else {
                batch.append(&mut state.queue);
            }
            return Poll::Ready(Ok(()));
        }
        if let Some(reason) = &state.closed {
            return Poll::Ready(Err(reason.clone()));
        }
        if batch.is_empty() && batch.capacity() > KEEP_FRAMES {
            *batch = Vec::new();
        }
        set_waker(&mut state.taker, cx);
        Poll::Pending
    }

    /// Waits for the end of the connection, whatever is still queued. Only one task may wait at a time.
    pub async fn closed(&self) -> CloseReason {
        poll_fn(|cx| {
            let mut state = self.state.lock();
            if let Some(reason) = &state.closed {
                return Poll::Ready(reason.clone());
            }
            set_waker(&mut state.watcher, cx);
            Poll::Pending
        })
        .await
    }

    /// Ends the connection. What is queued can still be taken; nothing more is accepted. The first reason
    /// stays.
    pub fn close(&self, reason: impl Into<CloseReason>) {
        let mut state = self.state.lock();
        if state.closed.is_none() {
            let wakers = state.close(reason.into());
            drop(state);
            wake(wakers);
        }
    }

    /// Why the connection ended, or `None` while it is open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.state.lock().closed.clone()
    }

    /// Bytes of message text that wait.
    pub fn queued_bytes(&self) -> usize {
        let state = self.state.lock();
        state.bytes + state.answer_bytes
    }
}

impl State {
    fn close(&mut self, reason: CloseReason) -> [Option<Waker>; 2] {
        self.closed = Some(reason);
        [self.taker.take(), self.watcher.take()]
    }
}

fn set_waker(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

fn wake<const N: usize>(wakers: [Option<Waker>; N]) {
    wakers.into_iter().flatten().for_each(cork::wake);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn frame(length: usize) -> Frame {
        Frame::new(&"x".repeat(length))
    }

    #[tokio::test]
    async fn a_burst_is_taken_at_once_and_in_order() {
        let outbox = Outbox::default();
        for i in 0..3 {
            assert!(outbox.push(Frame::new(&i.to_string())));
        }
        assert_eq!(outbox.queued_bytes(), 3);
        let mut batch = Vec::new();
        outbox.next_batch(&mut batch).await.unwrap();
        let texts: Vec<_> = batch.iter().map(|frame| frame.text().to_vec()).collect();
        assert_eq!(texts, [b"0", b"1", b"2"]);
        assert_eq!(outbox.queued_bytes(), 0);

        outbox.push(Frame::new("3"));
        outbox.next_batch(&mut batch).await.unwrap();
        assert_eq!(batch.len(), 4, "a batch that is not empty is added to");
    }

    #[tokio::test]
    async fn the_waiting_task_is_woken_by_a_frame_and_by_the_end() {
        let outbox = Arc::new(Outbox::default());
        let reader = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move {
                let (mut batch, mut lengths) = (Vec::new(), Vec::new());
                loop {
                    match outbox.next_batch(&mut batch).await {
                        Ok(()) => lengths.extend(batch.drain(..).map(|frame| frame.len())),
                        Err(reason) => return (lengths, reason),
                    }
                }
            }
        });
        for length in 1..=4 {
            tokio::task::yield_now().await;
            outbox.push(frame(length));
        }
        outbox.close("bye");
        outbox.close("later");
        assert_eq!(reader.await.unwrap(), (vec![1, 2, 3, 4], Cow::Borrowed("bye")));
        assert!(!outbox.push(frame(1)));
    }

    #[tokio::test]
    async fn a_slow_reader_is_cut_off_and_its_queue_freed() {
        let outbox = Outbox::new(100);
        let sample = frame(40);
        assert!(outbox.push(sample.clone()));
        assert!(outbox.push(frame(60)));
        assert_eq!(Arc::strong_count(&sample.shared), 2);
        assert_eq!(outbox.offer(frame(1)), Pushed::CutOff);
        assert_eq!(Arc::strong_count(&sample.shared), 1, "the queue let go of the frame");
        assert_eq!(outbox.queued_bytes(), 0);
        assert_eq!(outbox.offer(frame(1)), Pushed::Closed);
        assert_eq!(outbox.next_batch(&mut Vec::new()).await, Err(Cow::Borrowed(SLOW_READER)));
        assert_eq!(outbox.closed().await, SLOW_READER);
    }

    #[test]
    fn one_large_answer_passes_but_not_behind_another_frame() {
        let outbox = Outbox::new(10);
        assert!(outbox.push(frame(500)));
        assert!(!outbox.push(frame(1)));
        assert_eq!(outbox.close_reason(), Some(Cow::Borrowed(SLOW_READER)));
    }

    #[test]
    fn answers_are_not_counted_against_the_reader() {
        let outbox = Outbox::new(100);
        assert!(outbox.push(frame(90)));
        assert!(outbox.push_answer(frame(5_000)));
        assert!(outbox.push(frame(10)));
        assert_eq!(outbox.queued_bytes(), 5_100);
        assert!(!outbox.push(frame(1)));
        assert!(!outbox.push_answer(frame(1)), "the connection was cut off");
    }

    #[tokio::test]
    async fn who_watches_for_the_end_hears_of_it_while_frames_wait() {
        let outbox = Arc::new(Outbox::default());
        let watcher = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move { outbox.closed().await }
        });
        tokio::task::yield_now().await;
        outbox.push(frame(5));
        outbox.close(String::from("logged out"));
        assert_eq!(watcher.await.unwrap(), "logged out");
        let mut batch = Vec::new();
        assert!(outbox.next_batch(&mut batch).await.is_ok());
        assert!(outbox.next_batch(&mut batch).await.is_err());
    }

    #[tokio::test]
    async fn an_idle_outbox_keeps_no_large_buffer() {
        let outbox = Outbox::default();
        let mut batch = Vec::new();
        for _ in 0..1_000 {
            outbox.push(frame(1));
        }
        outbox.next_batch(&mut batch).await.unwrap();
        batch.clear();
        outbox.push(frame(1));
        outbox.next_batch(&mut batch).await.unwrap();
        assert!(outbox.state.lock().queue.capacity() <= KEEP_FRAMES);
    }
}
