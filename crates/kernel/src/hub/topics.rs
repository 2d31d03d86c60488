//! Who listens to what.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::Connection;
use super::shards::Shards;

/// What a subscription listens to: one event of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Stream name, `room-messages`.
    pub stream: &'static str,
    /// Event name, `GENERAL` or `<uid>/notification`.
    pub event: Arc<str>,
}

impl Topic {
    /// The topic `event` of `stream`.
    pub fn new(stream: &'static str, event: &str) -> Self {
        Self { stream, event: Arc::from(event) }
    }
}

/// A topic with somebody listening. Connections point to it too, so that leaving needs no search.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) topic: Topic,
    subscribers: Mutex<Vec<Subscriber>>,
}

/// One connection of a topic.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) connection: Arc<Connection>,
    /// How many subscriptions it holds; it gets every event as often.
    pub(super) count: u32,
}

impl Entry {
    /// Locks the subscribers. While an event is handed out under this lock, no other event of the topic is,
    /// so that all receivers see them in one order.
    pub(super) fn subscribers(&self) -> MutexGuard<'_, Vec<Subscriber>> {
        self.subscribers.lock()
    }
}

/// Sorted by address: topics that everybody listens to are long, and connections come and go in masses.
fn position(subscribers: &[Subscriber], connection: &Arc<Connection>) -> Result<usize, usize> {
    subscribers.binary_search_by_key(&Arc::as_ptr(connection), |sub| Arc::as_ptr(&sub.connection))
}

/// All topics that somebody listens to.
///
/// Locks are taken in this order: a connection's subscriptions, a part of this table, a topic's subscribers, a
/// connection's identity, the tables of users and rooms, an outbox.
#[derive(Debug, Default)]
pub(super) struct Topics {
    parts: Shards<HashSet<Slot>>,
}

impl Topics {
    /// The topic, if somebody listens.
    pub(super) fn find(&self, stream: &str, event: &str) -> Option<Arc<Entry>> {
        let key = (stream, event);
        let part = self.parts.of(&key).read();
        part.get(&key as &dyn Key).map(|slot| Arc::clone(&slot.0))
    }

    /// Adds one subscription of `connection`.
    pub(super) fn add(&self, topic: Topic, connection: &Arc<Connection>) -> Arc<Entry> {
        let key = (topic.stream, &*topic.event);
        let part = self.parts.of(&key);
        // The part stays locked while the subscriber is added: an empty topic may be removed any moment.
        let reading = part.read();
        if let Some(Slot(entry)) = reading.get(&key as &dyn Key) {
            add_to(entry, connection);
            return Arc::clone(entry);
        }
        drop(reading);
        let mut writing = part.write();
        if let Some(Slot(entry)) = writing.get(&key as &dyn Key) {
            add_to(entry, connection);
            return Arc::clone(entry);
        }
        let entry = Arc::new(Entry { topic, subscribers: Mutex::default() });
        add_to(&entry, connection);
        writing.insert(Slot(Arc::clone(&entry)));
        entry
    }

    /// Removes one subscription of `connection`.
    pub(super) fn remove(&self, entry: &Arc<Entry>, connection: &Arc<Connection>) {
        let mut subscribers = entry.subscribers();
        let Ok(i) = position(&subscribers, connection) else { return };
        if subscribers[i].count > 1 {
            subscribers[i].count -= 1;
            return;
        }
        subscribers.remove(i);
        if subscribers.len() * 4 < subscribers.capacity() {
            let target = subscribers.len() * 2;
            subscribers.shrink_to(target);
        }
        let empty = subscribers.is_empty();
        drop(subscribers);
        if empty {
            self.remove_if_empty(entry);
        }
    }

    fn remove_if_empty(&self, entry: &Arc<Entry>) {
        let key = (entry.topic.stream, &*entry.topic.event);
        let mut part = self.parts.of(&key).write();
        if !entry.subscribers().is_empty() {
            return;
        }
        // Another thread may have removed this entry and a third made a new one of the same name.
        if part.get(&key as &dyn Key).is_some_and(|slot| Arc::ptr_eq(&slot.0, entry)) {
            part.remove(&key as &dyn Key);
        }
        if part.len() * 8 < part.capacity() {
            part.shrink_to_fit();
        }
    }

    /// Number of topics that somebody listens to.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.read().len()).sum()
    }
}

fn add_to(entry: &Entry, connection: &Arc<Connection>) {
    let mut subscribers = entry.subscribers();
    match position(&subscribers, connection) {
        Ok(i) => subscribers[i].count += 1,
        Err(i) => {
            if subscribers.is_empty() {
                // Most topics belong to one user: no room for more than one by default.
                subscribers.reserve_exact(1);
            }
            subscribers.insert(i, Subscriber { connection: Arc::clone(connection), count: 1 });
        }
    }
}

/// An entry in the table, found by stream and event without making a [`Topic`] first.
#[derive(Debug)]
struct Slot(Arc<Entry>);

trait Key {
    fn key(&self) -> (&str, &str);
}

impl Key for Slot {
    fn key(&self) -> (&str, &str) {
        (self.0.topic.stream, &self.0.topic.event)
    }
}

impl Key for (&str, &str) {
    fn key(&self) -> (&str, &str) {
        *self
    }
}

impl<'a> Borrow<dyn Key + 'a> for Slot {
    fn borrow(&self) -> &(dyn Key + 'a) {
        self
    }
}

impl Hash for dyn Key + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for dyn Key + '_ {}

impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Slot {}
