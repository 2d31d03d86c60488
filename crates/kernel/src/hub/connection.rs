//! One client connection, as the hub sees it.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};

use super::topics::Entry;
use super::{Outbox, Topic};

/// Who is logged in on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// User id.
    pub uid: Arc<str>,
    /// Username; empty until the user has chosen one.
    pub username: Arc<str>,
    /// Hash of the login token, as stored; identifies the session.
    pub token_hash: Arc<str>,
}

/// A client connection. Made by [`Hub::connect`](super::Hub::connect), ended by
/// [`Hub::disconnect`](super::Hub::disconnect).
pub struct Connection {
    id: Box<str>,
    outbox: Outbox,
    /// Written by the hub alone, which keeps its table of users in step.
    pub(super) identity: RwLock<Option<Identity>>,
    pub(super) subscriptions: Mutex<Vec<Subscription>>,
    /// The hub has let go: what a late task subscribes or logs in would never be removed again. Set under the
    /// lock of the subscriptions and before the identity is taken away, so that it can be relied on under
    /// either lock.
    ended: AtomicBool,
}

pub(super) struct Subscription {
    pub(super) id: Box<str>,
    pub(super) entry: Arc<Entry>,
}

impl Connection {
    pub(super) fn new(id: String, outbox_bytes: usize) -> Self {
        Self {
            id: id.into_boxed_str(),
            outbox: Outbox::new(outbox_bytes),
            identity: RwLock::default(),
            subscriptions: Mutex::default(),
            ended: AtomicBool::new(false),
        }
    }

    /// The session id that the client was given.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Marks the connection as ended. `true` if it was before.
    pub(super) fn end(&self) -> bool {
        self.ended.swap(true, Ordering::AcqRel)
    }

    /// What waits to be written.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Who is logged in, if anybody.
    pub fn identity(&self) -> Option<Identity> {
        self.identity.read().clone()
    }

    /// The id of the logged-in user.
    pub fn uid(&self) -> Option<Arc<str>> {
        self.identity.read().as_ref().map(|identity| Arc::clone(&identity.uid))
    }

    /// The topic of a subscription.
    pub fn topic_of(&self, sub_id: &str) -> Option<Topic> {
        let subscriptions = self.subscriptions.lock();
        subscriptions.iter().find(|sub| &*sub.id == sub_id).map(|sub| sub.entry.topic.clone())
    }

    /// All subscriptions to streams: id and topic, in the order they were made.
    pub fn subscriptions(&self) -> Vec<(String, Topic)> {
        let subscriptions = self.subscriptions.lock();
        subscriptions.iter().map(|sub| (String::from(&*sub.id), sub.entry.topic.clone())).collect()
    }
}

/// A connection in a table, found by its id.
#[derive(Debug)]
pub(super) struct ById(pub(super) Arc<Connection>);

impl Borrow<str> for ById {
    fn borrow(&self) -> &str {
        self.0.id()
    }
}

impl Hash for ById {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id().hash(state);
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl Eq for ById {}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("id", &self.id).field("uid", &self.uid()).finish_non_exhaustive()
    }
}
