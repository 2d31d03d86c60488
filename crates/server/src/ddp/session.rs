//! The life of one socket: a single task that reads, runs the client's calls one after another and writes.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use gantry_kernel::Kernel;
use gantry_kernel::hub::{Connection, Frame, SLOW_READER};
use gantry_protocol::ddp::{ClientFrame, FrameError, ServerFrame};
use gantry_protocol::sockjs;
use parking_lot::Mutex;
use tokio::time::{Instant, Sleep};

use super::calls::{self, Call, Kind};
use super::identity::{self, Login};
use super::wire::{Goodbye, Received, Wire};
use crate::server::Server;

/// Versions of the protocol, the preferred one first. They do not differ in what is used here.
const VERSIONS: [&str; 3] = ["1", "pre2", "pre1"];

/// Time for the last words to a client that may not be reading.
const GOODBYE_TIME: Duration = Duration::from_secs(2);

/// Bytes of answers that may wait to be written before the next call begins.
const UNREAD_ANSWERS: usize = 256 * 1024;

/// What the calls of one socket need.
pub(super) struct Peer {
    pub(super) server: Arc<Server>,
    pub(super) connection: Arc<Connection>,
    pub(super) address: IpAddr,
    pub(super) user_agent: Box<str>,
    pub(super) host: Box<str>,
    /// The token of the login, to ask at each call whether it still holds.
    pub(super) login: Mutex<Option<Login>>,
}

impl Peer {
    pub(super) fn new(server: &Arc<Server>, address: IpAddr, user_agent: &str, host: &str) -> Arc<Self> {
        let connection = server.kernel.hub.connect(server.kernel.ids.id());
        Arc::new(Self {
            server: server.clone(),
            connection,
            address,
            user_agent: user_agent.into(),
            host: host.into(),
            login: Mutex::new(None),
        })
    }

    pub(super) fn kernel(&self) -> &Arc<Kernel> {
        &self.server.kernel
    }

    /// Queues an answer to this client.
    pub(super) fn send(&self, frame: &ServerFrame) {
        self.kernel().hub.answer(&self.connection, Frame::new(&frame.encode()));
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        identity::dropped(self);
    }
}

struct Session {
    peer: Arc<Peer>,
    /// The client has said `connect`.
    connected: bool,
    running: Option<BoxFuture<'static, ()>>,
    waiting: VecDeque<Call>,
    waiting_bytes: usize,
    heard: Instant,
    /// When the ping was sent that nothing has come after.
    pinged: Option<Instant>,
}

/// Runs a socket to its end.
pub(super) async fn run(peer: Arc<Peer>, mut wire: Wire) {
    let _open = peer.server.sockets.token();
    let mut session = Session {
        peer,
        connected: false,
        running: None,
        waiting: VecDeque::new(),
        waiting_bytes: 0,
        heard: Instant::now(),
        pinged: None,
    };
    let goodbye = session.talk(&mut wire).await;
    // No event is queued, and no call runs on, while the client is told.
    identity::gone(&session.peer).await;
    drop(session);
    if let Some(goodbye) = goodbye {
        let _ = tokio::time::timeout(GOODBYE_TIME, wire.close(goodbye)).await;
    }
}

impl Session {
    /// Until one side ends it. `None`: the client is gone already.
    async fn talk(&mut self, wire: &mut Wire) -> Option<Goodbye> {
        if wire.open().await.is_err() {
            return None;
        }
        let connection = self.peer.connection.clone();
        let mut batch: Vec<Frame> = Vec::new();
        let mut timer = std::pin::pin!(tokio::time::sleep(self.limits().ping_after));
        loop {
            tokio::select! {
                queued = connection.outbox().next_batch(&mut batch) => {
                    if let Err(reason) = queued {
                        return Some(farewell(&reason));
                    }
                    tokio::select! {
                        written = tokio::time::timeout(self.write_time(), wire.write(&mut batch)) => {
                            if !matches!(written, Ok(Ok(()))) {
                                return None;
                            }
                        }
                        reason = stuck(&connection) => return Some(farewell(&reason)),
                    }
                    self.run_next();
                }
                received = wire.receive(), if self.takes_more() => match received {
                    Received::Text(text) => {
                        self.alive();
                        if let Err(goodbye) = self.hear(&text) {
                            return Some(goodbye);
                        }
                    }
                    Received::Alive => self.alive(),
                    Received::Refused(goodbye) => return Some(goodbye),
                    Received::Gone => return None,
                },
                () = finished(&mut self.running) => {
                    self.running = None;
                    self.run_next();
                }
                () = &mut timer => {
                    if let Err(goodbye) = self.check_pulse(timer.as_mut()) {
                        return Some(goodbye);
                    }
                }
            }
        }
    }

    fn limits(&self) -> &crate::config::Limits {
        &self.peer.server.config.limits
    }

    /// A client that takes nothing for as long as it may be silent is gone.
    fn write_time(&self) -> Duration {
        self.limits().ping_after + self.limits().drop_after
    }

    /// With too much waiting the socket is not read: the client is slowed down by TCP, and loses nothing.
    fn takes_more(&self) -> bool {
        let limits = self.limits();
        self.waiting.len() < limits.pending_calls
            && self.waiting_bytes < limits.frame.max_bytes
            && self.peer.connection.outbox().queued_bytes() <= UNREAD_ANSWERS
    }

    fn alive(&mut self) {
        self.heard = Instant::now();
        self.pinged = None;
    }

    /// Pings a client that has been silent, and gives up one that stays silent.
    fn check_pulse(&mut self, timer: std::pin::Pin<&mut Sleep>) -> Result<(), Goodbye> {
        let (ping_after, drop_after) = (self.limits().ping_after, self.limits().drop_after);
        if !self.takes_more() {
            self.alive();
        }
        let now = Instant::now();
        let due = self.pinged.map_or(self.heard + ping_after, |pinged| pinged + drop_after);
        if now < due {
            timer.reset(due);
            return Ok(());
        }
        if self.pinged.is_some() || !self.connected {
            return Err(Goodbye::new(4000, "TIMEOUT"));
        }
        self.pinged = Some(now);
        self.peer.send(&ServerFrame::Ping { id: None });
        timer.reset(now + drop_after.min(ping_after));
        Ok(())
    }

    /// Takes one message apart. Clients send a list of frames on either kind of socket.
    fn hear(&mut self, text: &str) -> Result<(), Goodbye> {
        if text.trim_ascii_start().starts_with('{') {
            return self.hear_frame(text);
        }
        match sockjs::unwrap(text) {
            Ok(frames) => frames.iter().try_for_each(|frame| self.hear_frame(frame)),
            Err(error) => {
                self.complain(error);
                Ok(())
            }
        }
    }

    fn hear_frame(&mut self, text: &str) -> Result<(), Goodbye> {
        let frame = match ClientFrame::parse_within(text, &self.limits().frame) {
            Ok(frame) => frame,
            Err(error) => {
                self.complain(error);
                return Ok(());
            }
        };
        match frame {
            ClientFrame::Connect { version, support, .. } => return self.connect(&version, &support),
            _ if !self.connected => self.complain(misplaced("Must connect first", text)),
            ClientFrame::Ping { id } => self.peer.send(&ServerFrame::Pong { id }),
            ClientFrame::Pong { .. } => {}
            ClientFrame::Method { id, method, params, .. } => {
                self.enqueue(Kind::Method { id, name: method, params }, text.len());
            }
            ClientFrame::Sub { id, name, params } => self.enqueue(Kind::Sub { id, name, params }, text.len()),
            ClientFrame::Unsub { id } => self.enqueue(Kind::Unsub { id }, text.len()),
        }
        Ok(())
    }

    fn complain(&self, error: FrameError) {
        self.peer.send(&error.into_frame());
    }

    fn connect(&mut self, version: &str, support: &[String]) -> Result<(), Goodbye> {
        if self.connected {
            self.complain(misplaced("Already connected", ""));
            return Ok(());
        }
        let known = |version: &&str| VERSIONS.contains(version);
        let offered = support.iter().map(String::as_str).find(known).or(Some(version).filter(known));
        if offered != Some(version) {
            self.peer.send(&ServerFrame::Failed { version: offered.unwrap_or(VERSIONS[0]).to_owned() });
            self.peer.connection.outbox().close(UNSPOKEN);
            return Ok(());
        }
        self.connected = true;
        self.peer.send(&ServerFrame::Connected { session: self.peer.connection.id().to_owned() });
        Ok(())
    }

    /// Calls run one after another, in the order in which they came.
    fn enqueue(&mut self, kind: Kind, bytes: usize) {
        self.waiting_bytes += bytes;
        self.waiting.push_back(Call { kind, bytes });
        self.run_next();
    }

    /// Starts the next call, unless one runs or the client has yet to read what it was answered before.
    fn run_next(&mut self) {
        if self.running.is_some() || self.peer.connection.outbox().queued_bytes() > UNREAD_ANSWERS {
            return;
        }
        match self.waiting.pop_front() {
            Some(call) => {
                self.waiting_bytes -= call.bytes;
                self.running = Some(Box::pin(calls::run(self.peer.clone(), call)));
            }
            // An idle socket keeps no room for calls.
            None => self.waiting = VecDeque::new(),
        }
    }
}

/// Reason given when no version is spoken by both sides.
const UNSPOKEN: &str = "no common protocol version";

/// The end of the running call; never, if none runs.
async fn finished(running: &mut Option<BoxFuture<'static, ()>>) {
    match running {
        Some(call) => call.await,
        None => std::future::pending().await,
    }
}

/// Waits for the end of a connection whose writer may be stuck. An orderly end lets the writer finish.
async fn stuck(connection: &Connection) -> gantry_kernel::hub::CloseReason {
    let reason = connection.outbox().closed().await;
    if reason != SLOW_READER {
        tokio::time::sleep(GOODBYE_TIME).await;
    }
    reason
}

/// What the client is told, in WebSocket's terms.
fn farewell(reason: &str) -> Goodbye {
    let code = match reason {
        SLOW_READER => 1008,
        UNSPOKEN => 1002,
        crate::server::RESTARTING => 1001,
        _ => 1000,
    };
    Goodbye::new(code, reason)
}

fn misplaced(reason: &'static str, text: &str) -> FrameError {
    let echo = (!text.is_empty() && text.len() <= 4096).then(|| text.trim_ascii().to_owned());
    FrameError {
        reason,
        offending_message: echo.and_then(|text| gantry_protocol::RawJson::from_text(text).ok()),
    }
}
