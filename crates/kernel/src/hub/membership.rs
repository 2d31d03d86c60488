//! Which rooms the connected users are in, and who already sees a room as unread.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::shards::Shards;

/// Rooms of the users who are connected to this node. Users who are not connected cost nothing. Trees, because
/// most of the sets are small and there are many.
///
/// The hub counts connections in and out by itself; the rooms come from the database through
/// [`Membership::load`], and every later change through [`Membership::join`] and [`Membership::leave`].
///
/// Of each member it also knows whether the room is marked for them (`alert`): a message to a room that is
/// marked already changes nothing that this member can see.
#[derive(Debug, Default)]
pub struct Membership {
    /// Locked before `rooms`, so that both tables tell the same.
    users: Shards<HashMap<Arc<str>, User>>,
    rooms: Shards<HashMap<Arc<str>, Room>>,
}

#[derive(Debug)]
struct User {
    connections: usize,
    rooms: BTreeSet<Arc<str>>,
    /// Until the rooms are loaded: those left meanwhile, which the database may still have answered with.
    left_while_loading: Option<BTreeSet<Arc<str>>>,
}

/// The connected members of a room. Nearly everybody in a busy room is alerted, so that those who are not
/// are kept apart: a message looks at them only.
#[derive(Debug, Default)]
struct Room {
    quiet: BTreeSet<Arc<str>>,
    alerted: BTreeSet<Arc<str>>,
}

impl Membership {
    /// Counts a connection of `uid` in. `true` if it is the first, and [`Membership::load`] must follow.
    pub fn connect(&self, uid: &Arc<str>) -> bool {
        match self.users.of(&**uid).write().entry(Arc::clone(uid)) {
            MapEntry::Occupied(mut user) => {
                user.get_mut().connections += 1;
                false
            }
            MapEntry::Vacant(place) => {
                place.insert(User {
                    connections: 1,
                    rooms: BTreeSet::new(),
                    left_while_loading: Some(BTreeSet::new()),
                });
                true
            }
        }
    }

    /// Takes over the rooms of a connected user from the database, each with whether it is alerted. What
    /// [`Membership::join`] and [`Membership::leave`] told since [`Membership::connect`] holds against it.
    ///
    /// On a user who is loaded already, it replaces the rooms. For a user who has gone, nothing happens.
    pub fn load(&self, uid: &str, rooms: impl IntoIterator<Item = (impl AsRef<str>, bool)>) {
        let mut part = self.users.of(uid).write();
        let Some((uid, _)) = part.get_key_value(uid) else { return };
        let uid = Arc::clone(uid);
        let user = part.get_mut(&uid).expect("found a moment ago");
        let left = user.left_while_loading.take();
        if left.is_none() {
            for rid in std::mem::take(&mut user.rooms) {
                self.remove_member(&rid, &uid);
            }
        }
        for (rid, alerted) in rooms {
            let rid = rid.as_ref();
            if user.rooms.contains(rid) || left.as_ref().is_some_and(|left| left.contains(rid)) {
                continue;
            }
            user.rooms.insert(self.add_member(rid, &uid, alerted));
        }
    }

    /// Counts a connection of `uid` out and forgets the user with the last one. `true` if it was the last.
    pub fn disconnect(&self, uid: &str) -> bool {
        let mut part = self.users.of(uid).write();
        let Some(user) = part.get_mut(uid) else { return false };
        user.connections -= 1;
        if user.connections > 0 {
            return false;
        }
        let user = part.remove(uid).expect("found a moment ago");
        for rid in user.rooms {
            self.remove_member(&rid, uid);
        }
        true
    }

    /// A user has become a member of a room.
    pub fn join(&self, uid: &str, rid: &str) {
        let mut part = self.users.of(uid).write();
        let Some((uid, _)) = part.get_key_value(uid) else { return };
        let uid = Arc::clone(uid);
        let user = part.get_mut(&uid).expect("found a moment ago");
        if let Some(left) = &mut user.left_while_loading {
            left.remove(rid);
        }
        if !user.rooms.contains(rid) {
            user.rooms.insert(self.add_member(rid, &uid, false));
        }
    }

    /// A user is no longer a member of a room.
    pub fn leave(&self, uid: &str, rid: &str) {
        let mut part = self.users.of(uid).write();
        let Some(user) = part.get_mut(uid) else { return };
        if let Some(left) = &mut user.left_while_loading {
            left.insert(Arc::from(rid));
        }
        if user.rooms.remove(rid) {
            self.remove_member(rid, uid);
        }
    }

    /// A room is gone. Returns those who were connected members.
    pub fn remove_room(&self, rid: &str) -> Vec<Arc<str>> {
        let members = self.members(rid);
        for uid in &members {
            self.leave(uid, rid);
        }
        members
    }

    /// The connected members of a room.
    pub fn members(&self, rid: &str) -> Vec<Arc<str>> {
        let part = self.rooms.of(rid).read();
        part.get(rid)
            .map(|room| room.quiet.iter().chain(&room.alerted).cloned().collect())
            .unwrap_or_default()
    }

    /// The rooms of a connected user.
    pub fn rooms(&self, uid: &str) -> Vec<Arc<str>> {
        let part = self.users.of(uid).read();
        part.get(uid).map(|user| user.rooms.iter().cloned().collect()).unwrap_or_default()
    }

    /// Whether a connected user is a member of a room.
    pub fn is_member(&self, uid: &str, rid: &str) -> bool {
        let part = self.rooms.of(rid).read();
        part.get(rid).is_some_and(|room| room.quiet.contains(uid) || room.alerted.contains(uid))
    }

    /// Marks a room as alerted or read for one connected member. `true` if that is a change.
    pub fn mark_alert(&self, rid: &str, uid: &str, alerted: bool) -> bool {
        let mut part = self.rooms.of(rid).write();
        let Some(room) = part.get_mut(rid) else { return false };
        let (from, to) =
            if alerted { (&mut room.quiet, &mut room.alerted) } else { (&mut room.alerted, &mut room.quiet) };
        let Some(uid) = from.take(uid) else { return false };
        to.insert(uid)
    }

    /// Alerts all connected members of a room but `except`, and returns those for whom that is a change.
    pub fn take_unalerted(&self, rid: &str, except: &str) -> Vec<Arc<str>> {
        let mut part = self.rooms.of(rid).write();
        let Some(room) = part.get_mut(rid) else { return Vec::new() };
        let kept = room.quiet.take(except);
        let taken: Vec<Arc<str>> = std::mem::take(&mut room.quiet).into_iter().collect();
        room.alerted.extend(taken.iter().cloned());
        room.quiet.extend(kept);
        taken
    }

    /// Adds a member and returns the room's shared id.
    fn add_member(&self, rid: &str, uid: &Arc<str>, alerted: bool) -> Arc<str> {
        let mut part = self.rooms.of(rid).write();
        let key = match part.get_key_value(rid) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(rid),
        };
        let room = part.entry(Arc::clone(&key)).or_default();
        let set = if alerted { &mut room.alerted } else { &mut room.quiet };
        set.insert(Arc::clone(uid));
        key
    }

    fn remove_member(&self, rid: &str, uid: &str) {
        let mut part = self.rooms.of(rid).write();
        if let Some(room) = part.get_mut(rid) {
            room.quiet.remove(uid);
            room.alerted.remove(uid);
            if room.quiet.is_empty() && room.alerted.is_empty() {
                part.remove(rid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut ids: Vec<Arc<str>>) -> Vec<String> {
        ids.sort();
        ids.iter().map(ToString::to_string).collect()
    }

    fn connected(users: &[(&str, &[(&str, bool)])]) -> Membership {
        let membership = Membership::default();
        for (uid, rooms) in users {
            assert!(membership.connect(&Arc::from(*uid)));
            membership.load(uid, rooms.iter().copied());
        }
        membership
    }

    #[test]
    fn only_connected_users_are_known() {
        let membership = connected(&[("alice", &[("general", false), ("dev", false)])]);
        membership.join("bob", "general");
        membership.load("bob", [("general", false)]);
        assert_eq!(sorted(membership.members("general")), ["alice"]);
        assert_eq!(sorted(membership.rooms("alice")), ["dev", "general"]);
        assert!(membership.is_member("alice", "dev"));
        assert!(!membership.is_member("bob", "general"));
    }

    #[test]
    fn the_last_connection_takes_the_user_away() {
        let membership = connected(&[("alice", &[("general", false)])]);
        assert!(!membership.connect(&Arc::from("alice")));
        assert!(!membership.disconnect("alice"));
        assert!(membership.is_member("alice", "general"));
        assert!(membership.disconnect("alice"));
        assert!(!membership.disconnect("alice"));
        assert!(membership.members("general").is_empty());
        assert!(membership.rooms("alice").is_empty());
        assert!(membership.rooms.iter().all(|part| part.read().is_empty()), "empty rooms are dropped");
    }

    #[test]
    fn joining_and_leaving_change_both_sides() {
        let membership = connected(&[("alice", &[]), ("bob", &[("general", true)])]);
        membership.join("alice", "general");
        assert_eq!(sorted(membership.members("general")), ["alice", "bob"]);
        membership.leave("bob", "general");
        membership.leave("bob", "general");
        assert_eq!(sorted(membership.members("general")), ["alice"]);
        assert!(membership.rooms("bob").is_empty());
        assert_eq!(sorted(membership.remove_room("general")), ["alice"]);
        assert!(membership.rooms("alice").is_empty());
    }

    #[test]
    fn changes_during_loading_hold_against_what_was_loaded() {
        let membership = Membership::default();
        membership.connect(&Arc::from("alice"));
        membership.leave("alice", "left");
        membership.join("alice", "joined");
        membership.leave("alice", "back");
        membership.join("alice", "back");
        membership.load("alice", [("left", false), ("old", false)]);
        assert_eq!(sorted(membership.rooms("alice")), ["back", "joined", "old"]);

        membership.load("alice", [("left", false)]);
        assert_eq!(sorted(membership.rooms("alice")), ["left"], "loading again replaces");
        assert!(!membership.is_member("alice", "old"));
    }

    #[test]
    fn a_message_alerts_each_quiet_member_once() {
        let membership = connected(&[
            ("alice", &[("general", false)]),
            ("bob", &[("general", false)]),
            ("carol", &[("general", true)]),
        ]);
        assert_eq!(sorted(membership.take_unalerted("general", "alice")), ["bob"]);
        assert!(membership.take_unalerted("general", "alice").is_empty());
        assert_eq!(sorted(membership.take_unalerted("general", "bob")), ["alice"]);
        assert!(membership.take_unalerted("nowhere", "bob").is_empty());
        assert_eq!(membership.members("general").len(), 3);
    }

    #[test]
    fn marking_tells_whether_something_changed() {
        let membership = connected(&[("alice", &[("general", false)])]);
        assert!(membership.mark_alert("general", "alice", true));
        assert!(!membership.mark_alert("general", "alice", true));
        assert!(membership.take_unalerted("general", "bob").is_empty());
        assert!(membership.mark_alert("general", "alice", false));
        assert_eq!(sorted(membership.take_unalerted("general", "bob")), ["alice"]);
        assert!(!membership.mark_alert("general", "stranger", true));
        assert!(!membership.mark_alert("nowhere", "alice", true));
    }
}
