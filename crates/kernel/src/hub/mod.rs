//! The realtime hub: brings events to the connections that listen.
//!
//! An event is encoded once, and the same bytes are queued for every subscriber ([`Frame`], [`Outbox`]).
//! Whether somebody may listen is decided before [`Hub::subscribe`]; what must follow from a change of rights
//! goes through [`Hub::revoke`]. The hub knows this node only.
//!
//! Events of one topic reach all its subscribers in the same order, the one in which they were published.

mod connection;
mod cork;
mod frame;
mod membership;
mod outbox;
mod publish;
mod shards;
mod topics;
mod users;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

pub use connection::{Connection, Identity};
pub(crate) use cork::corked;
pub use frame::Frame;
pub use membership::Membership;
pub use outbox::{CloseReason, DEFAULT_OUTBOX_BYTES, Outbox, SLOW_READER};
pub use topics::Topic;

use connection::{ById, Subscription};
use outbox::Pushed;
use shards::Shards;
use topics::Topics;
use users::Users;

/// All realtime connections of this node, what they listen to and who is behind them.
#[derive(Debug)]
pub struct Hub {
    outbox_bytes: usize,
    connections: Shards<HashSet<ById>>,
    topics: Topics,
    users: Users,
    membership: Membership,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    connections: AtomicUsize,
    subscriptions: AtomicUsize,
    frames: AtomicU64,
    bytes: AtomicU64,
    slow_readers: AtomicU64,
}

/// Figures for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubStats {
    /// Open connections.
    pub connections: usize,
    /// Users with a connection.
    pub users: usize,
    /// Open stream subscriptions.
    pub subscriptions: usize,
    /// Topics with a subscriber.
    pub topics: usize,
    /// Frames queued since the start, once per receiver.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Connections cut off since the start because their reader did not keep up.
    pub slow_readers: u64,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(DEFAULT_OUTBOX_BYTES)
    }
}

impl Hub {
    /// A hub whose connections may fall behind by `outbox_bytes` each.
    pub fn new(outbox_bytes: usize) -> Self {
        Self {
            outbox_bytes,
            connections: Shards::default(),
            topics: Topics::default(),
            users: Users::default(),
            membership: Membership::default(),
            counters: Counters::default(),
        }
    }

    /// Registers a new connection. `id` must not be in use. Every connection must be given back with
    /// [`Hub::disconnect`].
    pub fn connect(&self, id: impl Into<String>) -> Arc<Connection> {
        let connection = Arc::new(Connection::new(id.into(), self.outbox_bytes));
        self.connections.of(connection.id()).write().insert(ById(Arc::clone(&connection)));
        self.counters.connections.fetch_add(1, Ordering::Relaxed);
        connection
    }

    /// Ends a connection: removes its subscriptions, logs it out and closes its outbox. Returns its user if
    /// this was their last connection. A second call does nothing.
    pub fn disconnect(&self, connection: &Arc<Connection>) -> Option<Arc<str>> {
        let mut subscriptions = connection.subscriptions.lock();
        if connection.end() {
            return None;
        }
        let list = std::mem::take(&mut *subscriptions);
        drop(subscriptions);
        for subscription in &list {
            self.topics.remove(&subscription.entry, connection);
        }
        self.counters.subscriptions.fetch_sub(list.len(), Ordering::Relaxed);
        let left = self.forget(connection);
        connection.outbox().close("closed");
        self.connections.of(connection.id()).write().remove(connection.id());
        self.counters.connections.fetch_sub(1, Ordering::Relaxed);
        left
    }

    /// The connection with this id.
    pub fn connection(&self, id: &str) -> Option<Arc<Connection>> {
        self.connections.of(id).read().get(id).map(|found| Arc::clone(&found.0))
    }

    /// All connections.
    pub fn connections(&self) -> Vec<Arc<Connection>> {
        let mut all = Vec::new();
        for part in self.connections.iter() {
            all.extend(part.read().iter().map(|found| Arc::clone(&found.0)));
        }
        all
    }

    /// Lets `connection` hear `topic` under the subscription id `sub_id`, from the next event on. With two
    /// subscriptions to one topic it hears every event twice, as clients expect.
    ///
    /// `false`, and nothing changes, if the connection has ended or already uses the id.
    pub fn subscribe(&self, connection: &Arc<Connection>, sub_id: &str, topic: Topic) -> bool {
        let mut subscriptions = connection.subscriptions.lock();
        if connection.ended() || subscriptions.iter().any(|sub| &*sub.id == sub_id) {
            return false;
        }
        let entry = self.topics.add(topic, connection);
        if subscriptions.len() == subscriptions.capacity() {
            // Doubling wastes more than it saves: there are few per connection, and many connections.
            let room = (subscriptions.len() / 4).max(4);
            subscriptions.reserve_exact(room);
        }
        subscriptions.push(Subscription { id: sub_id.into(), entry });
        self.counters.subscriptions.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Ends a subscription and returns its topic. Once this has returned, no event comes of it any more.
    pub fn unsubscribe(&self, connection: &Arc<Connection>, sub_id: &str) -> Option<Topic> {
        let mut subscriptions = connection.subscriptions.lock();
        let i = subscriptions.iter().position(|sub| &*sub.id == sub_id)?;
        let removed = subscriptions.remove(i);
        self.topics.remove(&removed.entry, connection);
        self.counters.subscriptions.fetch_sub(1, Ordering::Relaxed);
        Some(removed.entry.topic.clone())
    }

    /// Ends a subscription that the client may no longer have, and sends it a `nosub`.
    pub fn end(&self, connection: &Arc<Connection>, sub_id: &str) {
        if self.unsubscribe(connection, sub_id).is_some() {
            self.send(connection, frame::nosub(sub_id));
        }
    }

    /// Ends the subscriptions that `matches` names, of one user or (with `None`) of everybody, and sends each
    /// a `nosub`. Returns what was ended: connection and subscription id.
    pub fn revoke(
        &self,
        uid: Option<&str>,
        matches: impl Fn(&Topic) -> bool,
    ) -> Vec<(Arc<Connection>, String)> {
        let connections = match uid {
            Some(uid) => self.connections_of(uid),
            None => self.connections(),
        };
        let mut ended = Vec::new();
        for connection in connections {
            let mut subscriptions = connection.subscriptions.lock();
            for sub in subscriptions.extract_if(.., |sub| matches(&sub.entry.topic)) {
                self.topics.remove(&sub.entry, &connection);
                self.counters.subscriptions.fetch_sub(1, Ordering::Relaxed);
                self.send(&connection, frame::nosub(&sub.id));
                ended.push((Arc::clone(&connection), String::from(sub.id)));
            }
        }
        ended
    }

    /// Queues a frame for one connection. `false` if it has ended or is cut off now.
    pub fn send(&self, connection: &Connection, frame: Frame) -> bool {
        let bytes = frame.len();
        let queued = self.offer(connection, frame);
        if queued {
            self.count_frames(1, bytes);
        }
        queued
    }

    /// Queues the answer to a call of the client, however much waits. `false` if the connection has ended.
    pub fn answer(&self, connection: &Connection, frame: Frame) -> bool {
        let bytes = frame.len();
        let queued = connection.outbox().push_answer(frame);
        if queued {
            self.count_frames(1, bytes);
        }
        queued
    }

    /// Logs a connection in, or gives its login another token. Returns `true` if this is the user's first
    /// connection: the caller then loads their rooms into [`Hub::membership`].
    ///
    /// A connection that was somebody else's is logged out first; to hear whether that was their last one,
    /// call [`Hub::forget`] before. Nothing happens on a connection that has ended.
    pub fn identify(&self, connection: &Arc<Connection>, identity: Identity) -> bool {
        let mut current = connection.identity.write();
        if connection.ended() {
            return false;
        }
        let uid = Arc::clone(&identity.uid);
        let previous = current.replace(identity);
        if let Some(previous) = previous {
            if previous.uid == uid {
                return false;
            }
            self.users.remove(&previous.uid, connection);
            self.membership.disconnect(&previous.uid);
        }
        let first = self.users.add(&uid, connection);
        self.membership.connect(&uid);
        first
    }

    /// Logs a connection out. Returns its user if this was their last connection.
    pub fn forget(&self, connection: &Arc<Connection>) -> Option<Arc<str>> {
        let mut current = connection.identity.write();
        let identity = current.take()?;
        let last = self.users.remove(&identity.uid, connection);
        self.membership.disconnect(&identity.uid);
        last.then_some(identity.uid)
    }

    /// The connections of a user.
    pub fn connections_of(&self, uid: &str) -> Vec<Arc<Connection>> {
        self.users.connections_of(uid)
    }

    /// Whether a user has a connection to this node.
    pub fn is_connected(&self, uid: &str) -> bool {
        self.users.contains(uid)
    }

    /// The users who have a connection to this node.
    pub fn users(&self) -> Vec<Arc<str>> {
        self.users.all()
    }

    /// The rooms of the connected users.
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Closes the connections of a user, except those logged in with the token hash `except_token`. Returns
    /// how many.
    pub fn close_user(&self, uid: &str, except_token: Option<&str>, reason: impl Into<CloseReason>) -> usize {
        close(self.connections_of(uid), &reason.into(), |identity| {
            except_token.is_none_or(|token| *identity.token_hash != *token)
        })
    }

    /// Closes the connections that are logged in with a token (its hash). Returns how many.
    pub fn close_token(&self, token_hash: &str, reason: impl Into<CloseReason>) -> usize {
        close(self.connections(), &reason.into(), |identity| *identity.token_hash == *token_hash)
    }

    /// Closes every connection, logged in or not. Returns how many.
    pub fn close_all(&self, reason: impl Into<CloseReason>) -> usize {
        let (connections, reason) = (self.connections(), reason.into());
        for connection in &connections {
            connection.outbox().close(reason.clone());
        }
        connections.len()
    }

    /// Figures for the metrics.
    pub fn stats(&self) -> HubStats {
        HubStats {
            connections: self.counters.connections.load(Ordering::Relaxed),
            users: self.users.len(),
            subscriptions: self.counters.subscriptions.load(Ordering::Relaxed),
            topics: self.topics.len(),
            frames: self.counters.frames.load(Ordering::Relaxed),
            bytes: self.counters.bytes.load(Ordering::Relaxed),
            slow_readers: self.counters.slow_readers.load(Ordering::Relaxed),
        }
    }

    fn offer(&self, connection: &Connection, frame: Frame) -> bool {
        let pushed = connection.outbox().offer(frame);
        if pushed == Pushed::CutOff {
            self.counters.slow_readers.fetch_add(1, Ordering::Relaxed);
        }
        pushed == Pushed::Queued
    }

    fn count_frames(&self, frames: usize, bytes: usize) {
        self.counters.frames.fetch_add(frames as u64, Ordering::Relaxed);
        self.counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Closes the logged-in connections among `connections` that `matches` picks.
fn close(
    connections: Vec<Arc<Connection>>,
    reason: &CloseReason,
    matches: impl Fn(&Identity) -> bool,
) -> usize {
    let mut closed = 0;
    for connection in connections {
        if connection.identity.read().as_ref().is_some_and(&matches) {
            connection.outbox().close(reason.clone());
            closed += 1;
        }
    }
    closed
}

#[cfg(test)]
mod tests;
