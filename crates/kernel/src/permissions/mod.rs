//! Roles, and what holders of a role may do.
//!
//! A permission is a name and the roles that hold it; an unknown permission is denied. The tables hold every
//! permission and role, so that administrators see and change what is there; this module keeps them in
//! memory, because every request asks. Every visible setting has a permission of its own besides,
//! `change-setting-<id>`, which is derived until somebody grants it.
//!
//! A write is two steps: in the transaction, and [`Permissions::apply`] after its commit.

mod builtin;
mod change;
mod document;
mod error;
mod live;
mod role;
mod stored;
#[cfg(test)]
mod tests;

pub use change::{Change, PermissionChanged, RoleAction, RoleChanged};
pub use error::PermissionError;
pub use live::Permissions;
pub use role::{Role, RoleUpdate, Scope};

/// Before the id of a setting, the permission to change that setting alone.
pub const SETTING_PREFIX: &str = "change-setting-";

/// The role that may hold a few permissions only, so that guests stay guests whatever is granted by mistake.
pub const GUEST: &str = "guest";

/// What guests may hold. Upstream: `apps/meteor/ee/app/authorization/lib/guestPermissions.ts`.
pub const GUEST_PERMISSIONS: &[&str] =
    &["view-d-room", "view-joined-room", "view-p-room", "start-discussion"];
