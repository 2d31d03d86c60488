//! Lists of rooms, sorted by a closed list of columns.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::dialect::escape_like;
use gantry_store::vals;

use super::{rows, view};

/// Fields that clients may sort rooms by, and what they are in the table.
pub const SORTS: &[(&str, &str)] = &[
    ("name", "COALESCE(r.name, '')"),
    ("fname", "COALESCE(r.fname, '')"),
    ("t", "r.t"),
    ("msgs", "r.msgs"),
    ("usersCount", "r.users_count"),
    ("ts", "r.ts"),
    ("lm", "COALESCE(r.lm, 0)"),
    ("lastMessage.ts", "COALESCE(r.lm, 0)"),
    ("_updatedAt", "r.updated_at"),
    ("default", "r.is_default"),
    ("featured", "r.featured"),
    ("archived", "r.archived"),
];

/// A list's conditions: each is a fixed text, with `?N` for the values that belong to it.
#[derive(Clone, Debug)]
pub struct RoomList {
    conditions: Vec<&'static str>,
    order: String,
}

impl RoomList {
    /// All rooms that meet every one of `conditions`, in `order`.
    pub fn new(conditions: &[&'static str], order: String) -> Self {
        Self { conditions: conditions.to_vec(), order }
    }

    /// A page of the list as the caller sees it, and the length of the whole list. `values` are those of the
    /// conditions, numbered from 1.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(
        &self,
        ctx: &Ctx,
        tx: &Tx,
        values: &[Val<'_>],
        window: Window,
    ) -> Result<(Vec<Room>, i64)> {
        let conditions = self.conditions.join(" AND ");
        let total = tx.query_dyn(&format!("SELECT COUNT(*) FROM rooms r WHERE {conditions}"), values).await?;
        let (count, offset) = (values.len() + 1, values.len() + 2);
        let sql = format!(
            "SELECT r.doc, r.msgs, r.users_count, r.lm, r.updated_at, r.last_message FROM rooms r \
             WHERE {conditions} ORDER BY {}, r.id LIMIT ?{count} OFFSET ?{offset}",
            self.order
        );
        let mut all = values.to_vec();
        all.extend(vals![window.count, window.offset]);
        let found = tx.query_dyn(&sql, &all).await?;
        let rooms = found.iter().map(|row| rows::decode(row, 0)).collect::<Result<Vec<_>>>()?;
        let rooms = view::rooms(ctx, tx, rooms).await?;
        Ok((rooms, total.first().map_or(Ok(0), |row| row.int(0))?))
    }
}

/// The caller's rooms of a type. Upstream: `channels.list.joined`, `groups.list`, `im.list`.
///
/// # Errors
/// The database's.
pub async fn joined(
    ctx: &Ctx,
    tx: &Tx,
    t: RoomType,
    order: String,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    RoomList::new(&["r.t = ?1", "r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2)"], order)
        .page(ctx, tx, &vals![t.as_str(), ctx.uid()], window)
        .await
}

/// Every room of a type, for administrators. Upstream: `groups.listAll`, `im.list.everyone`.
///
/// # Errors
/// The database's.
pub async fn every(
    ctx: &Ctx,
    tx: &Tx,
    t: RoomType,
    order: String,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    RoomList::new(&["r.t = ?1"], order).page(ctx, tx, &vals![t.as_str()], window).await
}

/// The channels that the caller may know of: with `view-c-room` all but those of teams that they are not in,
/// otherwise those that they joined. Upstream: `channels.list`.
///
/// # Errors
/// The database's.
pub async fn channels(
    ctx: &Ctx,
    tx: &Tx,
    id: Option<&str>,
    order: String,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    let conditions = [
        "r.t = 'c'",
        "(NOT ?1 OR r.id = ?2)",
        "((?3 AND r.team_id IS NULL) OR r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?4))",
    ];
    let values = vals![id.is_some(), id.unwrap_or_default(), ctx.may("view-c-room"), ctx.uid()];
    RoomList::new(&conditions, order).page(ctx, tx, &values, window).await
}

/// A pattern for `LIKE … ESCAPE '\'` over a folded column: names that contain the text.
pub fn containing(text: &str) -> String {
    format!("%{}%", escape_like(&rows::fold(text.trim())))
}

/// A pattern for names that begin with the text.
pub fn beginning(text: &str) -> String {
    format!("{}%", escape_like(&rows::fold(text.trim())))
}
