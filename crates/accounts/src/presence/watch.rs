//! Which connections watch which users.

use std::collections::{HashMap, HashSet};

use parking_lot::RwLock;

/// Users that one connection can watch: what fits on screens, many times over.
const WATCHED: usize = 10_000;

/// Both directions of who watches whom.
#[derive(Default)]
pub(super) struct Watch(RwLock<State>);

#[derive(Default)]
struct State {
    watching: HashMap<String, Watching>,
    watchers: HashMap<String, HashSet<String>>,
}

/// What one connection watches.
struct Watching {
    /// The subscription that opened the watch and ends it.
    sub_id: String,
    uids: HashSet<String>,
}

impl Watch {
    /// Adds and removes users; answers whether `sub_id` opened the watch.
    pub(super) fn change(
        &self,
        connection: &str,
        sub_id: &str,
        added: Vec<String>,
        removed: &[String],
    ) -> bool {
        let mut state = self.0.write();
        let State { watching, watchers } = &mut *state;
        let opened = !watching.contains_key(connection);
        let own = watching
            .entry(connection.to_owned())
            .or_insert_with(|| Watching { sub_id: sub_id.to_owned(), uids: HashSet::new() });
        for uid in added {
            if own.uids.len() < WATCHED && own.uids.insert(uid.clone()) {
                watchers.entry(uid).or_default().insert(connection.to_owned());
            }
        }
        for uid in removed {
            if own.uids.remove(uid) {
                forget(watchers, uid, connection);
            }
        }
        opened
    }

    /// The connections that watch a user.
    pub(super) fn of(&self, uid: &str) -> Vec<String> {
        self.0.read().watchers.get(uid).map(|all| all.iter().cloned().collect()).unwrap_or_default()
    }

    /// A connection watches nobody any more.
    pub(super) fn end(&self, connection: &str) {
        let mut state = self.0.write();
        let State { watching, watchers } = &mut *state;
        if let Some(own) = watching.remove(connection) {
            for uid in own.uids {
                forget(watchers, &uid, connection);
            }
        }
    }

    /// As [`Watch::end`], if that subscription opened the watch.
    pub(super) fn end_if(&self, connection: &str, sub_id: &str) {
        let opened = self.0.read().watching.get(connection).is_some_and(|own| own.sub_id == sub_id);
        if opened {
            self.end(connection);
        }
    }
}

fn forget(watchers: &mut HashMap<String, HashSet<String>>, uid: &str, connection: &str) {
    if let Some(all) = watchers.get_mut(uid) {
        all.remove(connection);
        if all.is_empty() {
            watchers.remove(uid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_subscription_opens_and_ends_the_watch() {
        let watch = Watch::default();
        assert!(watch.change("c", "s1", vec!["ann".into(), "bob".into()], &[]));
        assert!(!watch.change("c", "s2", vec!["cat".into()], &["ann".into()]));
        assert!(watch.of("ann").is_empty());
        assert_eq!(watch.of("cat"), ["c"]);
        watch.end_if("c", "s2");
        assert_eq!(watch.of("bob"), ["c"]);
        watch.end_if("c", "s1");
        assert!(watch.of("bob").is_empty() && watch.of("cat").is_empty());
        assert!(watch.0.read().watchers.is_empty());
    }
}
