//! What can be changed about a room. Upstream: `apps/meteor/app/channel-settings/server/methods/saveRoomSettings.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Retention, Room, RoomType, SystemMessages};
use serde_json::Map;

use super::announce::Announcer;
use super::refusals::{action_not_allowed, invalid_room};
use super::{names, rows};
use crate::events::{Action, RoomAccessChanged, RoomChanged};
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
    /// Anything else is refused.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Map<String, Value>,
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

/// The caller changes a room. Everything is checked before anything is written.
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
    check(ctx, tx, &room, &roles, &changes).await?;
    apply(ctx, tx, &mut room, changes).await
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

async fn check(ctx: &Ctx, tx: &Tx, room: &Room, roles: &[String], changes: &Changes) -> Result<()> {
    if (changes.default.is_some() || changes.featured.is_some()) && !ctx.may("view-room-administration") {
        return Err(action_not_allowed(
            "Viewing room administration is not allowed",
            "Viewing_room_administration",
        ));
    }
    if let Some(sidepanel) = &changes.sidepanel {
        check_sidepanel(ctx, room, roles, sidepanel)?;
    }
    if let Some(kind) = &changes.room_type {
        check_type(ctx, tx, room, kind).await?;
    }
    if changes.encrypted.is_some_and(|wish| Some(wish) != room.encrypted) {
        let possible =
            matches!(room.t, RoomType::Private | RoomType::Direct) && ctx.settings.get(keys::E2E_Enable);
        if !possible {
            return Err(action_not_allowed(
                "Only groups or direct channels can enable encryption",
                "Change_Room_Encrypted",
            ));
        }
        if room.t != RoomType::Direct && !ctx.may_in_room("toggle-room-e2e-encryption", roles) {
            return Err(action_not_allowed(
                "You do not have permission to toggle E2E encryption",
                "Change_Room_Encrypted",
            ));
        }
    }
    let retention = room.retention.clone().unwrap_or_default();
    let same = changes.retention_enabled.is_none_or(|wish| Some(wish) == retention.enabled)
        && changes.retention_max_age.is_none_or(|wish| Some(wish) == retention.max_age)
        && changes.retention_exclude_pinned.is_none_or(|wish| Some(wish) == retention.exclude_pinned)
        && changes.retention_files_only.is_none_or(|wish| Some(wish) == retention.files_only)
        && changes.retention_ignore_threads.is_none_or(|wish| Some(wish) == retention.ignore_threads);
    if !same && !ctx.may_in_room("edit-room-retention-policy", roles) {
        return Err(action_not_allowed("Editing room retention policy is not allowed", "Editing_room"));
    }
    Ok(())
}

fn check_sidepanel(ctx: &Ctx, room: &Room, roles: &[String], sidepanel: &Sidepanel) -> Result<()> {
    if !room.team_main.unwrap_or(false) {
        return Err(action_not_allowed("Invalid room", ""));
    }
    if !ctx.may_in_room("edit-team", roles) {
        return Err(action_not_allowed("You do not have permission to change sidepanel items", ""));
    }
    let known = sidepanel.items.iter().all(|item| item == "channels" || item == "discussions");
    let twice = sidepanel.items.len() == 2 && sidepanel.items[0] == sidepanel.items[1];
    if !known || twice || sidepanel.items.len() > 2 {
        return Err(Error::code("error-invalid-sidepanel"));
    }
    Ok(())
}

async fn check_type(ctx: &Ctx, tx: &Tx, room: &Room, kind: &str) -> Result<()> {
    if kind == room.t.as_str() {
        return Ok(());
    }
    if kind != "c" && kind != "p" {
        return Err(Error::new("error-invalid-room-type", "error-invalid-room-type")
            .with_details(json!({ "function": "RocketChat.saveRoomType", "type": kind })));
    }
    if !matches!(room.t, RoomType::Channel | RoomType::Private) {
        return Err(Error::new("error-direct-room", "Can't change type of direct rooms")
            .with_details(json!({ "function": "RocketChat.saveRoomType" })));
    }
    let Some(team) = &room.team_id else {
        let refusal = match kind {
            "c" => "Changing a private group to a public channel is not allowed",
            _ => "Changing a public channel to a private room is not allowed",
        };
        let may = ctx.may(&format!("create-{kind}"));
        return if may { Ok(()) } else { Err(action_not_allowed(refusal, "Change_Room_Type")) };
    };
    let main = rows::main_of_team(tx, team).await?;
    let in_team = match &main {
        Some(main) => subs::roles_in(tx, &main.id, ctx.uid()).await?,
        None => Vec::new(),
    };
    let (permission, refusal) = match kind {
        "c" => ("create-team-channel", "Changing a team's private group to a public channel is not allowed"),
        _ => ("create-team-group", "Changing a team's public channel to a private room is not allowed"),
    };
    let may = ctx.may_in_room(permission, &in_team);
    if may { Ok(()) } else { Err(action_not_allowed(refusal, "Change_Room_Type")) }
}

/// Writes the changes and tells the room of them.
async fn apply(ctx: &Ctx, tx: &Tx, room: &mut Room, changes: Changes) -> Result<()> {
    let before = room.clone();
    let mut notes: Vec<(&str, String)> = Vec::new();
    if let Some(name) = changes.room_name {
        notes.extend(rename(ctx, tx, room, name).await?);
    }
    if let Some(topic) = text_change(&mut room.topic, changes.room_topic) {
        notes.push(("room_changed_topic", topic));
    }
    if let Some(announcement) = changes.room_announcement {
        notes.extend(announce(room, announcement));
    }
    if let Some(description) = text_change(&mut room.description, changes.room_description) {
        notes.push(("room_changed_description", description));
    }
    if let Some(kind) = changes.room_type.filter(|kind| kind != room.t.as_str()) {
        room.t = kind.parse().map_err(Error::internal)?;
        notes.push(("room_changed_privacy", if kind == "c" { "public" } else { "private" }.to_owned()));
    }
    if let Some(read_only) = changes.read_only.filter(|wish| *wish != room.ro.unwrap_or(false)) {
        room.ro = Some(read_only);
        let note = if read_only { "room-set-read-only" } else { "room-removed-read-only" };
        notes.push((note, String::new()));
    }
    let reacting = room.react_when_read_only.unwrap_or(false);
    if let Some(react) = changes.react_when_read_only.filter(|wish| *wish != reacting) {
        room.react_when_read_only = Some(react);
        notes.push((if react { "room-allowed-reacting" } else { "room-disallowed-reacting" }, String::new()));
    }
    if let Some(encrypted) = changes.encrypted {
        if encrypted != room.encrypted.unwrap_or(false) {
            let note = if encrypted { "room_e2e_enabled" } else { "room_e2e_disabled" };
            notes.push((note, ctx.caller()?.username.clone()));
        }
        room.encrypted = Some(encrypted);
    }
    if let Some(code) = &changes.join_code {
        let code = Some(code.as_str()).filter(|code| !code.trim().is_empty());
        rows::set_join_code(tx, &room.id, code).await?;
        room.join_code_required = Some(code.is_some());
    }
    if let Some(fields) = changes.room_custom_fields {
        room.custom_fields = Some(fields);
    }
    if let Some(hidden) = changes.system_messages {
        let nothing = matches!(&hidden, SystemMessages::Kinds(kinds) if kinds.is_empty());
        room.sys_mes = Some(hidden).filter(|_| !nothing);
    }
    if let Some(favourite) = changes.favorite {
        room.favorite = (favourite.favorite && favourite.default_value).then_some(true);
    }
    if let Some(sidepanel) = changes.sidepanel {
        room.rest.insert("sidepanel".to_owned(), json!(sidepanel));
    }
    room.default = changes.default.or(room.default);
    room.featured = changes.featured.or(room.featured);
    retain(
        room,
        [
            changes.retention_enabled,
            changes.retention_exclude_pinned,
            changes.retention_files_only,
            changes.retention_ignore_threads,
            changes.retention_override_global,
        ],
        changes.retention_max_age,
    );
    let members_see = shown_to_members(&before) != shown_to_members(room);
    rows::update(tx, room, ctx.now, members_see).await?;
    let announcer = Announcer::caller(ctx, tx)?;
    for (kind, text) in &notes {
        announcer.say(room, kind, text).await?;
    }
    tx.emit(RoomChanged {
        room: Arc::new(room.clone()),
        action: Action::Updated,
        subscriptions: members_see,
    });
    if before.t != room.t {
        tx.emit(RoomAccessChanged { rid: room.id.clone() });
    }
    Ok(())
}

/// What members' subscriptions show of the room.
fn shown_to_members(room: &Room) -> (RoomType, Option<&str>, Option<&str>, Option<bool>, Option<bool>) {
    (room.t, room.name.as_deref(), room.fname.as_deref(), room.encrypted, room.broadcast)
}

/// Renames the room; discussions change only the name that is shown.
/// Upstream: `apps/meteor/app/channel-settings/server/functions/saveRoomName.ts`.
async fn rename(ctx: &Ctx, tx: &Tx, room: &mut Room, name: String) -> Result<Option<(&'static str, String)>> {
    if !matches!(room.t, RoomType::Channel | RoomType::Private) {
        return Err(Error::new("error-not-allowed", "Not allowed")
            .with_details(json!({ "function": "RocketChat.saveRoomdisplayName" })));
    }
    if Some(&name) == room.name.as_ref() || name.trim().is_empty() {
        return Ok(None);
    }
    if room.prid.is_none() {
        let slug = names::valid(ctx, tx, &name, Some(&room.id)).await?;
        if room.name.as_deref().is_none_or(|old| !old.eq_ignore_ascii_case(&slug)) {
            names::ensure_not_a_handle(ctx, tx, &slug).await?;
        }
        room.name = Some(slug);
    }
    room.fname = Some(name.clone());
    Ok(Some(("r", name)))
}

/// Replaces a text; answers the new one if it differs.
fn text_change(slot: &mut Option<String>, new: Option<String>) -> Option<String> {
    let new = new?;
    if new == slot.as_deref().unwrap_or_default() {
        return None;
    }
    *slot = Some(new.clone());
    Some(new)
}

fn announce(room: &mut Room, announcement: Value) -> Option<(&'static str, String)> {
    let (text, details) = match announcement {
        Value::Object(mut details) => {
            let text = details.remove("message").and_then(|text| text.as_str().map(str::to_owned));
            (text.unwrap_or_default(), Some(details))
        }
        Value::String(text) => (text, None),
        _ => (String::new(), None),
    };
    if text == room.announcement.as_deref().unwrap_or_default() && details == room.announcement_details {
        return None;
    }
    room.announcement = Some(text.clone());
    room.announcement_details = details;
    Some(("room_changed_announcement", text))
}

fn retain(
    room: &mut Room,
    [enabled, exclude_pinned, files_only, ignore_threads, override_global]: [Option<bool>; 5],
    max_age: Option<i64>,
) {
    let flags = [enabled, exclude_pinned, files_only, ignore_threads, override_global];
    if flags.iter().all(Option::is_none) && max_age.is_none() {
        return;
    }
    let old = room.retention.take().unwrap_or_default();
    // Without an own rule its values are of no use and stay as they are.
    let own = override_global != Some(false);
    let pick = |new: Option<bool>, old: Option<bool>| if own { new.or(old) } else { old };
    room.retention = Some(Retention {
        enabled: enabled.or(old.enabled),
        override_global: override_global.or(old.override_global),
        exclude_pinned: pick(exclude_pinned, old.exclude_pinned),
        files_only: pick(files_only, old.files_only),
        ignore_threads: pick(ignore_threads, old.ignore_threads),
        max_age: if own { max_age.or(old.max_age) } else { old.max_age },
        rest: old.rest,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_may_bring_a_banner_along() {
        let mut room = Room::default();
        let note = announce(&mut room, json!({ "message": "hello", "style": "danger" }));
        assert_eq!(note, Some(("room_changed_announcement", "hello".to_owned())));
        assert_eq!(room.announcement_details, json!({ "style": "danger" }).as_object().cloned());
        assert_eq!(announce(&mut room, json!({ "message": "hello", "style": "danger" })), None);
    }

    #[test]
    fn without_an_own_rule_its_values_stay() {
        let mut room = Room::default();
        retain(&mut room, [None, None, None, None, Some(false)], Some(3));
        let retention = room.retention.unwrap();
        assert_eq!((retention.override_global, retention.max_age), (Some(false), None));
    }
}
