//! Direct rooms: who talks to whom, and how each of them sees the room's name.

use std::collections::BTreeSet;

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, Subscription, User};

use super::create::user_ref;
use super::joining::the_caller;
use super::refusals::{invalid_user, not_allowed};
use super::{members, rows};
use crate::events::{Action, MemberJoined, RoomChanged, SubscriptionsChanged};
use crate::subscriptions::rows::{self as subs, Beginning};

/// The direct room of these people: the one that is there, or a new one. Answers whether it is new.
/// Upstream: `apps/meteor/app/lib/server/functions/createDirectRoom.ts`.
///
/// # Errors
/// `error-direct-message-max-user-exceeded`.
pub async fn room(ctx: &Ctx, tx: &Tx, creator: &User, people: &[User]) -> Result<(Room, bool)> {
    let people = in_order(people);
    within_limit(ctx, people.len())?;
    let mut uids: Vec<String> = people.iter().map(|user| user.id.clone()).collect();
    uids.sort_unstable();
    if let Some(existing) = rows::direct_of(tx, &uids).await? {
        reopen(ctx, tx, &existing, creator, &people).await?;
        return Ok((existing, false));
    }
    let encrypted =
        ctx.settings.get(keys::E2E_Enable) && ctx.settings.get(keys::E2E_Enabled_Default_DirectRooms);
    let room = Room {
        id: room_id(ctx, &uids),
        t: RoomType::Direct,
        usernames: Some(people.iter().filter_map(|user| user.username.clone()).collect()),
        users_count: people.len() as i64,
        u: Some(user_ref(creator)),
        ts: Some(ctx.now),
        updated_at: ctx.now,
        uids: Some(uids),
        encrypted: encrypted.then_some(true),
        ..Room::default()
    };
    rows::insert(tx, &room).await?;
    for user in &people {
        let begin = beginning(ctx, user, &people, user.id == creator.id || people.len() > 2);
        subs::insert(tx, &room, user, &begin, ctx.now).await?;
        tx.emit(MemberJoined { rid: room.id.clone(), uid: user.id.clone() });
    }
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Inserted, subscriptions: false });
    Ok((room, true))
}

fn within_limit(ctx: &Ctx, people: usize) -> Result<()> {
    let limit = usize::try_from(ctx.settings.get(keys::DirectMesssage_maxUsers)).unwrap_or(1).max(1);
    if people <= limit {
        return Ok(());
    }
    Err(Error::new(
        "error-direct-message-max-user-exceeded",
        format!("You cannot add more than {limit} users, including yourself to a direct message"),
    )
    .with_details(json!({ "method": "createDirectRoom" })))
}

/// Shows a room that is there to the one who asks for it.
async fn reopen(ctx: &Ctx, tx: &Tx, room: &Room, creator: &User, people: &[User]) -> Result<()> {
    let Some(user) = people.iter().find(|user| user.id == creator.id) else { return Ok(()) };
    if subs::insert(tx, room, user, &beginning(ctx, user, people, true), ctx.now).await? {
        tx.emit(MemberJoined { rid: room.id.clone(), uid: user.id.clone() });
    } else if subs::find(tx, &room.id, &user.id).await?.is_some_and(|sub| !sub.open) {
        subs::set_open(tx, &room.id, &user.id, true, ctx.now).await?;
        tx.emit(SubscriptionsChanged { rid: room.id.clone(), uids: vec![user.id.clone()] });
    }
    Ok(())
}

/// Two people's room has both ids as its own, so that it is the same on every node.
fn room_id(ctx: &Ctx, uids: &[String]) -> String {
    match uids {
        [a, b] => format!("{a}{b}"),
        [a] => format!("{a}{a}"),
        _ => ctx.ids.id(),
    }
}

/// Everybody once, by the name that is shown.
pub fn in_order(people: &[User]) -> Vec<User> {
    let mut people = people.to_vec();
    people.sort_by_cached_key(|user| {
        let name = user.name.as_deref().filter(|name| !name.is_empty()).or(user.username.as_deref());
        (name.unwrap_or_default().to_lowercase(), user.id.clone())
    });
    people.dedup_by(|a, b| a.id == b.id);
    people
}

/// `name` and `fname` of a direct room as one of its people sees it; `people` are in order.
pub fn names_for(user: &User, people: &[User], separator: &str) -> (String, String) {
    let others: Vec<&User> = match people.iter().filter(|other| other.id != user.id).collect::<Vec<_>>() {
        others if others.is_empty() => vec![user],
        others => others,
    };
    let usernames: Vec<&str> = others.iter().filter_map(|user| user.username.as_deref()).collect();
    let shown = |user: &&User| -> String {
        let name = user.name.as_deref().filter(|name| !name.is_empty());
        name.or(user.username.as_deref()).unwrap_or_default().to_owned()
    };
    (usernames.join(separator), others.iter().map(shown).collect::<Vec<_>>().join(", "))
}

fn beginning(ctx: &Ctx, user: &User, people: &[User], open: bool) -> Beginning {
    let (name, fname) = names_for(user, people, ", ");
    let doc = Subscription { name, fname: Some(fname), ..members::notification_preferences(user) };
    Beginning { id: ctx.ids.id(), open, doc, ..Beginning::default() }
}

/// The caller opens a direct room with the users of those names. `without_caller` leaves the caller out.
/// Answers the room and whether it is new.
/// Upstream: `apps/meteor/server/methods/createDirectMessage.ts`.
///
/// # Errors
/// `error-invalid-user`, `error-not-allowed`, and those of [`room`].
pub async fn open(ctx: &Ctx, tx: &Tx, usernames: &[String], without_caller: bool) -> Result<(Room, bool)> {
    const METHOD: &str = "createDirectMessage";
    let me = the_caller(ctx, tx, METHOD).await?;
    let own = me.username.clone().ok_or_else(|| invalid_user(METHOD))?;
    let to_self = usernames.len() == 1 && usernames[0] == own;
    if to_self && !ctx.settings.get(keys::Message_AllowDirectMessagesToYourself) {
        return Err(invalid_user(METHOD));
    }
    // Nobody makes the server look for more people than could talk to each other.
    let others: BTreeSet<&String> = usernames.iter().filter(|name| **name != own).collect();
    within_limit(ctx, others.len() + usize::from(!without_caller))?;
    let mut people = Vec::with_capacity(others.len() + 1);
    for name in others {
        people.push(users::by_username(tx, name).await?.ok_or_else(|| invalid_user(METHOD))?);
    }
    if !without_caller {
        people.push(me.clone());
    }
    let alone = people.len() == 1 && people[0].id != me.id;
    if alone || people.is_empty() {
        return Err(invalid_user(METHOD));
    }
    if !ctx.may("create-d") {
        let uids: Vec<String> = people.iter().map(|user| user.id.clone()).collect();
        let known = if ctx.may("view-d-room") { rows::direct_of(tx, &uids).await? } else { None };
        return known.map(|room| (room, false)).ok_or_else(|| not_allowed(METHOD));
    }
    room(ctx, tx, &me, &people).await
}

/// The caller's direct room of that id, or with the user of that id or name; the latter is made if there is
/// none. Upstream: `apps/meteor/app/lib/server/functions/getRoomByNameOrIdWithOptionToJoin.ts`.
///
/// # Errors
/// `invalid-channel`, and those of [`open`].
pub async fn find_or_open(ctx: &Ctx, tx: &Tx, id_or_name: &str) -> Result<Room> {
    if let Some(found) = find(ctx, tx, id_or_name).await? {
        return Ok(found);
    }
    let other = match users::by_id(tx, id_or_name).await? {
        Some(user) => Some(user),
        None => users::by_username(tx, id_or_name).await?,
    };
    let name = other.and_then(|user| user.username).ok_or_else(|| Error::code("invalid-channel"))?;
    Ok(open(ctx, tx, &[name], false).await?.0)
}

/// As [`find_or_open`], without making a room: nothing if the user exists and the room does not.
///
/// # Errors
/// `invalid-channel` if neither a direct room nor a user goes by that.
pub async fn find(ctx: &Ctx, tx: &Tx, id_or_name: &str) -> Result<Option<Room>> {
    let named = id_or_name.trim_start_matches('@');
    let other = match users::by_id(tx, named).await? {
        Some(user) => Some(user),
        None => users::by_username(tx, named).await?,
    };
    match other {
        Some(other) => rows::direct_of(tx, &[ctx.uid().to_owned(), other.id]).await,
        None => {
            let room = rows::by_id(tx, named).await?.filter(|room| room.t == RoomType::Direct);
            room.map(Some).ok_or_else(|| Error::code("invalid-channel"))
        }
    }
}
