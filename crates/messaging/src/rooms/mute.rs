//! Muting people in a room. Upstream: `apps/meteor/server/methods/muteUserInRoom.ts`, `unmuteUserInRoom.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, User};

use super::announce::Announcer;
use super::refusals::{invalid_room, invalid_user, not_allowed, not_in_room};
use super::rows;
use crate::events::{Action, RoomChanged};
use crate::subscriptions::rows as subs;

/// The caller takes or gives back a member's voice. In a read-only room everybody is mute but those who are in
/// `unmuted`.
///
/// # Errors
/// `error-not-allowed`, `error-invalid-room`, `error-invalid-room-type`, `error-user-not-in-room`.
pub async fn set(ctx: &Ctx, tx: &Tx, rid: &str, user: &User, mute: bool) -> Result<()> {
    let method = if mute { "muteUserInRoom" } else { "unmuteUserInRoom" };
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room("mute-user", &roles) {
        return Err(not_allowed(method));
    }
    let mut room = rows::lock(tx, rid).await?.ok_or_else(|| invalid_room(method))?;
    if !matches!(room.t, RoomType::Channel | RoomType::Private) {
        let t = room.t.as_str();
        return Err(Error::new("error-invalid-room-type", format!("{t} is not a valid room type"))
            .with_details(json!({ "method": method, "type": t })));
    }
    if !subs::exists(tx, rid, &user.id).await? {
        return Err(not_in_room(method));
    }
    let name = user.username.as_deref().ok_or_else(|| invalid_user(method))?;
    change(&mut room, name, mute);
    rows::update(tx, &mut room, ctx.now, false).await?;
    let kind = if mute { "user-muted" } else { "user-unmuted" };
    Announcer::caller(ctx, tx)?.say(&mut room, kind, name).await?;
    tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    Ok(())
}

fn change(room: &mut Room, name: &str, mute: bool) {
    let read_only = room.ro.unwrap_or(false);
    let without = |list: &mut Option<Vec<String>>| {
        if let Some(list) = list {
            list.retain(|entry| entry != name);
        }
    };
    let with = |list: &mut Option<Vec<String>>| {
        let list = list.get_or_insert_default();
        if !list.iter().any(|entry| entry == name) {
            list.push(name.to_owned());
        }
    };
    match (mute, read_only) {
        (true, true) => without(&mut room.unmuted),
        (true, false) => {
            with(&mut room.muted);
            without(&mut room.unmuted);
        }
        (false, true) => {
            without(&mut room.muted);
            with(&mut room.unmuted);
        }
        (false, false) => without(&mut room.muted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_room_keeps_a_list_of_those_who_may_speak() {
        let mut room = Room { ro: Some(true), muted: Some(vec!["ann".into()]), ..Room::default() };
        change(&mut room, "ann", false);
        assert_eq!(
            (room.muted.as_deref(), room.unmuted.as_deref()),
            (Some(&[][..]), Some(&["ann".to_owned()][..]))
        );
        change(&mut room, "ann", true);
        assert_eq!(room.unmuted.as_deref(), Some(&[][..]));
    }

    #[test]
    fn muting_twice_lists_a_member_once() {
        let mut room = Room::default();
        change(&mut room, "ann", true);
        change(&mut room, "ann", true);
        assert_eq!(room.muted, Some(vec!["ann".to_owned()]));
    }
}
