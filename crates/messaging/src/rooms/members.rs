//! Joining and leaving.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, Subscription, User};

use super::rows;
use crate::events::{Action, MemberJoined, MemberLeft, RoomChanged, RoomEntered};
use crate::messages::send::{Sender, send_system};
use crate::subscriptions::rows::{self as subs, Beginning};
use crate::{teams, translate};

/// Adds a user to a room, says so in the room unless `quiet`, and records the events. Answers `false` if the
/// user was in it. Whether the room takes anybody in (it may be archived) is the caller's question.
/// Upstream: `apps/meteor/app/lib/server/functions/addUserToRoom.ts`.
///
/// # Errors
/// The database's.
pub async fn add(
    ctx: &Ctx,
    tx: &Tx,
    room: &Room,
    user: &User,
    inviter: Option<&Sender>,
    quiet: bool,
) -> Result<bool> {
    let mut doc = notification_preferences(user);
    translate::begin(ctx, user, &mut doc);
    let begin = Beginning { id: ctx.ids.id(), open: true, alert: true, doc, ..Beginning::default() };
    if !subs::insert(tx, room, user, &begin, ctx.now).await? {
        return Ok(false);
    }
    rows::add_users_count(tx, &room.id, 1, ctx.now).await?;
    tx.emit(MemberJoined { rid: room.id.clone(), uid: user.id.clone() });
    let joined = Sender::from(user);
    let team = room.team_main.unwrap_or(false);
    if !quiet {
        let (kind, author) = match (inviter, team) {
            (Some(inviter), true) => ("added-user-to-team", inviter),
            (Some(inviter), false) => ("au", inviter),
            (None, true) => ("ujt", &joined),
            (None, false) if room.prid.is_some() => ("ut", &joined),
            (None, false) => ("uj", &joined),
        };
        send_system(ctx, tx, room, author, (kind, &joined.username), |_| ()).await?;
    }
    teams::members::joined(ctx, tx, room, user, inviter).await?;
    tx.emit(RoomEntered { room: Arc::new(room.clone()), user: Arc::new(user.clone()), entered: true });
    changed(tx, &room.id).await?;
    Ok(true)
}

/// Takes a user out of a room. `by` is who removed them; nobody if they left. Answers `false` if they were
/// not in it. Upstream: `apps/meteor/app/lib/server/functions/removeUserFromRoom.ts`.
///
/// # Errors
/// The database's.
pub async fn remove(ctx: &Ctx, tx: &Tx, room: &Room, user: &User, by: Option<&Sender>) -> Result<bool> {
    let leaver = Sender::from(user);
    let (kind, author) = match (by, room.team_main.unwrap_or(false)) {
        (Some(by), true) => ("removed-user-from-team", by),
        (Some(by), false) => ("ru", by),
        (None, true) => ("ult", &leaver),
        (None, false) => ("ul", &leaver),
    };
    remove_with(ctx, tx, room, user, kind, author).await
}

/// As [`remove`], for somebody who is put out of the room: a team's main room says so as any room does.
///
/// # Errors
/// As [`remove`].
pub async fn put_out(ctx: &Ctx, tx: &Tx, room: &Room, user: &User, by: &Sender) -> Result<bool> {
    remove_with(ctx, tx, room, user, "ru", by).await
}

async fn remove_with(
    ctx: &Ctx,
    tx: &Tx,
    room: &Room,
    user: &User,
    kind: &str,
    author: &Sender,
) -> Result<bool> {
    if !subs::exists(tx, &room.id, &user.id).await? {
        return Ok(false);
    }
    let leaver = Sender::from(user);
    send_system(ctx, tx, room, author, (kind, &leaver.username), |_| ()).await?;
    let Some(removed) = subs::delete(tx, &room.id, &user.id, ctx.now).await? else { return Ok(false) };
    rows::add_users_count(tx, &room.id, -1, ctx.now).await?;
    teams::members::left(tx, room, &user.id).await?;
    waits_no_longer(ctx, tx, &room.id, &user.id).await?;
    tx.emit(MemberLeft { rid: room.id.clone(), uid: user.id.clone(), subscription: Arc::new(removed) });
    tx.emit(RoomEntered { room: Arc::new(room.clone()), user: Arc::new(user.clone()), entered: false });
    changed(tx, &room.id).await?;
    Ok(true)
}

/// Takes a user off the list of those who wait for the key of an encrypted room. Answers the room if they were
/// on it.
///
/// # Errors
/// The database's.
pub(super) async fn waits_no_longer(ctx: &Ctx, tx: &Tx, rid: &str, uid: &str) -> Result<Option<Room>> {
    let Some(mut room) = rows::lock(tx, rid).await? else { return Ok(None) };
    let Some(mut waiting) = room.users_waiting_for_keys.take() else { return Ok(None) };
    let before = waiting.len();
    waiting.retain(|entry| entry.user_id != uid);
    if waiting.len() == before {
        return Ok(None);
    }
    room.users_waiting_for_keys = Some(waiting).filter(|waiting| !waiting.is_empty());
    rows::update(tx, &mut room, ctx.now, false).await?;
    Ok(Some(room))
}

/// The room's counters changed: its members see the room anew.
async fn changed(tx: &Tx, rid: &str) -> Result<()> {
    if let Some(room) = rows::by_id(tx, rid).await? {
        tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    }
    Ok(())
}

/// The notification preferences with which a subscription begins.
/// Upstream: `apps/meteor/app/utils/lib/getDefaultSubscriptionPref.ts`.
pub fn notification_preferences(user: &User) -> Subscription {
    let preferences = user.settings.as_ref().and_then(|settings| settings.get("preferences"));
    let text =
        |name: &str| preferences?.get(name)?.as_str().filter(|value| *value != "default").map(str::to_owned);
    let mut sub = Subscription::default();
    if let Some(value) = text("desktopNotifications") {
        sub.desktop_notifications = Some(value);
        sub.desktop_pref_origin = Some("user".to_owned());
    }
    if let Some(value) = text("pushNotifications") {
        sub.mobile_push_notifications = Some(value);
        sub.mobile_pref_origin = Some("user".to_owned());
    }
    if let Some(value) = text("emailNotificationMode") {
        sub.email_notifications = Some(value);
        sub.email_pref_origin = Some("user".to_owned());
    }
    if let Some(highlights) = preferences.and_then(|p| p.get("highlights")).and_then(Value::as_array) {
        let words: Vec<String> = highlights.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        sub.user_highlights = (!words.is_empty()).then_some(words);
    }
    sub
}
