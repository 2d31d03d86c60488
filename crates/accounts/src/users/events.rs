//! What happens to users, as other domains learn it.
//!
//! [`UserCreated`] and [`UserDeleting`] are rule points: other domains act inside the same transaction
//! (`kernel.within`). The others are published after the commit.

use std::sync::atomic::{AtomicBool, Ordering};

use gantry_protocol::objects::User;
use parking_lot::Mutex;
use serde_json::{Map, Value};

/// A user is being made; runs inside the creating transaction, and again as an event after the commit.
#[derive(Clone, Debug)]
pub struct UserCreated {
    /// The user as stored.
    pub user: User,
    /// Whether the user joins the channels marked as default.
    pub join_default_channels: bool,
}

/// A user is about to be removed; runs inside the deleting transaction, before the row goes.
#[derive(Clone, Debug)]
pub struct UserDeleting {
    /// The user as stored.
    pub user: User,
    /// What becomes of the user's messages: `Delete`, `Unlink` or `Keep`.
    pub messages: ErasureType,
    /// Remove the user also where they are the last owner of a room. Without it, a rule that finds such a
    /// room refuses with `user-last-owner`.
    pub confirm_relinquish: bool,
    /// Who deletes.
    pub by: String,
}

/// A user is about to be deactivated; runs inside that transaction.
#[derive(Clone, Debug)]
pub struct UserDeactivating {
    /// The user as stored before.
    pub user: User,
    /// As in [`UserDeleting`].
    pub confirm_relinquish: bool,
}

/// Somebody asks whether a username is free; runs inside a transaction. A domain that gives names in the
/// same space (teams) answers `error-field-unavailable` for one that it uses.
#[derive(Clone, Debug)]
pub struct UsernameSought {
    /// The name.
    pub username: String,
}

/// Somebody registers with a secret that is not the workspace's; a domain that gives invitations knows it.
#[derive(Debug)]
pub struct SecretSought {
    /// The secret.
    pub secret: String,
    known: AtomicBool,
}

impl SecretSought {
    pub(super) fn new(secret: &str) -> Self {
        Self { secret: secret.to_owned(), known: AtomicBool::new(false) }
    }

    /// Says that the secret is a valid invitation.
    pub fn accept(&self) {
        self.known.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }
}

/// Somebody may see the rooms of a user; the domain that has rooms fills them in, inside a reading
/// transaction.
#[derive(Debug)]
pub struct RoomsSought {
    /// Whose.
    pub uid: String,
    rooms: Mutex<Vec<Value>>,
}

impl RoomsSought {
    pub(super) fn new(uid: &str) -> Self {
        Self { uid: uid.to_owned(), rooms: Mutex::default() }
    }

    /// Adds rooms: `{rid, name, t, roles?, unread}` of each subscription.
    pub fn add(&self, rooms: impl IntoIterator<Item = Value>) {
        self.rooms.lock().extend(rooms);
    }

    pub(super) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.rooms.lock())
    }
}

/// Somebody who may not see everybody looks for users; the domain that has rooms names those who share one.
#[derive(Debug)]
pub struct AcquaintancesSought {
    /// Who looks.
    pub uid: String,
    uids: Mutex<Vec<String>>,
}

impl AcquaintancesSought {
    pub(super) fn new(uid: &str) -> Self {
        Self { uid: uid.to_owned(), uids: Mutex::default() }
    }

    /// Adds users.
    pub fn add(&self, uids: impl IntoIterator<Item = String>) {
        self.uids.lock().extend(uids);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.uids.lock())
    }
}

/// The end-to-end encryption keys of a user are taken away; runs inside that transaction. The domain that has
/// rooms drops the keys that it keeps for the user.
#[derive(Clone, Debug)]
pub struct EncryptionKeysReset {
    /// Whose.
    pub uid: String,
}

/// What `Message_ErasureType` says of the messages of a removed user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureType {
    /// They go too.
    Delete,
    /// They stay, by `rocket.cat` under a name of the setting.
    Unlink,
    /// They stay as they are.
    Keep,
}

/// Fields of a user changed.
#[derive(Clone, Debug)]
pub struct UserChanged {
    /// User id.
    pub uid: String,
    /// Changed top-level fields as upstream names them (`emails`, `settings.preferences.x`), new values.
    /// Never holds credentials.
    pub diff: Map<String, Value>,
    /// Fields that were removed.
    pub unset: Vec<String>,
}

/// Preferences of a user were chosen.
#[derive(Clone, Debug)]
pub struct PreferencesChanged {
    /// The user after the change.
    pub user: User,
    /// All preferences before.
    pub before: Map<String, Value>,
    /// Those that were chosen now.
    pub chosen: Map<String, Value>,
}

/// A user was removed.
#[derive(Clone, Debug)]
pub struct UserDeleted {
    /// The user as it was.
    pub user: User,
    /// What became of the user's messages.
    pub messages: ErasureType,
}

/// A user may log in again. Inside the transaction and after the commit.
#[derive(Clone, Debug)]
pub struct UserActivated {
    /// The user as stored.
    pub user: User,
}

/// A user may no longer log in.
#[derive(Clone, Debug)]
pub struct UserDeactivated {
    /// User id.
    pub uid: String,
}

/// A username changed. Other domains rename what they keep of it inside the transaction (`kernel.within`),
/// and it is published after the commit.
#[derive(Clone, Debug)]
pub struct UsernameChanged {
    /// The user after the change.
    pub user: User,
    /// Name before; `None` if this is the first.
    pub old: Option<String>,
    /// Name after.
    pub new: String,
}

/// A real name changed. Inside the transaction and after the commit, as [`UsernameChanged`].
#[derive(Clone, Debug)]
pub struct NameChanged {
    /// The user after the change.
    pub user: User,
    /// Name before.
    pub old: Option<String>,
    /// Name after.
    pub new: Option<String>,
}
