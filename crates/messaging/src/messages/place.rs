//! A room together with what the caller is in it, loaded in one statement.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use crate::access::can_access_as;
use crate::rooms;
use crate::rooms::rows::{decode, fold};

/// A room and the caller's side of it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The room. Its last message is not loaded.
    pub room: Room,
    /// The caller's membership.
    pub member: Option<Membership>,
}

/// What the rules about posting ask of a member.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// Roles in the room.
    pub roles: Vec<String>,
    /// One of the two people of a direct room has blocked the other.
    pub blocked: bool,
}

#[derive(Deserialize)]
struct Blocks {
    #[serde(default)]
    blocked: bool,
    #[serde(default)]
    blocker: bool,
}

impl Place {
    /// The caller's roles in the room.
    pub fn roles(&self) -> &[String] {
        self.member.as_ref().map_or(&[], |member| &member.roles)
    }

    /// Whether the caller holds a permission globally or in this room.
    pub fn may(&self, ctx: &Ctx, permission: &str) -> bool {
        ctx.may_in_room(permission, self.roles())
    }

    /// Whether the caller may read the room.
    ///
    /// # Errors
    /// The database's.
    pub async fn readable(&self, ctx: &Ctx, tx: &Tx) -> Result<bool> {
        can_access_as(ctx, tx, &self.room, self.member.is_some()).await
    }
}

fn one(row: Option<Row>) -> Result<Option<Place>> {
    let Some(row) = row else { return Ok(None) };
    let room = decode(&row, 0)?;
    if row.is_null(6)? {
        return Ok(Some(Place { room, member: None }));
    }
    let roles =
        row.opt_str(7)?.map(serde_json::from_str).transpose().map_err(Error::internal)?.unwrap_or_default();
    let blocked = if room.t == RoomType::Direct {
        let blocks: Blocks = serde_json::from_str(row.str(8)?).map_err(Error::internal)?;
        blocks.blocked || blocks.blocker
    } else {
        false
    };
    Ok(Some(Place { room, member: Some(Membership { roles, blocked }) }))
}

/// The room of that id.
///
/// # Errors
/// The database's.
pub async fn by_id(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Option<Place>> {
    one(tx
        .query_opt(
            "SELECT r.doc, r.msgs, r.users_count, r.lm, r.updated_at, NULL, s.id, s.roles, s.doc FROM rooms r \
             LEFT JOIN subscriptions s ON s.rid = r.id AND s.uid = ?2 WHERE r.id = ?1",
            &vals![rid, ctx.uid()],
        )
        .await?)
}

/// The channel or group of that name.
///
/// # Errors
/// The database's.
pub async fn by_name(ctx: &Ctx, tx: &Tx, name: &str) -> Result<Option<Place>> {
    one(tx
        .query_opt(
            "SELECT r.doc, r.msgs, r.users_count, r.lm, r.updated_at, NULL, s.id, s.roles, s.doc FROM rooms r \
             LEFT JOIN subscriptions s ON s.rid = r.id AND s.uid = ?2 WHERE r.name_folded = ?1",
            &vals![&fold(name), ctx.uid()],
        )
        .await?)
}

/// The room of that id or name that the caller may read; `None` hides whether it exists.
///
/// # Errors
/// The database's.
pub async fn readable(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Option<Place>> {
    match by_id(ctx, tx, rid).await? {
        Some(place) if place.readable(ctx, tx).await? => Ok(Some(place)),
        _ => Ok(None),
    }
}

/// The room that a destination of `chat.postMessage` names: `#room`, `@user`, or a name or id without a mark.
/// The caller joins a public channel; a direct room is made if there is none yet.
/// Upstream: `apps/meteor/app/lib/server/functions/getRoomByNameOrIdWithOptionToJoin.ts`.
///
/// # Errors
/// `invalid-channel`; what joining or writing to somebody refuses.
pub async fn destination(ctx: &Ctx, tx: &Tx, name: &str) -> Result<Place> {
    let found = match name.split_at_checked(1) {
        Some(("#", name)) => by_id_or_name(ctx, tx, name).await?,
        Some(("@", name)) => return direct(ctx, tx, name, true).await,
        _ => by_id_or_name(ctx, tx, name).await?,
    };
    let Some(place) = found else {
        if name.starts_with('#') {
            return Err(Error::code("invalid-channel"));
        }
        return direct(ctx, tx, name, false).await;
    };
    if place.room.t != RoomType::Channel || place.member.is_some() {
        return Ok(place);
    }
    join(ctx, tx, place).await
}

async fn by_id_or_name(ctx: &Ctx, tx: &Tx, id_or_name: &str) -> Result<Option<Place>> {
    match by_id(ctx, tx, id_or_name).await? {
        Some(place) => Ok(Some(place)),
        None => by_name(ctx, tx, id_or_name).await,
    }
}

/// The direct room with a user, who is named by id or (if `by_username`) username; or one of that room id.
async fn direct(ctx: &Ctx, tx: &Tx, name: &str, by_username: bool) -> Result<Place> {
    let mut user = users::by_id(tx, name).await?;
    if user.is_none() && by_username {
        user = users::by_username(tx, name).await?;
    }
    let Some(user) = user else {
        return match by_id(ctx, tx, name).await? {
            Some(place) if place.room.t == RoomType::Direct => Ok(place),
            _ => Err(Error::code("invalid-channel")),
        };
    };
    let me =
        users::by_id(tx, ctx.uid()).await?.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
    let uids = [me.id.clone(), user.id.clone()];
    if rooms::rows::direct_of(tx, &uids).await?.is_none() && !ctx.may("create-d") {
        return Err(Error::new("error-not-allowed", "Not allowed")
            .with_details(json!({ "method": "createDirectMessage" })));
    }
    let (room, _) = rooms::direct::room(ctx, tx, &me, &[me.clone(), user]).await?;
    by_id(ctx, tx, &room.id).await?.ok_or_else(|| Error::code("invalid-channel"))
}

/// The caller joins the channel, as anybody does: where it takes a code, nobody slips in by posting.
async fn join(ctx: &Ctx, tx: &Tx, place: Place) -> Result<Place> {
    rooms::joining::join(ctx, tx, &place.room.id, None).await?;
    let id = place.room.id.clone();
    Ok(by_id(ctx, tx, &id).await?.unwrap_or(place))
}
