//! One WebSocket, with or without SockJS framing around the DDP frames.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use gantry_kernel::hub::Frame;
use gantry_protocol::sockjs;

/// How frames are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One DDP frame per message.
    Bare,
    /// `o`, `a["…"]`, `c[code,"reason"]`.
    SockJs,
}

/// What came from the client.
pub(super) enum Received {
    /// One message of text; one DDP frame, or several in a list.
    Text(Utf8Bytes),
    /// Something that needs no answer from DDP (the WebSocket's own ping and pong).
    Alive,
    /// The client sent what the protocol has no place for.
    Refused(Goodbye),
    /// The socket has ended.
    Gone,
}

/// Why the server ends a socket, as WebSocket says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Goodbye {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Goodbye {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

pub(super) struct Wire {
    socket: WebSocket,
    framing: Framing,
}

impl Wire {
    pub(super) fn new(socket: WebSocket, framing: Framing) -> Self {
        Self { socket, framing }
    }

    /// What SockJS clients wait for before they send anything.
    pub(super) async fn open(&mut self) -> Result<(), axum::Error> {
        match self.framing {
            Framing::Bare => Ok(()),
            Framing::SockJs => self.socket.send(Message::text(sockjs::open())).await,
        }
    }

    /// Waits for the next message. Losing this future loses nothing.
    pub(super) async fn receive(&mut self) -> Received {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Binary(_))) => {
                Received::Refused(Goodbye::new(1003, "binary messages are not part of this protocol"))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Received::Alive,
            Some(Ok(Message::Close(_))) | None => Received::Gone,
            Some(Err(error)) => refusal(&error).map_or(Received::Gone, Received::Refused),
        }
    }

    /// Writes `frames` and leaves it empty. All of them leave in one write if they fit into the buffer.
    pub(super) async fn write(&mut self, frames: &mut Vec<Frame>) -> Result<(), axum::Error> {
        for frame in frames.drain(..) {
            let bytes = match self.framing {
                Framing::Bare => frame.text(),
                Framing::SockJs => frame.sockjs(),
            };
            self.socket.feed(text(bytes.clone())).await?;
        }
        self.socket.flush().await
    }

    /// Says goodbye. The caller bounds how long this may take.
    pub(super) async fn close(mut self, goodbye: Goodbye) {
        if self.framing == Framing::SockJs {
            let _ = self.socket.feed(Message::text(sockjs::close(goodbye.code, &goodbye.reason))).await;
        }
        let mut reason = goodbye.reason;
        // A control frame has 125 bytes, two of which are the code.
        reason.truncate(reason.floor_char_boundary(123));
        let frame = CloseFrame { code: goodbye.code, reason: reason.into() };
        if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
            // Until the client has answered, so that its system does not throw the reason away with a reset.
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }
}

fn text(bytes: Bytes) -> Message {
    // Frames are made from strings; the check costs 50 ns for an ordinary message.
    Message::Text(Utf8Bytes::try_from(bytes).unwrap_or_default())
}

/// Tells a client that broke a rule from one whose connection broke.
fn refusal(error: &axum::Error) -> Option<Goodbye> {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too large") || text.contains("Space limit") {
        Some(Goodbye::new(1009, "message too large"))
    } else if text.contains("UTF-8") || text.contains("utf-8") {
        Some(Goodbye::new(1007, "text messages must be UTF-8"))
    } else if text.contains("protocol error") {
        Some(Goodbye::new(1002, "protocol error"))
    } else {
        None
    }
}
