//! What happens to holders of roles, as other domains learn it.
//!
//! Roles in rooms are kept with the members of the rooms, by another domain: it answers [`RoomRoleChanging`] and
//! [`RoomRoleHoldersSought`] inside the transaction (`kernel.within`).

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// A workspace-wide role was given or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRoleChanged {
    /// The user.
    pub uid: String,
    /// The user's name.
    pub username: Option<String>,
    /// Id of the role.
    pub role: String,
    /// Given, not taken.
    pub given: bool,
}

/// A role shall be given to, or taken from, a member of a room. The rule stores and announces it, or refuses
/// with `error-invalid-user` somebody who is not a member.
#[derive(Debug)]
pub struct RoomRoleChanging {
    /// The room.
    pub rid: String,
    /// The user.
    pub uid: String,
    /// Id of the role.
    pub role: String,
    /// To be given, not taken.
    pub given: bool,
    done: AtomicBool,
}

impl RoomRoleChanging {
    pub(super) fn new(rid: &str, uid: &str, role: &str, given: bool) -> Self {
        let (rid, uid, role) = (rid.to_owned(), uid.to_owned(), role.to_owned());
        Self { rid, uid, role, given, done: AtomicBool::new(false) }
    }

    /// Says that the room exists and the change is stored.
    pub fn done(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }
}

/// Somebody asks who holds a role in a room, or in any room.
#[derive(Debug)]
pub struct RoomRoleHoldersSought {
    /// Id of the role.
    pub role: String,
    /// The room; `None` for all rooms.
    pub rid: Option<String>,
    uids: Mutex<Vec<String>>,
}

impl RoomRoleHoldersSought {
    pub(super) fn new(role: &str, rid: Option<&str>) -> Self {
        Self { role: role.to_owned(), rid: rid.map(str::to_owned), uids: Mutex::default() }
    }

    /// Adds holders. Somebody may be added twice.
    pub fn add(&self, uids: impl IntoIterator<Item = String>) {
        self.uids.lock().extend(uids);
    }

    pub(super) fn take(&self) -> Vec<String> {
        let mut uids = std::mem::take(&mut *self.uids.lock());
        uids.sort_unstable();
        uids.dedup();
        uids
    }
}
