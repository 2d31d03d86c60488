//! One WebSocket, with or without SockJS framing around the DDP frames.

use std::io::{self, IoSlice};

use futures_util::{SinkExt as _, StreamExt as _};
use gantry_kernel::hub::Frame;
use gantry_protocol::sockjs;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// Bytes that one socket reads at once. Kept for as long as the socket is open, so it decides what an idle
/// connection costs; most frames from clients are shorter.
const READ_BUFFER: usize = 1024;

/// Frames that leave in one write. The system takes no more than 1,024 pieces at once.
const BURST: usize = 64;

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

/// Frames are framed for WebSocket already and shared by all their receivers ([`Frame::websocket`]): they go
/// to the connection without being copied. The library reads, answers pings and says goodbye.
pub(super) struct Wire {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    framing: Framing,
}

impl Wire {
    /// A socket on which the handshake is over. A client may not send more than `max_bytes` at once.
    pub(super) async fn new(connection: Upgraded, framing: Framing, max_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(max_bytes))
            .max_frame_size(Some(max_bytes));
        let connection = TokioIo::new(connection);
        let socket = WebSocketStream::from_raw_socket(connection, Role::Server, Some(config)).await;
        Self { socket, framing }
    }

    /// What SockJS clients wait for before they send anything.
    pub(super) async fn open(&mut self) -> Result<(), Error> {
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
            Some(Ok(Message::Close(_) | Message::Frame(_))) | None => Received::Gone,
            Some(Err(error)) => refusal(&error).map_or(Received::Gone, Received::Refused),
        }
    }

    /// Writes `frames` and leaves it empty. A burst leaves in one write. If the future is dropped before its
    /// end, a frame may be half written: the socket is of no use then.
    pub(super) async fn write(&mut self, frames: &mut Vec<Frame>) -> Result<(), Error> {
        // An answer to a ping goes first if some of it still waits.
        self.socket.flush().await?;
        let framed = match self.framing {
            Framing::Bare => Frame::websocket,
            Framing::SockJs => Frame::sockjs,
        };
        let connection = self.socket.get_mut();
        for burst in frames.chunks(BURST) {
            let mut pieces = [IoSlice::new(&[]); BURST];
            for (piece, frame) in pieces.iter_mut().zip(burst) {
                *piece = IoSlice::new(framed(frame));
            }
            write_all(connection, &mut pieces[..burst.len()]).await?;
        }
        frames.clear();
        Ok(connection.flush().await?)
    }

    /// Says goodbye. The caller bounds how long this may take.
    pub(super) async fn close(mut self, goodbye: Goodbye) {
        if self.framing == Framing::SockJs {
            let _ = self.socket.feed(Message::text(sockjs::close(goodbye.code, &goodbye.reason))).await;
        }
        let mut reason = goodbye.reason;
        // A control frame has 125 bytes, two of which are the code.
        reason.truncate(reason.floor_char_boundary(123));
        let frame = CloseFrame { code: goodbye.code.into(), reason: reason.into() };
        if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
            // Until the client has answered, so that its system does not throw the reason away with a reset.
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }
}

async fn write_all(to: &mut (impl AsyncWrite + Unpin), mut pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !pieces.is_empty() {
        match to.write_vectored(pieces).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut pieces, written),
        }
    }
    Ok(())
}

/// Tells a client that broke a rule from one whose connection broke.
fn refusal(error: &Error) -> Option<Goodbye> {
    match error {
        Error::Capacity(_) => Some(Goodbye::new(1009, "message too large")),
        Error::Utf8(_) => Some(Goodbye::new(1007, "text messages must be UTF-8")),
        Error::Protocol(_) => Some(Goodbye::new(1002, "protocol error")),
        _ => None,
    }
}
