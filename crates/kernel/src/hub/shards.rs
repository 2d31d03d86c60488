//! A table in independently locked parts.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};

use parking_lot::RwLock;

/// More parts than a machine has cores: two threads seldom want the same one. A power of two.
const PARTS: usize = 32;

/// `T` is the map of one part.
#[derive(Debug)]
pub(super) struct Shards<T> {
    /// Keyed, because the names come from clients.
    hash: RandomState,
    parts: Box<[RwLock<T>]>,
}

impl<T: Default> Default for Shards<T> {
    fn default() -> Self {
        Self { hash: RandomState::new(), parts: (0..PARTS).map(|_| RwLock::default()).collect() }
    }
}

impl<T> Shards<T> {
    /// The part that `key` belongs to.
    pub(super) fn of<K: Hash + ?Sized>(&self, key: &K) -> &RwLock<T> {
        &self.parts[self.hash.hash_one(key) as usize % PARTS]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RwLock<T>> {
        self.parts.iter()
    }
}
