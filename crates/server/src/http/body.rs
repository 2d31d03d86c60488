//! Reading request bodies, within limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

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
