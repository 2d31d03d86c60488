//! Reading request bodies, within limits.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use gantry_kernel::body::{Body, too_large};
use gantry_kernel::error::Error;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame, Incoming};
use parking_lot::Mutex;

/// Bytes that are thrown away of a body that nobody wanted. Most clients write everything before they read,
/// and would otherwise see a broken connection instead of the answer.
const DISCARDED: usize = 4 << 20;

/// Why a body could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It has more bytes than allowed.
    TooLarge,
    /// Nothing came for too long.
    TimedOut,
    /// The connection broke, or the body is not what its headers say.
    Broken,
}

/// The whole body, if it has at most `limit` bytes.
///
/// A body that is too large is read to a second limit and thrown away: most clients write everything
/// before they read, and would otherwise see a broken connection instead of the 413.
pub(crate) async fn read(mut body: Incoming, limit: usize, timeout: Duration) -> Result<Bytes, BodyError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let discarded_at_most = limit.saturating_mul(4);
    if announced > discarded_at_most {
        return Err(BodyError::TooLarge);
    }
    let mut kept = BytesMut::with_capacity(if announced > limit { 0 } else { announced });
    let mut seen = 0_usize;
    loop {
        let frame = match tokio::time::timeout(timeout, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_broken))) => return Err(BodyError::Broken),
            Ok(None) => break,
            Err(_elapsed) => return Err(BodyError::TimedOut),
        };
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > discarded_at_most {
            return Err(BodyError::TooLarge);
        }
        if seen <= limit {
            kept.extend_from_slice(&data);
        }
    }
    if seen > limit { Err(BodyError::TooLarge) } else { Ok(kept.freeze()) }
}

/// A body that is handed on while it arrives.
pub(crate) struct Arriving {
    incoming: Arc<Mutex<Incoming>>,
    limit: usize,
    timeout: Duration,
}

impl Arriving {
    /// A body of at most `limit` bytes that may pause for `timeout`.
    pub(crate) fn new(incoming: Incoming, limit: usize, timeout: Duration) -> Self {
        Self { incoming: Arc::new(Mutex::new(incoming)), limit, timeout }
    }

    /// Its bytes, for whoever answers the request.
    pub(crate) fn body(&self) -> Body {
        let began = (self.incoming.clone(), 0_usize);
        let (limit, timeout) = (self.limit, self.timeout);
        Body::stream(futures_util::stream::try_unfold(began, move |(incoming, seen)| async move {
            let Some(piece) = piece(&incoming, timeout).await.map_err(refusal)? else { return Ok(None) };
            let seen = seen + piece.len();
            if seen > limit { Err(too_large(limit)) } else { Ok(Some((piece, (incoming, seen)))) }
        }))
    }

    /// Throws away what is left, within reason and in the time of one pause. The rest ends the connection.
    pub(crate) async fn discard(self) {
        let rest = async {
            let mut seen = 0;
            while let Ok(Some(piece)) = piece(&self.incoming, self.timeout).await {
                seen += piece.len();
                if seen >= DISCARDED {
                    break;
                }
            }
        };
        let _late = tokio::time::timeout(self.timeout, rest).await;
    }
}

async fn piece(incoming: &Mutex<Incoming>, timeout: Duration) -> Result<Option<Bytes>, BodyError> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *incoming.lock()).poll_frame(context));
        match tokio::time::timeout(timeout, frame).await {
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = Frame::into_data(frame) {
                    return Ok(Some(data));
                }
            }
            Ok(Some(Err(_broken))) => return Err(BodyError::Broken),
            Ok(None) => return Ok(None),
            Err(_elapsed) => return Err(BodyError::TimedOut),
        }
    }
}

fn refusal(error: BodyError) -> Error {
    match error {
        BodyError::TimedOut => {
            Error::new("error-request-timeout", "The request did not arrive in time").with_status(408)
        }
        BodyError::Broken | BodyError::TooLarge => {
            Error::new("error-invalid-body", "The body could not be read")
        }
    }
}
