//! Making channels and groups; see [`super::direct`] for direct rooms.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, SystemMessages, User, UserRef};

use super::{members, rows};
use crate::events::{Action, MemberJoined, RoomChanged, RoomFounded};
use crate::subscriptions::rows::{self as subs, Beginning};
use crate::translate;

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
    room.sys_mes = room.sys_mes.or(Some(SystemMessages::All(true)));
    room.default = room.default.or(Some(false));
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
        let mut doc = members::notification_preferences(user);
        translate::begin(ctx, user, &mut doc);
        let begin = Beginning {
            id: ctx.ids.id(),
            open: true,
            roles: if own { vec!["owner".to_owned()] } else { Vec::new() },
            ls: own.then_some(ctx.now),
            alert: false,
            doc,
        };
        subs::insert(tx, &room, user, &begin, ctx.now).await?;
        tx.emit(MemberJoined { rid: room.id.clone(), uid: user.id.clone() });
    }
    tx.emit(RoomChanged { room: Arc::new(room.clone()), action: Action::Inserted, subscriptions: false });
    tx.emit(RoomFounded { room: Arc::new(room.clone()), owner: Arc::new(owner.clone()) });
    Ok(room)
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
