//! Lists of a room's members.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use super::lists::containing;
use super::refusals::invalid_room;
use crate::subscriptions::rows as subs;

/// A member as lists show them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// User id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Real name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Nickname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Presence.
    pub status: String,
    /// Text beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
    /// Version of the picture.
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    pub avatar_etag: Option<String>,
    /// Hours from UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<f64>,
    /// Belongs to another server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated: Option<bool>,
    /// Roles in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Timestamp,
}

/// What of the user's document a list shows.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extra {
    nickname: Option<String>,
    utc_offset: Option<f64>,
    federated: Option<bool>,
}

/// Which members a list shows, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// Only those of these presences; all if empty.
    pub statuses: Vec<String>,
    /// Only those whose username, name, nickname or biography contains this.
    pub filter: String,
    /// Usernames from Z to A.
    pub descending: bool,
    /// Owners first, then moderators, then the others; roles are shown.
    pub by_role: bool,
    /// Sorted by real name, as the workspace shows names.
    pub real_names: bool,
}

impl Roster {
    /// A page of a room's active members, and how many match in all. Those who are online come first.
    /// Upstream: `apps/meteor/server/lib/findUsersOfRoom.ts`, `findUsersOfRoomOrderedByRole.ts`.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(&self, tx: &Tx, rid: &str, window: Window) -> Result<(Vec<Member>, i64)> {
        const FROM: &str = "FROM subscriptions s JOIN users u ON u.id = s.uid WHERE s.rid = ?1 AND u.active \
             AND u.username IS NOT NULL AND (NOT ?2 OR u.status IN list(?3)) \
             AND (NOT ?4 OR u.search LIKE ?5 ESCAPE '\\')";
        let direction = if self.descending { "DESC" } else { "ASC" };
        let names = if self.real_names && !self.descending { "COALESCE(u.name_folded, ''), " } else { "" };
        let roles = if self.by_role {
            "CASE WHEN s.roles LIKE '%\"owner\"%' THEN 0 WHEN s.roles LIKE '%\"moderator\"%' THEN 1 ELSE 2 END, "
        } else {
            ""
        };
        let (filter, pattern) = (!self.filter.trim().is_empty(), containing(&self.filter));
        let statuses = self.statuses.as_slice();
        let values = vals![rid, !statuses.is_empty(), statuses, filter, &pattern];
        let total = tx.query_dyn(&format!("SELECT COUNT(*) {FROM}"), &values).await?;
        let sql = format!(
            "SELECT u.id, u.username, u.name, u.status, u.status_text, u.avatar_etag, u.updated_at, u.doc, s.roles {FROM} \
             ORDER BY {roles}u.status_connection DESC, {names}u.username_folded {direction}, u.id LIMIT ?6 OFFSET ?7"
        );
        let mut all = values.to_vec();
        all.extend(vals![window.count, window.offset]);
        let rows = tx.query_dyn(&sql, &all).await?;
        let members = rows.iter().map(|row| self.member(row)).collect::<Result<Vec<_>>>()?;
        Ok((members, total.first().map_or(Ok(0), |row| row.int(0))?))
    }

    fn member(&self, row: &Row) -> Result<Member> {
        let extra: Extra = serde_json::from_str(row.str(7)?).map_err(Error::internal)?;
        let roles = row.opt_str(8)?.filter(|_| self.by_role);
        Ok(Member {
            id: row.text(0)?,
            username: row.opt_text(1)?,
            name: row.opt_text(2)?,
            nickname: extra.nickname,
            status: row.text(3)?,
            status_text: row.opt_text(4)?,
            avatar_etag: row.opt_text(5)?,
            utc_offset: extra.utc_offset,
            federated: extra.federated,
            roles: roles.map(serde_json::from_str).transpose().map_err(Error::internal)?,
            updated_at: Timestamp::from_millis(row.int(6)?),
        })
    }
}

/// Refuses to list a broadcast room's members to those who may not see them.
///
/// # Errors
/// 403.
pub fn ensure_listed(ctx: &Ctx, room: &Room, roles: &[String]) -> Result<()> {
    let hidden = room.broadcast.unwrap_or(false) && !ctx.may_in_room("view-broadcast-member-list", roles);
    if hidden { Err(Error::unauthorized()) } else { Ok(()) }
}

/// Ids and usernames of a room's members who are not offline.
///
/// # Errors
/// The database's.
pub async fn online(tx: &Tx, rid: &str) -> Result<Vec<(String, Option<String>)>> {
    let rows = tx
        .query(
            "SELECT u.id, u.username FROM subscriptions s JOIN users u ON u.id = s.uid \
             WHERE s.rid = ?1 AND u.status <> 'offline' AND u.active ORDER BY u.username_folded, u.id",
            &vals![rid],
        )
        .await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.opt_text(1)?))).collect()
}

/// One of the two people of a direct room blocks the other, or takes it back.
/// Upstream: `apps/meteor/app/lib/server/methods/blockUser.ts`, `unblockUser.ts`.
///
/// # Errors
/// `error-invalid-room` unless it is a direct room of the two.
pub async fn block(ctx: &Ctx, tx: &Tx, room: &Room, other: &str, block: bool) -> Result<()> {
    let method = if block { "blockUser" } else { "unblockUser" };
    let pair = room.t == RoomType::Direct && room.uids.as_ref().is_some_and(|uids| uids.len() == 2);
    if !pair || other == ctx.uid() {
        return Err(invalid_room(method));
    }
    let refuse = || invalid_room(method);
    // Both are locked in the same order, whoever of the two blocks the other.
    let mut uids = vec![ctx.uid().to_owned(), other.to_owned()];
    uids.sort_unstable();
    let mut sides = Vec::with_capacity(uids.len());
    for uid in &uids {
        sides.push(subs::lock(tx, &room.id, uid).await?.ok_or_else(refuse)?);
    }
    for side in &mut sides {
        let mark = if side.u.id == ctx.uid() { &mut side.blocker } else { &mut side.blocked };
        *mark = block.then_some(true);
        subs::update_doc(tx, side, ctx.now).await?;
    }
    tx.emit(crate::events::SubscriptionsChanged { rid: room.id.clone(), uids });
    Ok(())
}
