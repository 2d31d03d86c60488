//! Writing the changes of a room.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Retention, Room, RoomType, SystemMessages};

use super::Changes;
use crate::events::{Action, RoomAccessChanged, RoomChanged, RoomRenaming};
use crate::rooms::announce::Announcer;
use crate::rooms::{avatars, names, rows};
use crate::translate;

/// Writes the changes and tells the room of them.
pub(super) async fn apply(ctx: &Ctx, tx: &Tx, room: &mut Room, changes: Changes) -> Result<()> {
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
        if encrypted {
            translate::stop(ctx, tx, &room.id).await?;
        }
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
    let no_picture = matches!(changes.room_avatar.as_ref().map(Option::as_deref), Some(None | Some("")));
    if no_picture || changes.picture.is_some() {
        avatars::put(tx, room, changes.picture.as_ref()).await?;
        notes.push(("room_changed_avatar", String::new()));
    }
    let members_see = shown_to_members(&before) != shown_to_members(room);
    rows::update(tx, room, ctx.now, members_see).await?;
    crate::teams::rows::follow_main_room(tx, &before, room, ctx.now).await?;
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
fn shown_to_members(room: &Room) -> impl PartialEq {
    let fields = room.custom_fields.clone();
    (room.t, room.name.clone(), room.fname.clone(), room.encrypted, room.broadcast, fields)
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
        if let Some(old) = room.name.replace(slug.clone()).filter(|old| *old != slug) {
            ctx.within.run(ctx, tx, &RoomRenaming { old, new: slug }).await?;
        }
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
