//! The table of invitations.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// A link into a room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// The token.
    #[serde(rename = "_id")]
    pub id: String,
    /// Room that it leads to.
    pub rid: String,
    /// Who made it.
    pub user_id: String,
    /// Days that it is valid; 0 for ever.
    pub days: i64,
    /// How many people may use it; 0 for any number.
    pub max_uses: i64,
    /// How many have.
    pub uses: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Timestamp,
    /// Where people go with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Invite {
    /// Whether nobody can use it any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now) || (self.max_uses > 0 && self.uses >= self.max_uses)
    }
}

fn decode(row: &Row) -> Result<Invite> {
    Ok(Invite {
        id: row.text(0)?,
        rid: row.text(1)?,
        user_id: row.text(2)?,
        days: row.int(3)?,
        max_uses: row.int(4)?,
        uses: row.int(5)?,
        created_at: Timestamp::from_millis(row.int(6)?),
        expires: row.opt_int(7)?.map(Timestamp::from_millis),
        updated_at: Timestamp::from_millis(row.int(8)?),
        url: None,
    })
}

pub(super) async fn by_id(tx: &Tx, id: &str) -> Result<Option<Invite>> {
    let row = tx
        .query_opt(
            "SELECT id, rid, uid, days, max_uses, uses, created_at, expires, updated_at FROM invites WHERE id = ?1",
            &vals![id],
        )
        .await?;
    row.as_ref().map(decode).transpose()
}

/// All invitations, the oldest first.
pub(super) async fn all(tx: &Tx) -> Result<Vec<Invite>> {
    let found = tx
        .query(
            "SELECT id, rid, uid, days, max_uses, uses, created_at, expires, updated_at FROM invites \
             ORDER BY created_at, id",
            &vals![],
        )
        .await?;
    found.iter().map(decode).collect()
}

/// An invitation with these terms that can still be used.
pub(super) async fn alike(tx: &Tx, wanted: &Invite) -> Result<Option<Invite>> {
    let found = tx
        .query(
            "SELECT id, rid, uid, days, max_uses, uses, created_at, expires, updated_at FROM invites \
             WHERE rid = ?1 AND uid = ?2 AND days = ?3 AND max_uses = ?4 ORDER BY created_at, id",
            &vals![&wanted.rid, &wanted.user_id, wanted.days, wanted.max_uses],
        )
        .await?;
    let found = found.iter().map(decode).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().find(|invite| !invite.is_over(wanted.created_at)))
}

pub(super) async fn insert(tx: &Tx, invite: &Invite) -> Result<()> {
    tx.exec(
        "INSERT INTO invites (id, rid, uid, days, max_uses, uses, created_at, expires, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &vals![
            &invite.id,
            &invite.rid,
            &invite.user_id,
            invite.days,
            invite.max_uses,
            invite.uses,
            invite.created_at.millis(),
            invite.expires.map(Timestamp::millis),
            invite.updated_at.millis(),
        ],
    )
    .await?;
    Ok(())
}

/// Counts a use; answers `false` if there was none left.
pub(super) async fn count_use(tx: &Tx, id: &str, now: Timestamp) -> Result<bool> {
    let counted = tx
        .exec(
            "UPDATE invites SET uses = uses + 1, updated_at = ?2 WHERE id = ?1 AND (max_uses = 0 OR uses < max_uses)",
            &vals![id, now.millis()],
        )
        .await?;
    Ok(counted == 1)
}

pub(super) async fn delete(tx: &Tx, id: &str) -> Result<()> {
    tx.exec("DELETE FROM invites WHERE id = ?1", &vals![id]).await?;
    Ok(())
}

/// Removes the invitations into a room.
pub(crate) async fn delete_of_room(tx: &Tx, rid: &str) -> Result<()> {
    tx.exec("DELETE FROM invites WHERE rid = ?1", &vals![rid]).await?;
    Ok(())
}
