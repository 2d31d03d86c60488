//! The tables of teams.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, UserRef};
use gantry_store::vals;
use serde::Serializer;

use crate::rooms::rows::fold;

/// A team.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Team id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Name.
    pub name: String,
    /// 0 for public, 1 for private.
    #[serde(rename = "type", serialize_with = "as_number")]
    #[schemars(with = "i64")]
    pub private: bool,
    /// Main room.
    pub room_id: String,
    /// Who made it.
    pub created_by: UserRef,
    /// When.
    pub created_at: Timestamp,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Timestamp,
}

fn as_number<S: Serializer>(private: &bool, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_i64(i64::from(*private))
}

/// The columns of a team with its maker's name of today; ends before `WHERE`.
macro_rules! select_teams {
    ($tail:literal) => {
        concat!(
            "SELECT t.id, t.name, t.private, t.room_id, t.created_by, COALESCE(u.username, t.created_by_username), ",
            "t.created_at, t.updated_at FROM teams t LEFT JOIN users u ON u.id = t.created_by ",
            $tail
        )
    };
}

pub(super) fn decode(row: &Row) -> Result<Team> {
    Ok(Team {
        id: row.text(0)?,
        name: row.text(1)?,
        private: row.bool(2)?,
        room_id: row.text(3)?,
        created_by: UserRef { id: row.text(4)?, username: row.opt_text(5)?, ..UserRef::default() },
        created_at: Timestamp::from_millis(row.int(6)?),
        updated_at: Timestamp::from_millis(row.int(7)?),
    })
}

fn one(row: Option<Row>) -> Result<Option<Team>> {
    row.as_ref().map(decode).transpose()
}

/// The team of that id.
pub async fn by_id(tx: &Tx, id: &str) -> Result<Option<Team>> {
    one(tx.query_opt(select_teams!("WHERE t.id = ?1"), &vals![id]).await?)
}

/// The team of exactly that name.
pub async fn by_name(tx: &Tx, name: &str) -> Result<Option<Team>> {
    Ok(by_folded_name(tx, name).await?.filter(|team| team.name == name))
}

/// The team of that name, whatever its case.
pub async fn by_folded_name(tx: &Tx, name: &str) -> Result<Option<Team>> {
    one(tx.query_opt(select_teams!("WHERE t.name_folded = ?1"), &vals![&fold(name)]).await?)
}

/// The teams that a user is in, by name.
pub async fn of_user(tx: &Tx, uid: &str) -> Result<Vec<Team>> {
    let found = tx
        .query(
            select_teams!(
                "JOIN subscriptions s ON s.rid = t.room_id WHERE s.uid = ?1 ORDER BY t.name_folded, t.id"
            ),
            &vals![uid],
        )
        .await?;
    found.iter().map(decode).collect()
}

/// A page of the teams that `uid` is in, or of all teams.
pub async fn page(
    tx: &Tx,
    uid: Option<&str>,
    order: &str,
    window: Window,
) -> Result<(Vec<(Team, i64, i64)>, i64)> {
    const FROM: &str = "FROM teams t JOIN rooms m ON m.id = t.room_id LEFT JOIN users u ON u.id = t.created_by \
         WHERE (?1 OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.rid = t.room_id AND s.uid = ?2))";
    let values = vals![uid.is_none(), uid.unwrap_or_default()];
    let total = tx.query_dyn(&format!("SELECT COUNT(*) {FROM}"), &values).await?;
    let sql = format!(
        "SELECT t.id, t.name, t.private, t.room_id, t.created_by, COALESCE(u.username, t.created_by_username), \
         t.created_at, t.updated_at, (SELECT COUNT(*) FROM rooms r WHERE r.team_id = t.id AND NOT r.team_main), \
         m.users_count {FROM} ORDER BY {order}, t.id LIMIT ?3 OFFSET ?4"
    );
    let mut all = values.to_vec();
    all.extend(vals![window.count, window.offset]);
    let found = tx.query_dyn(&sql, &all).await?;
    let teams =
        found.iter().map(|row| Ok((decode(row)?, row.int(8)?, row.int(9)?))).collect::<Result<Vec<_>>>()?;
    Ok((teams, total.first().map_or(Ok(0), |row| row.int(0))?))
}

/// Stores a new team; answers `false` if its name or room is another team's.
pub async fn insert(tx: &Tx, team: &Team) -> Result<bool> {
    let inserted = tx
        .exec(
            "INSERT INTO teams (id, name, name_folded, private, room_id, created_by, created_by_username, created_at, \
             updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            &vals![
                &team.id,
                &team.name,
                &fold(&team.name),
                team.private,
                &team.room_id,
                &team.created_by.id,
                team.created_by.username.as_deref(),
                team.created_at.millis(),
                team.updated_at.millis(),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Stores a team's name and type.
///
/// # Errors
/// `team-name-already-exists`.
pub async fn update(tx: &Tx, team: &Team, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE teams SET name = ?2, name_folded = ?3, private = ?4, updated_at = ?5 WHERE id = ?1",
        &vals![&team.id, &team.name, &fold(&team.name), team.private, now.millis()],
    )
    .await
    .map_err(|error| match error {
        gantry_store::DbError::Unique { .. } => super::refused("team-name-already-exists"),
        other => other.into(),
    })?;
    Ok(())
}

/// A team's main room has another name or type: the team follows.
///
/// # Errors
/// `team-name-already-exists`.
pub async fn follow_main_room(tx: &Tx, before: &Room, room: &Room, now: Timestamp) -> Result<()> {
    let Some(id) = room.team_id.as_deref().filter(|_| room.team_main.unwrap_or(false)) else {
        return Ok(());
    };
    let Some(mut team) = by_id(tx, id).await? else { return Ok(()) };
    if before.fname != room.fname {
        team.name = room.fname.clone().or_else(|| room.name.clone()).unwrap_or_default();
    }
    team.private = room.t == RoomType::Private;
    update(tx, &team, now).await
}

/// Removes a team. Its rooms are the caller's concern.
pub async fn delete(tx: &Tx, id: &str) -> Result<()> {
    tx.exec("DELETE FROM team_members WHERE team_id = ?1", &vals![id]).await?;
    tx.exec("DELETE FROM teams WHERE id = ?1", &vals![id]).await?;
    Ok(())
}

/// Notes who brought a member in.
pub async fn note_member(tx: &Tx, team: &str, uid: &str, by: &UserRef, now: Timestamp) -> Result<()> {
    tx.exec(
        "INSERT INTO team_members (team_id, uid, created_at, created_by, created_by_username) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (team_id, uid) DO UPDATE SET created_at = excluded.created_at, \
         created_by = excluded.created_by, created_by_username = excluded.created_by_username",
        &vals![team, uid, now.millis(), &by.id, by.username.as_deref()],
    )
    .await?;
    Ok(())
}

/// Notes who brought in everybody who is in the team's main room.
pub async fn note_members(tx: &Tx, team: &Team) -> Result<()> {
    tx.exec(
        "INSERT INTO team_members (team_id, uid, created_at, created_by, created_by_username) \
         SELECT t.id, s.uid, t.created_at, t.created_by, t.created_by_username FROM teams t \
         JOIN subscriptions s ON s.rid = t.room_id WHERE t.id = ?1 ON CONFLICT DO NOTHING",
        &vals![&team.id],
    )
    .await?;
    Ok(())
}

/// Forgets who brought a member in.
pub async fn forget_member(tx: &Tx, team: &str, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM team_members WHERE team_id = ?1 AND uid = ?2", &vals![team, uid]).await?;
    Ok(())
}

/// The rooms of a team, its main room left out.
pub async fn rooms_of(tx: &Tx, team: &str) -> Result<Vec<Room>> {
    let found = tx
        .query(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms \
             WHERE team_id = ?1 AND NOT team_main ORDER BY id",
            &vals![team],
        )
        .await?;
    found.iter().map(|row| crate::rooms::rows::decode(row, 0)).collect()
}

/// The rooms of a team that its members join by themselves.
pub async fn default_rooms_of(tx: &Tx, team: &str) -> Result<Vec<Room>> {
    let found = tx
        .query(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms \
             WHERE team_id = ?1 AND NOT team_main AND team_default AND NOT archived ORDER BY id",
            &vals![team],
        )
        .await?;
    found.iter().map(|row| crate::rooms::rows::decode(row, 0)).collect()
}

/// Ids of the members of several teams who are in a room, each once.
pub async fn members_in_room(tx: &Tx, teams: &[String], rid: &str) -> Result<Vec<String>> {
    let found = tx
        .query(
            "SELECT DISTINCT s.uid FROM teams t JOIN subscriptions m ON m.rid = t.room_id \
             JOIN subscriptions s ON s.uid = m.uid AND s.rid = ?2 WHERE t.id IN list(?1) ORDER BY s.uid",
            &vals![teams, rid],
        )
        .await?;
    found.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// The public teams, and those that `uid` is in, whose names begin with a text.
pub async fn beginning_with(tx: &Tx, text: &str, uid: &str, limit: i64) -> Result<Vec<Team>> {
    let found = tx
        .query(
            select_teams!(
                "WHERE t.name_folded LIKE ?1 ESCAPE '\\' AND (NOT t.private OR EXISTS (SELECT 1 FROM subscriptions s \
                 WHERE s.rid = t.room_id AND s.uid = ?2)) ORDER BY t.name_folded, t.id LIMIT ?3"
            ),
            &vals![&crate::rooms::lists::beginning(text), uid, limit],
        )
        .await?;
    found.iter().map(decode).collect()
}
