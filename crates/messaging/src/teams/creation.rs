//! Making teams, of nothing and of rooms, and taking them apart.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, User};
use gantry_store::vals;

use super::rows::{self, Team};
use super::{members, refused, rooms as team_rooms};
use crate::events::{Action, RoomChanged};
use crate::rooms::announce::Announcer;
use crate::rooms::create::{self, NewRoom};
use crate::rooms::founding::Extra;
use crate::rooms::settings::Sidepanel;
use crate::rooms::{delete, rows as rooms};

/// What a new team is to be.
#[derive(Clone, Debug, Default)]
pub struct NewTeam {
    /// Name.
    pub name: String,
    /// Only members know of it.
    pub private: bool,
    /// Ids or usernames of its members; unknown and inactive ones are left out.
    pub members: Vec<String>,
    /// Id of the owner; the caller if nobody is named.
    pub owner: Option<String>,
    /// The main room may only be read by most.
    pub read_only: Option<bool>,
    /// Further properties of the main room.
    pub extra: Extra,
    /// What is shown beside the main room.
    pub sidepanel: Option<Sidepanel>,
}

/// The caller makes a team with a new main room.
///
/// # Errors
/// `team-name-already-exists`, `room-name-already-exists`, `error-invalid-sidepanel`, `invalid-user`, and
/// `error-team-creation` if the room cannot be made.
pub async fn create(ctx: &Ctx, tx: &Tx, new: NewTeam) -> Result<Team> {
    ensure_name_is_free(ctx, tx, &new.name, None).await?;
    let maker = maker(ctx, tx).await?;
    let team = Team {
        id: ctx.ids.id(),
        name: new.name.clone(),
        private: new.private,
        room_id: ctx.ids.id(),
        created_by: members::reference(&maker),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    // Upstream has one word for whatever the room refuses.
    let made = main_room(ctx, tx, maker, new, &team).await;
    made.map_err(|error| if error.status < 500 { refused("error-team-creation") } else { error })?;
    if !rows::insert(tx, &team).await? {
        return Err(refused("team-name-already-exists"));
    }
    rows::note_members(tx, &team).await?;
    Ok(team)
}

async fn main_room(ctx: &Ctx, tx: &Tx, maker: User, new: NewTeam, team: &Team) -> Result<Room> {
    let owner = match new.owner.filter(|uid| *uid != maker.id) {
        Some(uid) => users::by_id(tx, &uid).await?.ok_or_else(|| refused("User not found"))?,
        None => maker,
    };
    let t = if team.private { RoomType::Private } else { RoomType::Channel };
    if !ctx.permissions.has(&owner.roles, &format!("create-{}", t.as_str())) {
        return Err(refused("no-permission"));
    }
    let mut extra = Room {
        id: team.room_id.clone(),
        ro: new.read_only,
        team_id: Some(team.id.clone()),
        team_main: Some(true),
        broadcast: new.extra.broadcast,
        encrypted: new.extra.encrypted,
        topic: new.extra.topic,
        description: new.extra.description,
        announcement: new.extra.announcement,
        react_when_read_only: new.extra.react_when_read_only,
        ..Room::default()
    };
    if let Some(sidepanel) = new.sidepanel {
        extra.rest.insert("sidepanel".to_owned(), json!(sidepanel));
    }
    let members = active(tx, &new.members).await?;
    let room = NewRoom { name: new.name, t, members, without_owner: false, extra };
    create::room(ctx, tx, &owner, room).await
}

/// The active users of those ids or usernames.
async fn active(tx: &Tx, names: &[String]) -> Result<Vec<User>> {
    let mut people = users::by_ids(tx, names).await?;
    people.extend(users::by_usernames(tx, names).await?);
    people.retain(|user| user.active);
    people.sort_by(|a, b| a.id.cmp(&b.id));
    people.dedup_by(|a, b| a.id == b.id);
    Ok(people)
}

/// The caller makes a room the main room of a new team of the same name. Its members are the team's, with
/// the roles that they have. Who may do so is the caller's question.
///
/// # Errors
/// `invalid-room`, `room-already-on-team`, `team-name-already-exists`.
pub async fn convert(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Team> {
    let mut room = rooms::lock(tx, rid).await?.ok_or_else(|| refused("invalid-room"))?;
    if !matches!(room.t, RoomType::Channel | RoomType::Private) || room.prid.is_some() {
        return Err(refused("invalid-room"));
    }
    let name = room.name.clone().unwrap_or_default();
    ensure_name_is_free(ctx, tx, &name, Some(rid)).await?;
    if room.team_id.is_some() {
        return Err(refused("room-already-on-team"));
    }
    let maker = maker(ctx, tx).await?;
    let team = Team {
        id: ctx.ids.id(),
        name,
        private: room.t == RoomType::Private,
        room_id: room.id.clone(),
        created_by: members::reference(&maker),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    if !rows::insert(tx, &team).await? {
        return Err(refused("team-name-already-exists"));
    }
    rows::note_members(tx, &team).await?;
    room.team_id = Some(team.id.clone());
    room.team_main = Some(true);
    rooms::update(tx, &mut room, ctx.now, true).await?;
    Announcer::caller(ctx, tx)?.say(&mut room, "user-converted-to-team", &team.name).await?;
    tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: true });
    Ok(team)
}

/// The caller makes a team an ordinary room again. Its other rooms leave it, and those of `doomed` go.
///
/// # Errors
/// What deleting one of the rooms refuses.
pub async fn dissolve(ctx: &Ctx, tx: &Tx, team: &Team, doomed: &[String]) -> Result<()> {
    erase_rooms(ctx, tx, team, doomed).await?;
    let mut main = rooms::lock(tx, &team.room_id).await?.ok_or_else(|| refused("invalid-room"))?;
    let name = main.name.clone().unwrap_or_default();
    Announcer::caller(ctx, tx)?.say(&mut main, "user-converted-to-channel", &name).await?;
    main.team_main = None;
    team_rooms::detach(ctx, tx, &mut main).await?;
    main_is_gone(ctx, tx, &team.id).await
}

/// The caller deletes a team with its main room. Its other rooms leave it, and those of `doomed` go.
///
/// # Errors
/// What deleting one of the rooms refuses.
pub async fn delete(ctx: &Ctx, tx: &Tx, team: &Team, doomed: &[String]) -> Result<()> {
    erase_rooms(ctx, tx, team, doomed).await?;
    delete::erase(ctx, tx, &team.room_id).await
}

async fn erase_rooms(ctx: &Ctx, tx: &Tx, team: &Team, doomed: &[String]) -> Result<()> {
    for room in rows::rooms_of(tx, &team.id).await? {
        if doomed.contains(&room.id) {
            delete::erase(ctx, tx, &room.id).await?;
        }
    }
    Ok(())
}

/// A team has no main room any more: its other rooms are rooms of the workspace again, and the team is gone.
///
/// # Errors
/// The database's.
pub async fn main_is_gone(ctx: &Ctx, tx: &Tx, team: &str) -> Result<()> {
    for room in rows::rooms_of(tx, team).await? {
        let Some(mut room) = crate::rooms::rows::lock(tx, &room.id).await? else { continue };
        team_rooms::detach(ctx, tx, &mut room).await?;
    }
    rows::delete(tx, team).await
}

/// Refuses a name that goes by somebody or something else; `rid` is the room that the team is made of.
pub(super) async fn ensure_name_is_free(ctx: &Ctx, tx: &Tx, name: &str, rid: Option<&str>) -> Result<()> {
    if !users::validate::username_available(ctx, tx, name).await? {
        return Err(refused("team-name-already-exists"));
    }
    let other = tx
        .query_opt("SELECT id FROM rooms WHERE name_folded = ?1", &vals![&crate::rooms::rows::fold(name)])
        .await?;
    match other {
        Some(row) if rid != Some(row.str(0)?) => Err(refused("room-name-already-exists")),
        _ => Ok(()),
    }
}

async fn maker(ctx: &Ctx, tx: &Tx) -> Result<User> {
    users::by_id(tx, ctx.uid()).await?.ok_or_else(|| refused("invalid-user"))
}
