//! The body of a request, which may still be arriving.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use parking_lot::Mutex;

use crate::error::{Error, Result};

/// The bytes of a request, whole or as they arrive.
///
/// It is a stream. What goes wrong while the rest arrives (silence, a broken connection) is an [`Error`]
/// with the status to answer with.
pub struct Body(Inner);

enum Inner {
    Whole(Bytes),
    /// The lock is never taken: it makes the body shareable between threads, which a plain stream is not.
    Arriving(Mutex<BoxStream<'static, Result<Bytes>>>),
}

impl Body {
    /// A body that arrives piece by piece.
    pub fn stream(stream: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self(Inner::Arriving(Mutex::new(stream.boxed())))
    }

    /// The whole body, if it has at most `limit` bytes.
    ///
    /// # Errors
    /// 413 if there are more; 408 or 400 if it does not arrive.
    pub async fn read(mut self, limit: usize) -> Result<Bytes> {
        if let Inner::Whole(bytes) = &self.0 {
            return if bytes.len() > limit { Err(too_large(limit)) } else { Ok(bytes.clone()) };
        }
        let mut all = BytesMut::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if all.len() + piece.len() > limit {
                return Err(too_large(limit));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }
}

impl Default for Body {
    fn default() -> Self {
        Self(Inner::Whole(Bytes::new()))
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self(Inner::Whole(bytes.into()))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Inner::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Inner::Arriving(_) => f.write_str("Body(arriving)"),
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Inner::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Inner::Arriving(stream) => stream.get_mut().as_mut().poll_next(context),
        }
    }
}

/// 413: the body has more than `limit` bytes.
pub fn too_large(limit: usize) -> Error {
    Error::new("error-body-too-large", format!("The body may have at most {limit} bytes")).with_status(413)
}
