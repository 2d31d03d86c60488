//! `rooms.*`: operations on rooms of every kind.

mod actions;
mod admin;
mod discussions;
mod export;
mod info;
mod people;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use crate::access::can_access;
use crate::rooms::guards::{RoomName, shown_name};

pub(super) fn register(registry: &mut Registry) {
    actions::register(registry);
    admin::register(registry);
    discussions::register(registry);
    info::register(registry);
    people::register(registry);
    registry.endpoint::<export::Export>();
}

/// Names a room of any kind, by id or by name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnyRoom {
    /// Room id.
    room_id: Option<String>,
    /// Room name; not looked at when the id is given.
    room_name: Option<String>,
}

impl AnyRoom {
    /// The room, which is not archived, whoever asks.
    ///
    /// # Errors
    /// `error-roomid-param-not-provided`, `error-room-not-found`, `error-room-archived`.
    async fn find(&self, tx: &Tx) -> Result<Room> {
        let name = RoomName::of(self.room_id.as_deref(), self.room_name.as_deref()).ok_or_else(|| {
            Error::new(
                "error-roomid-param-not-provided",
                "The parameter \"roomId\" or \"roomName\" is required",
            )
        })?;
        let room = name.find(tx).await?.ok_or_else(|| {
            Error::new(
                "error-room-not-found",
                "The required \"roomId\" or \"roomName\" param provided does not match any channel",
            )
        })?;
        if room.archived.unwrap_or(false) {
            let name = shown_name(&room);
            return Err(Error::new("error-room-archived", format!("The channel, {name}, is archived")));
        }
        Ok(room)
    }

    /// As [`AnyRoom::find`], for rooms that the caller may see.
    ///
    /// # Errors
    /// As [`AnyRoom::find`], and `refused` for a room that the caller may not see.
    async fn find_readable(&self, ctx: &Ctx, tx: &Tx, refused: fn() -> Error) -> Result<Room> {
        let room = self.find(tx).await?;
        if can_access(ctx, tx, &room).await? { Ok(room) } else { Err(refused()) }
    }
}

/// What several operations answer for a room that the caller may not see.
fn not_allowed() -> Error {
    Error::message("not-allowed")
}

/// A text parameter that must not be empty.
///
/// # Errors
/// `The '<name>' param is required`.
fn required(text: Option<String>, name: &str) -> Result<String> {
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| Error::message(format!("The '{name}' param is required")))
}
