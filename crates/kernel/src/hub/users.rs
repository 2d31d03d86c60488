//! The connections of each user.

use std::collections::HashMap;
use std::sync::Arc;

use super::Connection;
use super::shards::Shards;

/// Logged-in connections by user.
#[derive(Debug, Default)]
pub(super) struct Users {
    parts: Shards<HashMap<Arc<str>, Vec<Arc<Connection>>>>,
}

impl Users {
    /// Adds a connection. `true` if it is the user's first.
    pub(super) fn add(&self, uid: &Arc<str>, connection: &Arc<Connection>) -> bool {
        let mut part = self.parts.of(&**uid).write();
        let connections = part.entry(Arc::clone(uid)).or_default();
        if connections.is_empty() {
            connections.reserve_exact(1);
        }
        connections.push(Arc::clone(connection));
        connections.len() == 1
    }

    /// Removes a connection. `true` if it was the user's last.
    pub(super) fn remove(&self, uid: &str, connection: &Arc<Connection>) -> bool {
        let mut part = self.parts.of(uid).write();
        let Some(connections) = part.get_mut(uid) else { return false };
        connections.retain(|other| !Arc::ptr_eq(other, connection));
        let last = connections.is_empty();
        if last {
            part.remove(uid);
        }
        last
    }

    pub(super) fn connections_of(&self, uid: &str) -> Vec<Arc<Connection>> {
        self.parts.of(uid).read().get(uid).cloned().unwrap_or_default()
    }

    pub(super) fn contains(&self, uid: &str) -> bool {
        self.parts.of(uid).read().contains_key(uid)
    }

    pub(super) fn all(&self) -> Vec<Arc<str>> {
        self.parts.iter().flat_map(|part| part.read().keys().cloned().collect::<Vec<_>>()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.read().len()).sum()
    }
}
