//! What happens to users, as other domains learn it.
//!
//! [`UserCreated`] and [`UserDeleting`] are rule points: other domains act inside the same transaction
//! (`kernel.within`). The others are published after the commit.

use gantry_protocol::objects::User;
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

/// A user was removed.
#[derive(Clone, Debug)]
pub struct UserDeleted {
    /// The user as it was.
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
