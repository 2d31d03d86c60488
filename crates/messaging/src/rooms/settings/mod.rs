//! What can be changed about a room. Upstream: `apps/meteor/app/channel-settings/server/methods/saveRoomSettings.ts`.

mod apply;
mod check;

use gantry_kernel::media::Media;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, SystemMessages};
use serde_json::Map;

use super::refusals::{action_not_allowed, invalid_room};
use super::{avatars, rows};
use crate::subscriptions::rows as subs;

/// Changes of a room; what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Listed first in the directory.
    pub featured: Option<bool>,
    /// Name.
    pub room_name: Option<String>,
    /// Topic.
    pub room_topic: Option<String>,
    /// Announcement: a text, or an object with `message` and more for the banner.
    pub room_announcement: Option<Value>,
    /// Custom fields; replaces the former ones.
    pub room_custom_fields: Option<Map<String, Value>>,
    /// Description.
    pub room_description: Option<String>,
    /// `c` for public, `p` for private.
    pub room_type: Option<String>,
    /// Only owners and moderators may write.
    pub read_only: Option<bool>,
    /// Reactions are allowed although it is read only.
    pub react_when_read_only: Option<bool>,
    /// Types of system messages that are hidden in the room.
    pub system_messages: Option<SystemMessages>,
    /// New users join by themselves.
    pub default: Option<bool>,
    /// Code that joining takes; empty to ask for none.
    pub join_code: Option<String>,
    /// Old messages are deleted.
    pub retention_enabled: Option<bool>,
    /// Days to keep messages.
    pub retention_max_age: Option<i64>,
    /// Pinned messages are kept.
    pub retention_exclude_pinned: Option<bool>,
    /// Files are deleted and messages kept.
    pub retention_files_only: Option<bool>,
    /// Threads are kept.
    pub retention_ignore_threads: Option<bool>,
    /// The room's own rule is used instead of the workspace's.
    pub retention_override_global: Option<bool>,
    /// End-to-end encryption.
    pub encrypted: Option<bool>,
    /// Starred for those who join by default.
    pub favorite: Option<Favourite>,
    /// What a team shows beside its room.
    pub sidepanel: Option<Sidepanel>,
    /// Picture as a `data:` address; null or empty for none.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub room_avatar: Option<Option<String>>,
    /// The picture of that address, made fit: see [`save_all`].
    #[serde(skip)]
    pub picture: Option<Media>,
    /// Anything else is refused.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Map<String, Value>,
}

/// Tells an absent field from one that is null.
pub(in crate::rooms) fn given<'de, D: serde::Deserializer<'de>>(
    field: D,
) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// Whether default members find the room starred.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Favourite {
    /// Starred.
    pub favorite: bool,
    /// Whether the room is a default one, as the form has it.
    pub default_value: bool,
}

/// What a team shows beside its room.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Sidepanel {
    /// `channels`, `discussions`; each once.
    pub items: Vec<String>,
}

impl Sidepanel {
    /// Whether every item is known and none is there twice.
    pub fn is_valid(&self) -> bool {
        let known = self.items.iter().all(|item| item == "channels" || item == "discussions");
        let twice = self.items.len() == 2 && self.items[0] == self.items[1];
        known && !twice && self.items.len() <= 2
    }
}

/// The caller changes a room, whatever the changes are.
///
/// # Errors
/// As [`save`], and those of a picture.
pub async fn save_all(ctx: &Ctx, rid: &str, mut changes: Changes) -> Result<()> {
    if let Some(uri) = changes.room_avatar.as_ref().and_then(Option::as_ref).filter(|uri| !uri.is_empty()) {
        changes.picture = Some(avatars::prepare(ctx, rid, uri).await?);
    }
    let (inner, rid) = (ctx.clone(), rid.to_owned());
    ctx.write(async move |tx| save(&inner, tx, &rid, changes.clone()).await).await
}

/// The caller changes a room. Everything is checked before anything is written. A picture goes through
/// [`save_all`].
///
/// # Errors
/// `error-invalid-settings`, `error-invalid-room`, `error-action-not-allowed`, and those of the single settings.
pub async fn save(ctx: &Ctx, tx: &Tx, rid: &str, changes: Changes) -> Result<()> {
    if !changes.unknown.is_empty() {
        return Err(Error::new("error-invalid-settings", "Invalid settings provided")
            .with_details(json!({ "method": "saveRoomSettings" })));
    }
    let mut room = rows::lock(tx, rid).await?.ok_or_else(|| invalid_room("saveRoomSettings"))?;
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    let changes = permitted(ctx, &room, &roles, changes)?;
    check::check(ctx, tx, &room, &roles, &changes).await?;
    apply::apply(ctx, tx, &mut room, changes).await
}

/// Changes a room without asking whether the caller may.
///
/// # Errors
/// Those of the single settings.
pub async fn change(ctx: &Ctx, tx: &Tx, room: &mut Room, changes: Changes) -> Result<()> {
    apply::apply(ctx, tx, room, changes).await
}

/// The changes that the caller may make; in a direct room everybody may turn encryption on and off.
fn permitted(ctx: &Ctx, room: &Room, roles: &[String], changes: Changes) -> Result<Changes> {
    let changes = if ctx.may_in_room("edit-room", roles) {
        changes
    } else if room.t == RoomType::Direct && changes.encrypted.is_some() && !is_stranger(ctx, room) {
        Changes { encrypted: changes.encrypted, ..Changes::default() }
    } else {
        return Err(action_not_allowed("Editing room is not allowed", "Editing_room"));
    };
    let on = |flag: Option<bool>| flag.unwrap_or(false);
    if on(room.broadcast) && (on(changes.read_only) || on(changes.react_when_read_only)) {
        return Err(action_not_allowed(
            "Editing readOnly/reactWhenReadOnly are not allowed for broadcast rooms",
            "Editing_room",
        ));
    }
    Ok(changes)
}

fn is_stranger(ctx: &Ctx, room: &Room) -> bool {
    room.uids.as_ref().is_some_and(|uids| !uids.iter().any(|uid| uid == ctx.uid()))
}
