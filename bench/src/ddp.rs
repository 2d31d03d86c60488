//! Sockets by the thousand: WebSocket and DDP with just enough parsing to sign in, subscribe and count.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::Outcome;

const PATIENCE: Duration = Duration::from_secs(60);

/// One socket.
pub(crate) struct Socket {
    stream: TcpStream,
    /// Received and not yet taken apart.
    buffer: Vec<u8>,
    next_id: u64,
}

impl Socket {
    /// Opens a WebSocket at `path` and nothing more.
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Outcome<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let hello = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).await?;
        let mut buffer = Vec::new();
        loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("closed during the handshake".into());
            }
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                if !buffer.starts_with(b"HTTP/1.1 101") {
                    return Err(String::from_utf8_lossy(&buffer[..end]).into_owned().into());
                }
                buffer.drain(..end + 4);
                return Ok(Self { stream, buffer, next_id: 0 });
            }
        }
    }

    /// Opens a socket and shakes hands as DDP clients do.
    pub(crate) async fn connect(address: SocketAddr) -> Outcome<Self> {
        let mut socket = Self::open(address, "/websocket").await?;
        socket.send(r#"{"msg":"connect","version":"1","support":["1"]}"#).await?;
        socket.wait_for(|frame| frame["msg"] == "connected").await?;
        Ok(socket)
    }

    /// Signs in with a token.
    pub(crate) async fn resume(&mut self, token: &str) -> Outcome {
        let id = self.id();
        let call = json!({ "msg": "method", "id": id, "method": "login", "params": [{ "resume": token }] });
        self.send(&call.to_string()).await?;
        let answer = self.wait_for(|frame| frame["msg"] == "result" && frame["id"] == json!(id)).await?;
        if answer["error"].is_null() { Ok(()) } else { Err(answer.to_string().into()) }
    }

    /// Subscribes to an event of a stream.
    pub(crate) async fn subscribe(&mut self, stream: &str, event: &str) -> Outcome {
        let id = self.id();
        let params = json!([event, { "useCollection": false, "args": [] }]);
        let sub = json!({ "msg": "sub", "id": id, "name": format!("stream-{stream}"), "params": params });
        self.send(&sub.to_string()).await?;
        let answer = self
            .wait_for(|frame| {
                (frame["msg"] == "ready" && frame["subs"][0] == json!(id))
                    || (frame["msg"] == "nosub" && frame["id"] == json!(id))
            })
            .await?;
        if answer["msg"] == "ready" { Ok(()) } else { Err(format!("{stream} {event}: {answer}").into()) }
    }

    /// Sends a text frame.
    pub(crate) async fn send(&mut self, text: &str) -> Outcome {
        Ok(self.stream.write_all(&masked(text)).await?)
    }

    /// The next frame that fits; others are dropped.
    pub(crate) async fn wait_for(&mut self, fits: impl Fn(&Value) -> bool) -> Outcome<Value> {
        loop {
            let text = self.next_text().await?;
            let frame: Value = serde_json::from_str(&text)?;
            if fits(&frame) {
                return Ok(frame);
            }
        }
    }

    /// The next text, whatever it says.
    pub(crate) async fn next_text(&mut self) -> Outcome<String> {
        loop {
            if let Some(header) = Header::parse(&self.buffer) {
                let end = header.length + header.payload;
                if self.buffer.len() >= end {
                    let text = String::from_utf8_lossy(&self.buffer[header.length..end]).into_owned();
                    self.buffer.drain(..end);
                    if header.opcode == TEXT {
                        return Ok(text);
                    }
                    if header.opcode == CLOSE {
                        return Err(format!("the server closed the socket: {text}").into());
                    }
                    continue;
                }
            }
            let read = timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await??;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
        }
    }

    /// Counts the frames that come from now on, until the connection ends. DDP pings are answered and not
    /// counted. Call it on the thread that owns `tally`.
    pub(crate) async fn count(mut self, tally: Rc<Tally>) {
        let mut frames = Frames::default();
        let early = std::mem::take(&mut self.buffer);
        let mut seen = frames.feed(&early);
        loop {
            tally.add(seen);
            if frames.pinged && self.send(r#"{"msg":"pong"}"#).await.is_err() {
                break;
            }
            frames.pinged = false;
            if self.stream.readable().await.is_err() {
                break;
            }
            // One buffer for all sockets of the thread: the bytes are done with before the next await.
            seen = SHARED
                .with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
                    Ok(0) => None,
                    Ok(read) => Some(frames.feed(&buffer[..read])),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Some(0),
                    Err(_) => None,
                })
                .unwrap_or(u64::MAX);
            if seen == u64::MAX {
                break;
            }
        }
        tally.lost.set(tally.lost.get() + 1);
        tally.changed.notify_waiters();
    }

    fn id(&mut self) -> String {
        self.next_id += 1;
        self.next_id.to_string()
    }
}

thread_local! {
    static SHARED: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 64 * 1024]);
}

/// Frames that all sockets have received.
#[derive(Default)]
pub(crate) struct Tally {
    frames: Cell<u64>,
    wanted: Cell<u64>,
    lost: Cell<u64>,
    changed: Notify,
}

impl Tally {
    fn add(&self, frames: u64) {
        let total = self.frames.get() + frames;
        self.frames.set(total);
        if frames > 0 && total >= self.wanted.get() {
            self.changed.notify_waiters();
        }
    }

    pub(crate) fn frames(&self) -> u64 {
        self.frames.get()
    }

    /// Waits until `total` frames have come.
    pub(crate) async fn reach(&self, total: u64) -> Outcome {
        self.wanted.set(total);
        loop {
            let changed = self.changed.notified();
            if self.lost.get() > 0 {
                return Err(format!("{} sockets were closed by the server", self.lost.get()).into());
            }
            if self.frames.get() >= total {
                return Ok(());
            }
            timeout(PATIENCE, changed)
                .await
                .map_err(|_| format!("only {} of {total} frames came", self.frames.get()))?;
        }
    }
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// How a frame from a server begins.
#[derive(Debug, PartialEq)]
struct Header {
    opcode: u8,
    /// Bytes of the header itself.
    length: usize,
    payload: usize,
}

impl Header {
    /// `None` until it is complete.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (opcode, short) = (bytes.first()? & 0x0f, bytes.get(1)? & 0x7f);
        let (length, payload) = match short {
            126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
            _ => (2, usize::from(short)),
        };
        Some(Self { opcode, length, payload })
    }
}

/// Tells frames apart in a stream of bytes without keeping them.
#[derive(Default)]
struct Frames {
    /// Bytes of the current frame that are still to come.
    skip: usize,
    /// The beginning of a frame of which too little has come.
    partial: Vec<u8>,
    /// A DDP ping has come.
    pinged: bool,
}

/// A ping: `{"msg":"ping"}`, with an id at most.
const SHORTEST_EVENT: usize = 64;

impl Frames {
    /// Takes bytes; answers how many frames ended in them, pings and the like not counted.
    fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut ended = 0;
        if !self.partial.is_empty() {
            let mut whole = std::mem::take(&mut self.partial);
            whole.extend_from_slice(bytes);
            return self.feed(&whole);
        }
        loop {
            let skipped = self.skip.min(bytes.len());
            bytes = &bytes[skipped..];
            if self.skip > 0 {
                self.skip -= skipped;
                if self.skip > 0 {
                    return ended;
                }
                ended += 1;
            }
            let Some(header) = Header::parse(bytes) else { break };
            let small = header.opcode != TEXT || header.payload < SHORTEST_EVENT;
            if !small {
                bytes = &bytes[header.length..];
                self.skip = header.payload;
                continue;
            }
            let Some(payload) = bytes.get(header.length..header.length + header.payload) else { break };
            self.pinged |= payload.starts_with(br#"{"msg":"ping""#);
            bytes = &bytes[header.length + header.payload..];
        }
        self.partial.extend_from_slice(bytes);
        ended
    }
}

/// A text frame of a client. The mask is zero: the server undoes it all the same.
fn masked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x80 | TEXT];
    match text.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmasked(text: &str) -> Vec<u8> {
        let mut frame = masked(text);
        let at = frame.len() - text.len() - 4;
        frame.drain(at..at + 4);
        frame[1] &= 0x7f;
        frame
    }

    #[test]
    fn frames_are_counted_however_they_are_cut() {
        let stream: Vec<u8> = [
            unmasked(&"a".repeat(100)),
            unmasked(r#"{"msg":"ping"}"#),
            unmasked(&"b".repeat(700)),
            unmasked(&"c".repeat(70_000)),
            unmasked(&"d".repeat(64)),
        ]
        .concat();
        for piece in [1, 2, 3, 7, 100, 1000, stream.len()] {
            let mut frames = Frames::default();
            let ended: u64 = stream.chunks(piece).map(|bytes| frames.feed(bytes)).sum();
            assert_eq!((ended, frames.pinged, frames.skip), (4, true, 0), "in pieces of {piece}");
        }
    }
}
