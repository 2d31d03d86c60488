//! Channels and private groups: what an operation needs to know to be written once for both.

use std::fmt::Debug;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use serde::de::DeserializeOwned;

/// A kind of room whose operations come in pairs (`channels.archive` and `groups.archive`).
pub trait Kind: Clone + Debug + Default + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The type of its rooms.
    const T: RoomType;
    /// Which of a pair of paths is its own: see [`path`].
    const NTH: usize;
    /// Topic in the API documents.
    const TAG: &'static str;
    /// Key of a room in replies.
    const ONE: &'static str;
    /// Key of a list of rooms in replies.
    const MANY: &'static str;
    /// What sentences for people call such a room.
    const NOUN: &'static str;
    /// What the refusal of an unknown room calls it.
    const FOUND: &'static str;

    /// Whether it is the room type of this kind.
    fn is(room: &Room) -> bool {
        room.t == Self::T
    }

    /// No room of this kind is named by the parameters, or the caller may not know that it exists.
    fn not_found() -> Error {
        Error::new(
            "error-room-not-found",
            format!(
                "The required \"roomId\" or \"roomName\" param provided does not match any {}",
                Self::FOUND
            ),
        )
    }
}

/// Public channels (`channels.*`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Channels;

impl Kind for Channels {
    const T: RoomType = RoomType::Channel;
    const NTH: usize = 0;
    const TAG: &'static str = "channels";
    const ONE: &'static str = "channel";
    const MANY: &'static str = "channels";
    const NOUN: &'static str = "channel";
    const FOUND: &'static str = "channel";
}

/// Private groups (`groups.*`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Groups;

impl Kind for Groups {
    const T: RoomType = RoomType::Private;
    const NTH: usize = 1;
    const TAG: &'static str = "groups";
    const ONE: &'static str = "group";
    const MANY: &'static str = "groups";
    const NOUN: &'static str = "private group";
    const FOUND: &'static str = "group";
}

/// The path of `K` in a pair of paths: the channels' one, the groups' one.
pub const fn path<K: Kind>(channels: &'static str, groups: &'static str) -> &'static str {
    [channels, groups][K::NTH]
}

/// Registers operations for channels and for groups.
macro_rules! register_both {
    ($registry:expr, $($operation:ident),+ $(,)?) => {
        $registry$(
            .endpoint::<$operation<$crate::rooms::kind::Channels>>()
            .endpoint::<$operation<$crate::rooms::kind::Groups>>()
        )+
    };
}
pub(crate) use register_both;
