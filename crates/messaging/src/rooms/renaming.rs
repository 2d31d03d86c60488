//! What rooms keep of people's names, when those change.
//! Upstream: `apps/meteor/app/lib/server/functions/saveUserIdentity.ts`, `updateGroupDMsName.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, User};
use gantry_store::vals;

use super::{direct, rows};
use crate::events::{Action, RoomChanged, SubscriptionsChanged};
use crate::subscriptions::rows as subs;

/// A user goes by another username or real name; `old` is the username before.
///
/// # Errors
/// The database's.
pub async fn renamed(ctx: &Ctx, tx: &Tx, user: &User, old: Option<&str>) -> Result<()> {
    for mut room in rooms_that_name(tx, &user.id).await? {
        if rename_in(&mut room, user, old) {
            // Only rooms that change are locked, and what they have become meanwhile is kept.
            let Some(now) = rows::lock(tx, &room.id).await? else { continue };
            room = now;
            rename_in(&mut room, user, old);
            rows::update(tx, &mut room, ctx.now, false).await?;
            tx.emit(RoomChanged {
                room: Arc::new(room.clone()),
                action: Action::Updated,
                subscriptions: false,
            });
        }
        // A subscription shows its user's names.
        let mut uids = vec![user.id.clone()];
        if room.t == RoomType::Direct {
            uids.extend(name_direct(ctx, tx, &room).await?);
        }
        tx.emit(SubscriptionsChanged { rid: room.id, uids });
    }
    Ok(())
}

/// The rooms that a user made or is in.
async fn rooms_that_name(tx: &Tx, uid: &str) -> Result<Vec<Room>> {
    let found = tx
        .query(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE uid = ?1 \
             OR id IN (SELECT rid FROM subscriptions WHERE uid = ?1) ORDER BY id",
            &vals![uid],
        )
        .await?;
    found.iter().map(|row| rows::decode(row, 0)).collect()
}

/// Replaces the user's names in a room's document; answers whether it changed.
fn rename_in(room: &mut Room, user: &User, old: Option<&str>) -> bool {
    let mut changed = false;
    if let Some(creator) = room.u.as_mut().filter(|creator| creator.id == user.id) {
        changed = creator.username != user.username || creator.name != user.name;
        creator.username.clone_from(&user.username);
        creator.name.clone_from(&user.name);
    }
    let (Some(old), Some(new)) = (old, user.username.as_deref()) else { return changed };
    for list in [&mut room.usernames, &mut room.muted, &mut room.unmuted].into_iter().flatten() {
        for entry in list.iter_mut().filter(|entry| *entry == old) {
            new.clone_into(entry);
            changed = changed || old != new;
        }
    }
    changed
}

/// Names a direct room anew for everybody in it; answers for whom that is a change.
async fn name_direct(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<Vec<String>> {
    let people = users::by_ids(tx, room.uids.as_deref().unwrap_or_default()).await?;
    let people = direct::in_order(&people);
    let mut uids: Vec<String> = people.iter().map(|user| user.id.clone()).collect();
    uids.sort_unstable();
    let mut changed = Vec::new();
    for uid in &uids {
        let Some(mut sub) = subs::lock(tx, &room.id, uid).await? else { continue };
        let Some(user) = people.iter().find(|user| user.id == sub.u.id) else { continue };
        let (name, fname) = direct::names_for(user, &people, ",");
        // The order of names may differ from when the room was made: that alone is no change.
        if sub.name.replace(", ", ",") == name && sub.fname.as_ref() == Some(&fname) {
            continue;
        }
        sub.name = name;
        sub.fname = Some(fname);
        subs::update_doc(tx, &sub, ctx.now).await?;
        changed.push(user.id.clone());
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_replaced_wherever_a_room_lists_it() {
        let user = User { id: "u".into(), username: Some("new".into()), ..User::default() };
        let mut room = Room {
            usernames: Some(vec!["x".into(), "old".into()]),
            muted: Some(vec!["old".into()]),
            ..Room::default()
        };
        assert!(rename_in(&mut room, &user, Some("old")));
        assert_eq!(room.usernames, Some(vec!["x".to_owned(), "new".to_owned()]));
        assert_eq!(room.muted, Some(vec!["new".to_owned()]));
        assert!(!rename_in(&mut room, &user, Some("old")));
    }
}
