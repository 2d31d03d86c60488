//! Lists of teams and of their rooms, as one caller may see them.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use super::guard::InTeam;
use super::refused;
use super::rows::{self, Team};
use crate::rooms::lists::{RoomList, SORTS, beginning, containing};
use crate::rooms::roles;
use crate::subscriptions::rows as subs;

/// Fields that clients may sort teams by.
pub const TEAM_SORTS: &[(&str, &str)] = &[
    ("name", "t.name_folded"),
    ("type", "t.private"),
    ("createdAt", "t.created_at"),
    ("_updatedAt", "t.updated_at"),
];

/// A team with its size.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sized {
    #[serde(flatten)]
    team: Team,
    /// Rooms besides the main room.
    rooms: i64,
    /// Members.
    number_of_users: i64,
}

/// A page of the teams that `uid` is in, or of all.
///
/// # Errors
/// The database's.
pub async fn teams(tx: &Tx, uid: Option<&str>, order: &str, window: Window) -> Result<(Vec<Sized>, i64)> {
    let (teams, total) = rows::page(tx, uid, order, window).await?;
    let sized = |(team, rooms, number_of_users)| Sized { team, rooms, number_of_users };
    Ok((teams.into_iter().map(sized).collect(), total))
}

/// A team of a user.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Owned {
    #[serde(flatten)]
    team: Team,
    /// The user owns it.
    is_owner: bool,
}

/// The teams of a user that the caller may know of: public ones and the caller's own; all with
/// `view-all-teams`.
///
/// # Errors
/// The database's.
pub async fn of_user(ctx: &Ctx, tx: &Tx, uid: &str) -> Result<Vec<Owned>> {
    let mut owned = Vec::new();
    for team in rows::of_user(tx, uid).await? {
        let hidden = team.private && !ctx.may("view-all-teams");
        if hidden && !subs::exists(tx, &team.room_id, ctx.uid()).await? {
            continue;
        }
        let held = subs::roles_in(tx, &team.room_id, uid).await?;
        owned.push(Owned { team, is_owner: held.iter().any(|role| role == "owner") });
    }
    Ok(owned)
}

/// Refuses strangers to a private team.
fn ensure_visible(ctx: &Ctx, within: &InTeam) -> Result<()> {
    if within.team.private && !within.member && !within.may(ctx, "view-all-teams") {
        return Err(refused("user-not-on-private-team"));
    }
    Ok(())
}

/// A page of a team's rooms: channels and those that the caller is in, or all with `view-all-team-channels`.
///
/// # Errors
/// `user-not-on-private-team`.
pub async fn rooms(
    ctx: &Ctx,
    tx: &Tx,
    within: &InTeam,
    (filter, only_default): (Option<&str>, bool),
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    ensure_visible(ctx, within)?;
    let conditions = [
        "r.team_id = ?1",
        "NOT r.team_main",
        "(?3 OR r.t = 'c' OR r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2))",
        "(NOT ?4 OR r.name_folded LIKE ?5 ESCAPE '\\')",
        "(NOT ?6 OR r.team_default)",
    ];
    let pattern = containing(filter.unwrap_or_default());
    let all = within.may(ctx, "view-all-team-channels");
    let values = vals![&within.team.id, ctx.uid(), all, filter.is_some(), &pattern, only_default];
    RoomList::new(&conditions, "r.ts ASC".to_owned()).page(ctx, tx, &values, window).await
}

/// A room with what becomes of it if the user leaves.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomOfMember {
    #[serde(flatten)]
    room: Room,
    /// Nobody else owns it.
    is_last_owner: bool,
}

/// A page of the team's rooms that a user is in; with `deletable` only those that the user may delete.
/// `roles` are the user's global roles.
///
/// # Errors
/// `user-not-on-private-team`.
pub async fn rooms_of_member(
    ctx: &Ctx,
    tx: &Tx,
    within: &InTeam,
    (uid, roles_of_user): (&str, &[String]),
    deletable: bool,
    window: Window,
) -> Result<(Vec<RoomOfMember>, i64)> {
    ensure_visible(ctx, within)?;
    let in_team = subs::roles_in(tx, &within.main.id, uid).await?;
    let mut ids = Vec::new();
    for room in rows::rooms_of(tx, &within.team.id).await? {
        if !subs::exists(tx, &room.id, uid).await? {
            continue;
        }
        if deletable {
            let (kind, t) = if room.t == RoomType::Channel { ("channel", "c") } else { ("group", "p") };
            let held = subs::roles_in(tx, &room.id, uid).await?;
            let may = ctx.permissions.in_room(roles_of_user, &in_team, &format!("delete-team-{kind}"))
                && ctx.permissions.in_room(roles_of_user, &held, &format!("delete-{t}"));
            if !may {
                continue;
            }
        }
        ids.push(room.id);
    }
    let list = RoomList::new(&["r.id IN list(?1)"], "r.ts ASC".to_owned());
    let (rooms, total) = list.page(ctx, tx, &vals![ids.as_slice()], window).await?;
    let mut found = Vec::with_capacity(rooms.len());
    for room in rooms {
        let owners = roles::holders(tx, &room.id, "owner").await?;
        let is_last_owner = owners.len() == 1 && owners[0] == uid;
        found.push(RoomOfMember { room, is_last_owner });
    }
    Ok((found, total))
}

/// Which rooms below a team's main room a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChildKind {
    /// The team's rooms, the main room with them.
    Channels,
    /// The main room's discussions.
    Discussions,
}

/// A page of a team's rooms and of its main room's discussions: channels, and what the caller is in.
///
/// # Errors
/// `error-invalid-team-not-a-member`.
pub async fn children(
    ctx: &Ctx,
    tx: &Tx,
    within: &InTeam,
    (filter, kind): (Option<&str>, Option<ChildKind>),
    page: &Page,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    if !within.member {
        return Err(refused("error-invalid-team-not-a-member"));
    }
    let conditions = [
        "((?3 AND r.team_id = ?1) OR (?4 AND r.prid = ?5))",
        "(r.t = 'c' OR r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2))",
        "(NOT ?6 OR r.name_folded LIKE ?7 ESCAPE '\\' OR r.fname_folded LIKE ?7 ESCAPE '\\')",
    ];
    let pattern = containing(filter.unwrap_or_default());
    let filter = filter.is_some_and(|text| !text.is_empty());
    let values = vals![
        &within.team.id,
        ctx.uid(),
        kind != Some(ChildKind::Discussions),
        kind != Some(ChildKind::Channels),
        &within.main.id,
        filter,
        &pattern
    ];
    RoomList::new(&conditions, page.order_by(SORTS, "r.ts ASC")?).page(ctx, tx, &values, window).await
}

/// The main rooms of teams whose names begin with the text: public ones, and those of the caller's teams.
///
/// # Errors
/// The database's.
pub async fn beginning_with(ctx: &Ctx, tx: &Tx, text: &str) -> Result<Vec<Room>> {
    let conditions = [
        "r.team_main",
        "(r.name_folded LIKE ?1 ESCAPE '\\' OR r.fname_folded LIKE ?1 ESCAPE '\\')",
        "(r.t = 'c' OR r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2))",
    ];
    let list = RoomList::new(&conditions, "COALESCE(r.name, '') ASC".to_owned());
    let (rooms, _) =
        list.page(ctx, tx, &vals![&beginning(text), ctx.uid()], Window { offset: 0, count: 10 }).await?;
    Ok(rooms)
}
