//! The stored objects, as they are in the database and on the wire.
//!
//! Names and types follow the `core-typings` package of Rocket.Chat. An absent field is `None` and is not
//! written; a field that this version does not know is kept in `rest`. Types hold what clients rely on: where
//! upstream's own type is a wide union, the field is a plain JSON [`Value`](serde_json::Value).
//!
//! `rest` must not be given a name that the struct has a field for: it would be written twice.

mod attachment;
mod message;
mod omnichannel_room;
mod parts;
mod role;
mod room;
mod setting;
mod subscription;
mod user;

pub use attachment::{Attachment, AttachmentAction, AttachmentField, Dimensions};
pub use message::{
    ChannelMention, E2eMentions, FileUpload, Location, Mention, Message, MessageUrl, ParsedUrl, Reaction,
    UrlHeaders,
};
pub use omnichannel_room::{OmnichannelRoom, ResponseBy, RoomVisitor, Source};
pub use parts::{FileRef, IdRef, UserRef, WaitingForKey};
pub use role::{Permission, Role, RoleScope};
pub use room::{Retention, Room, RoomType, ServedBy, SystemMessages, UnknownRoomType};
pub use setting::{Setting, SettingOption, WizardStep};
pub use subscription::Subscription;
pub use user::{UnknownUserStatus, User, UserEmail, UserStatus};
