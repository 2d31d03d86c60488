//! The refusals that many operations on rooms share, with upstream's codes and sentences.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

/// The caller may not do this.
pub fn not_allowed(method: &str) -> Error {
    Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": method }))
}

/// There is no such room.
pub fn invalid_room(method: &str) -> Error {
    Error::new("error-invalid-room", "Invalid room").with_details(json!({ "method": method }))
}

/// There is no such user.
pub fn invalid_user(method: &str) -> Error {
    Error::new("error-invalid-user", "Invalid user").with_details(json!({ "method": method }))
}

/// The user is not in the room.
pub fn not_in_room(method: &str) -> Error {
    Error::new("error-user-not-in-room", "User is not in this room").with_details(json!({ "method": method }))
}

/// A change of a room's settings is not allowed; `action` is upstream's name for it.
pub fn action_not_allowed(reason: impl Into<std::borrow::Cow<'static, str>>, action: &str) -> Error {
    Error::new("error-action-not-allowed", reason)
        .with_details(json!({ "method": "saveRoomSettings", "action": action }))
}

/// The room of that id, locked for a change.
///
/// # Errors
/// `error-invalid-room`.
pub async fn lock(tx: &Tx, rid: &str, method: &str) -> Result<Room> {
    super::rows::lock(tx, rid).await?.ok_or_else(|| invalid_room(method))
}
