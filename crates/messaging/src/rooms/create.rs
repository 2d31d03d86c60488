//! Making rooms.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, Subscription, User, UserRef};

use super::{members, rows};
use crate::events::{Action, MemberJoined, RoomChanged};
use crate::subscriptions::rows::{self as subs, Beginning};

/// What a new channel or group is to be.
#[derive(Clone, Debug, Default)]
pub struct NewRoom {
    /// Name as typed; checked and made a slug by [`super::names::valid`].
    pub name: String,
    /// Public or private.
    pub t: RoomType,
    /// Who is in it besides the owner.
    pub members: Vec<User>,
    /// The owner stays out.
    pub without_owner: bool,
    /// Everything else: read only, topic, custom fields, team, broadcast, encryption, ...
    pub extra: Room,
}

/// Creates a channel or group with its owner and members.
/// Upstream: `apps/meteor/app/lib/server/functions/createRoom.ts`.
///
/// # Errors
/// `error-invalid-name`, `error-duplicate-channel-name`, `error-archived-duplicate-name`.
pub async fn room(ctx: &Ctx, tx: &Tx, owner: &User, new: NewRoom) -> Result<Room> {
    let mut room = new.extra;
    let discussion = room.prid.is_some();
    room.id = if room.id.is_empty() { ctx.ids.id() } else { room.id };
    room.name = Some(if discussion {
        new.name.clone()
    } else {
        super::names::valid(ctx, tx, new.name.trim(), None).await?
    });
    room.fname = room.fname.or(Some(new.name));
    room.t = new.t;
    room.u = Some(user_ref(owner));
    room.ts = Some(ctx.now);
    room.updated_at = ctx.now;
    room.ro = Some(room.ro.unwrap_or(false) || room.broadcast.unwrap_or(false));
    if room.broadcast.unwrap_or(false) {
        room.react_when_read_only = None;
    }
    let mut people = new.members;
    if !new.without_owner && !people.iter().any(|user| user.id == owner.id) {
        people.push(owner.clone());
    }
    people.sort_by(|a, b| a.id.cmp(&b.id));
    people.dedup_by(|a, b| a.id == b.id);
    room.users_count = people.len() as i64;
    rows::insert(tx, &room).await?;
    for user in &people {
        let own = user.id == owner.id;
        let begin = Beginning {
            id: ctx.ids.id(),
            open: true,
            roles: if own { vec!["owner".to_owned()] } else { Vec::new() },
            ls: own.then_some(ctx.now),
            alert: false,
            doc: members::notification_preferences(user),
        };
        subs::insert(tx, &room, user, &begin, ctx.now).await?;
        tx.emit(MemberJoined { rid: room.id.clone(), uid: user.id.clone() });
    }
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Inserted, subscriptions: false });
    Ok(room)
}

/// The direct room of these people: the one that is there, or a new one. Answers whether it is new.
/// Upstream: `apps/meteor/app/lib/server/functions/createDirectRoom.ts`.
///
/// # Errors
/// `error-direct-message-max-user-exceeded`, or the database's.
pub async fn direct(ctx: &Ctx, tx: &Tx, creator: &User, people: &[User]) -> Result<(Room, bool)> {
    let mut people = people.to_vec();
    people.sort_by(|a, b| a.id.cmp(&b.id));
    people.dedup_by(|a, b| a.id == b.id);
    let uids: Vec<String> = people.iter().map(|user| user.id.clone()).collect();
    if let Some(existing) = rows::direct_of(tx, &uids).await? {
        for user in people.iter().filter(|user| user.id == creator.id) {
            subs::insert(tx, &existing, user, &direct_beginning(ctx, user, &people, true), ctx.now).await?;
            subs::set_open(tx, &existing.id, &user.id, true, ctx.now).await?;
        }
        return Ok((existing, false));
    }
    let room = Room {
        id: direct_id(ctx, &uids),
        t: RoomType::Direct,
        usernames: Some(people.iter().filter_map(|user| user.username.clone()).collect()),
        users_count: people.len() as i64,
        u: Some(user_ref(creator)),
        ts: Some(ctx.now),
        updated_at: ctx.now,
        uids: Some(uids),
        ..Room::default()
    };
    rows::insert(tx, &room).await?;
    for user in &people {
        let begin = direct_beginning(ctx, user, &people, user.id == creator.id || people.len() > 2);
        subs::insert(tx, &room, user, &begin, ctx.now).await?;
        tx.emit(MemberJoined { rid: room.id.clone(), uid: user.id.clone() });
    }
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Inserted, subscriptions: false });
    Ok((room, true))
}

/// Two people's room has both ids as its own, so that it is the same on every node.
fn direct_id(ctx: &Ctx, uids: &[String]) -> String {
    match uids {
        [a, b] => format!("{a}{b}"),
        [a] => format!("{a}{a}"),
        _ => ctx.ids.id(),
    }
}

/// In a direct room everybody sees the others' names.
fn direct_beginning(ctx: &Ctx, user: &User, people: &[User], open: bool) -> Beginning {
    let others: Vec<&User> = match people.iter().filter(|other| other.id != user.id).collect::<Vec<_>>() {
        others if others.is_empty() => vec![user],
        others => others,
    };
    let join = |name: fn(&User) -> Option<&String>| {
        others.iter().filter_map(|user| name(user)).map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let doc = Subscription {
        name: join(|user| user.username.as_ref()),
        fname: Some(join(|user| user.name.as_ref().or(user.username.as_ref()))),
        ..members::notification_preferences(user)
    };
    Beginning { id: ctx.ids.id(), open, doc, ..Beginning::default() }
}

/// As rooms name their creator.
pub fn user_ref(user: &User) -> UserRef {
    UserRef {
        id: user.id.clone(),
        username: user.username.clone(),
        name: user.name.clone(),
        ..UserRef::default()
    }
}
