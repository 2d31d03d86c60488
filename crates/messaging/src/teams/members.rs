//! Who is in a team.

use gantry_accounts::users;
use gantry_kernel::permissions::Scope;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, User, UserRef};
use gantry_store::vals;

use super::guard::InTeam;
use super::{refused, rows};
use crate::events::RoomRoleChanged;
use crate::messages::send::Sender;
use crate::rooms::lists::containing;
use crate::rooms::{members, roles, rows as rooms};
use crate::subscriptions::rows as subs;

/// A member as clients name one: a user and the roles to have.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberWish {
    /// User id.
    pub user_id: String,
    /// Roles in the team.
    pub roles: Option<Vec<String>>,
}

/// As teams name people.
pub(super) fn reference(user: &User) -> UserRef {
    UserRef { id: user.id.clone(), username: user.username.clone(), ..UserRef::default() }
}

/// Somebody came into a room; into the team with it if it is a main room, and then into the rooms that the
/// team's members join by themselves.
///
/// # Errors
/// The database's.
pub async fn joined(ctx: &Ctx, tx: &Tx, room: &Room, user: &User, inviter: Option<&Sender>) -> Result<()> {
    let Some(team) = room.team_id.as_deref().filter(|_| room.team_main.unwrap_or(false)) else {
        return Ok(());
    };
    let own = Sender::from(user);
    let by = inviter.unwrap_or(&own);
    let named = UserRef { id: by.uid.clone(), username: Some(by.username.clone()), ..UserRef::default() };
    rows::note_member(tx, team, &user.id, &named, ctx.now).await?;
    for room in rows::default_rooms_of(tx, team).await? {
        Box::pin(members::add(ctx, tx, &room, user, Some(by), false)).await?;
    }
    Ok(())
}

/// Somebody left a room, and the team with it if it is a main room.
///
/// # Errors
/// The database's.
pub async fn left(tx: &Tx, room: &Room, uid: &str) -> Result<()> {
    match room.team_id.as_deref().filter(|_| room.team_main.unwrap_or(false)) {
        Some(team) => rows::forget_member(tx, team, uid).await,
        None => Ok(()),
    }
}

/// The caller adds people to a team. Those who are in it get the roles in addition to theirs.
///
/// # Errors
/// `invalid-user`, and what [`set_roles`] refuses.
pub async fn add(ctx: &Ctx, tx: &Tx, within: &InTeam, wishes: &[MemberWish]) -> Result<()> {
    let inviter = Sender::from(&**ctx.caller()?);
    for wish in wishes {
        let user = users::by_id(tx, &wish.user_id).await?.ok_or_else(|| refused("invalid-user"))?;
        let main = rooms::lock(tx, &within.main.id).await?.ok_or_else(|| refused("invalid-room"))?;
        members::add(ctx, tx, &main, &user, Some(&inviter), false).await?;
        if let Some(wanted) = &wish.roles {
            let mut after = subs::roles_in(tx, &main.id, &user.id).await?;
            after.extend(wanted.iter().cloned());
            set_roles(ctx, tx, within, &user.id, after).await?;
        }
    }
    Ok(())
}

/// The caller gives a member exactly these roles; nobody else is changed.
///
/// # Errors
/// `error-invalid-role` for a role that does not count in rooms, 403 for one that the caller may not give or
/// take, `last-owner-can-not-be-removed`.
pub async fn set_roles(ctx: &Ctx, tx: &Tx, within: &InTeam, uid: &str, mut after: Vec<String>) -> Result<()> {
    let rid = within.main.id.as_str();
    if !subs::exists(tx, rid, uid).await? {
        return Ok(());
    }
    let mut seen = std::collections::BTreeSet::new();
    after.retain(|role| seen.insert(role.clone()));
    let before = subs::roles_in(tx, rid, uid).await?;
    let gained: Vec<&String> = after.iter().filter(|role| !before.contains(role)).collect();
    let lost: Vec<&String> = before.iter().filter(|role| !after.contains(role)).collect();
    for role in gained.iter().chain(&lost) {
        ensure_assignable(ctx, within, role)?;
    }
    if lost.iter().any(|role| *role == "owner") {
        ensure_not_last_owner(tx, rid, uid).await?;
    }
    if gained.is_empty() && lost.is_empty() {
        return Ok(());
    }
    subs::set_roles(tx, rid, uid, &after, ctx.now).await?;
    let told = |role: &str, given| {
        tx.emit(RoomRoleChanged { rid: rid.to_owned(), uid: uid.to_owned(), role: role.to_owned(), given });
    };
    gained.iter().for_each(|role| told(role, true));
    lost.iter().for_each(|role| told(role, false));
    Ok(())
}

/// Roles that count everywhere would count in the team as well, so they are not given here; the others take
/// what they take in any room, those that the workspace has made what they take anywhere.
fn ensure_assignable(ctx: &Ctx, within: &InTeam, role: &str) -> Result<()> {
    let permission = match role {
        "owner" => "set-owner",
        "moderator" => "set-moderator",
        "leader" => "set-leader",
        "member" => return Ok(()),
        other => {
            let known = ctx.permissions.role(other).is_some_and(|role| role.scope == Scope::Subscriptions);
            return match (known, ctx.may("access-permissions")) {
                (true, true) => Ok(()),
                (true, false) => Err(Error::unauthorized()),
                (false, _) => Err(Error::new("error-invalid-role", "Invalid role")),
            };
        }
    };
    within.ensure(ctx, &[permission])
}

async fn ensure_not_last_owner(tx: &Tx, rid: &str, uid: &str) -> Result<()> {
    let owners = roles::holders(tx, rid, "owner").await?;
    if owners.len() == 1 && owners[0] == uid {
        return Err(refused("last-owner-can-not-be-removed"));
    }
    Ok(())
}

/// Takes somebody out of a team, in the caller's name, and out of those of `rids` that are the team's rooms.
///
/// # Errors
/// `member-does-not-exist`, `last-owner-can-not-be-removed`.
pub async fn remove(ctx: &Ctx, tx: &Tx, within: &InTeam, user: &User, rids: &[String]) -> Result<()> {
    let main = rooms::lock(tx, &within.main.id).await?.ok_or_else(|| refused("invalid-room"))?;
    if !subs::exists(tx, &main.id, &user.id).await? {
        return Err(refused("member-does-not-exist"));
    }
    ensure_not_last_owner(tx, &main.id, &user.id).await?;
    let by =
        (user.id != ctx.uid()).then(|| ctx.caller().map(|caller| Sender::from(&**caller))).transpose()?;
    members::remove(ctx, tx, &main, user, by.as_ref()).await?;
    for room in rows::rooms_of(tx, &within.team.id).await? {
        if rids.contains(&room.id) {
            if subs::exists(tx, &room.id, &user.id).await? {
                ensure_not_last_owner(tx, &room.id, &user.id).await?;
            }
            members::remove(ctx, tx, &room, user, by.as_ref()).await?;
        }
    }
    Ok(())
}

/// A member of a team in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    user: MemberUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    created_by: UserRef,
    created_at: Timestamp,
}

/// What a list shows of a member.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct MemberUser {
    #[serde(rename = "_id")]
    id: String,
    username: Option<String>,
    name: Option<String>,
    status: String,
}

/// Which members a list shows.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Those of these presences; all if empty.
    pub statuses: Vec<String>,
    /// Part of the username.
    pub username: Option<String>,
    /// Part of the real name.
    pub name: Option<String>,
}

impl MemberFilter {
    /// A page of the active members of a team, the longest ones first, and how many there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(&self, tx: &Tx, team: &str, window: Window) -> Result<(Vec<Member>, i64)> {
        const FROM: &str = "FROM teams t JOIN subscriptions s ON s.rid = t.room_id JOIN users u ON u.id = s.uid \
             LEFT JOIN team_members m ON m.team_id = t.id AND m.uid = s.uid LEFT JOIN users b ON b.id = m.created_by \
             WHERE t.id = ?1 AND u.active AND (NOT ?2 OR u.status IN list(?3)) \
             AND (NOT ?4 OR u.username_folded LIKE ?5 ESCAPE '\\') AND (NOT ?6 OR u.name_folded LIKE ?7 ESCAPE '\\')";
        let pattern = |text: &Option<String>| containing(text.as_deref().unwrap_or_default());
        let (username, name) = (pattern(&self.username), pattern(&self.name));
        let statuses = self.statuses.as_slice();
        let values = vals![
            team,
            !statuses.is_empty(),
            statuses,
            self.username.is_some(),
            &username,
            self.name.is_some(),
            &name
        ];
        let total = tx.query_dyn(&format!("SELECT COUNT(*) {FROM}"), &values).await?;
        let sql = format!(
            "SELECT u.id, u.username, u.name, u.status, s.roles, s.ts, m.created_at, COALESCE(m.created_by, t.created_by), \
             COALESCE(b.username, m.created_by_username, t.created_by_username) {FROM} \
             ORDER BY s.ts, u.username_folded, u.id LIMIT ?8 OFFSET ?9"
        );
        let mut all = values.to_vec();
        all.extend(vals![window.count, window.offset]);
        let found = tx.query_dyn(&sql, &all).await?;
        let members = found.iter().map(member).collect::<Result<Vec<_>>>()?;
        Ok((members, total.first().map_or(Ok(0), |row| row.int(0))?))
    }
}

fn member(row: &Row) -> Result<Member> {
    let roles = row.opt_str(4)?.map(serde_json::from_str).transpose().map_err(Error::internal)?;
    Ok(Member {
        user: MemberUser {
            id: row.text(0)?,
            username: row.opt_text(1)?,
            name: row.opt_text(2)?,
            status: row.text(3)?,
        },
        roles,
        created_by: UserRef { id: row.text(7)?, username: row.opt_text(8)?, ..UserRef::default() },
        created_at: Timestamp::from_millis(row.opt_int(6)?.unwrap_or(row.int(5)?)),
    })
}
