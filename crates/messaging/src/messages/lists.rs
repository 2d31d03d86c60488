//! Lists of messages besides a room's history: pinned, starred, mentions, discussions, threads, deleted.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_store::dialect::escape_like;
use gantry_store::search::fold;
use gantry_store::vals;

use super::rows::raw;

/// What clients may sort lists by.
const SORTABLE: [(&str, &str); 4] =
    [("ts", "m.ts"), ("_updatedAt", "m.updated_at"), ("tlm", "m.tlm"), ("tcount", "m.tcount")];

/// One page of a list, and how long the whole list is.
#[derive(Debug)]
pub struct Listed {
    /// Messages.
    pub messages: Vec<RawJson>,
    /// Length of the list.
    pub total: i64,
}

/// A message that is gone.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Gone {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// When it was deleted.
    #[serde(rename = "_deletedAt", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// The order of a list: what the client asks for, or `otherwise`.
///
/// # Errors
/// `error-invalid-sort`.
pub fn order(page: &Page, otherwise: &str) -> Result<String> {
    page.order_by(&SORTABLE, otherwise)
}

/// `from` is what stands between `SELECT` and `ORDER BY`; `p` its parameters, of which the last two are the
/// window's count and offset.
async fn list(tx: &Tx, from: &str, order: &str, p: &[Val<'_>], window: Window) -> Result<Listed> {
    let n = p.len();
    let mut all = p.to_vec();
    all.extend(vals![window.count, window.offset]);
    let sql = format!(
        "SELECT m.doc FROM messages m {from} ORDER BY {order}, m.id LIMIT ?{} OFFSET ?{}",
        n + 1,
        n + 2
    );
    let messages = raw(tx.query_dyn(&sql, &all).await?)?;
    let row = tx.query_dyn(&format!("SELECT COUNT(*) FROM messages m {from}"), p).await?;
    let total = row.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(Listed { messages, total })
}

/// As [`list`], the whole list.
async fn every(tx: &Tx, from: &str, order: &str, p: &[Val<'_>]) -> Result<Vec<RawJson>> {
    raw(tx.query_dyn(&format!("SELECT m.doc FROM messages m {from} ORDER BY {order}, m.id"), p).await?)
}

/// The pinned messages of a room.
pub async fn pinned(tx: &Tx, rid: &str, order: &str, window: Window) -> Result<Listed> {
    let from = "WHERE m.rid = ?1 AND m.pinned AND NOT m.hidden AND (m.t IS NULL OR m.t <> 'rm')";
    list(tx, from, order, &vals![rid], window).await
}

/// The messages of a room that a user has starred.
pub async fn starred(tx: &Tx, rid: &str, uid: &str, order: &str, window: Window) -> Result<Listed> {
    let from = "JOIN message_stars x ON x.mid = m.id WHERE x.uid = ?2 AND m.rid = ?1 AND NOT m.hidden";
    list(tx, from, order, &vals![rid, uid], window).await
}

/// The messages of a room that mention a user.
pub async fn mentions(tx: &Tx, rid: &str, uid: &str, order: &str, window: Window) -> Result<Listed> {
    let from = "JOIN message_mentions x ON x.mid = m.id WHERE x.rid = ?1 AND x.target = ?2 AND NOT m.hidden";
    list(tx, from, order, &vals![rid, uid], window).await
}

/// The messages of a room that open a discussion, with `text` in their name.
pub async fn discussions(tx: &Tx, rid: &str, text: &str, order: &str, window: Window) -> Result<Listed> {
    let pattern = contains(text);
    let from = "WHERE m.rid = ?1 AND m.drid IS NOT NULL AND NOT m.hidden AND COALESCE(m.folded, '') LIKE ?2 ESCAPE '\\'";
    list(tx, from, order, &vals![rid, &pattern], window).await
}

/// A `LIKE` pattern for text that contains `text`, whatever its case.
fn contains(text: &str) -> String {
    format!("%{}%", escape_like(&fold(text)))
}

/// Which threads of a room a list shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threads {
    /// All.
    All,
    /// Those that the user follows.
    Following,
    /// Those that the user has not read.
    Unread,
}

/// The parents of a room's threads, with `text` in them.
pub async fn threads(
    tx: &Tx,
    (rid, uid): (&str, &str),
    which: Threads,
    text: &str,
    order: &str,
    window: Window,
) -> Result<Listed> {
    let only = match which {
        Threads::All => "",
        Threads::Following => {
            " AND EXISTS (SELECT 1 FROM thread_followers x WHERE x.tmid = m.id AND x.uid = ?2)"
        }
        Threads::Unread => {
            " AND EXISTS (SELECT 1 FROM thread_unreads x WHERE x.tmid = m.id AND x.uid = ?2 AND x.rid = m.rid)"
        }
    };
    let pattern = contains(text);
    let from = format!(
        "WHERE m.rid = ?1 AND m.tcount > 0 AND NOT m.hidden AND CAST(?2 AS TEXT) IS NOT NULL \
         AND COALESCE(m.folded, '') LIKE ?3 ESCAPE '\\'{only}"
    );
    list(tx, &from, order, &vals![rid, uid, &pattern], window).await
}

/// The replies of a thread.
pub async fn replies(tx: &Tx, tmid: &str, order: &str, window: Window) -> Result<Listed> {
    list(tx, "WHERE m.tmid = ?1 AND NOT m.hidden", order, &vals![tmid], window).await
}

/// Parents of a room's threads that changed after `since`.
pub async fn threads_changed(tx: &Tx, rid: &str, since: Timestamp, order: &str) -> Result<Vec<RawJson>> {
    every(
        tx,
        "WHERE m.rid = ?1 AND m.tcount > 0 AND NOT m.hidden AND m.updated_at > ?2",
        order,
        &vals![rid, since.millis()],
    )
    .await
}

/// Replies of a thread that changed after `since`.
pub async fn replies_changed(tx: &Tx, tmid: &str, since: Timestamp, order: &str) -> Result<Vec<RawJson>> {
    every(tx, "WHERE m.tmid = ?1 AND NOT m.hidden AND m.updated_at > ?2", order, &vals![tmid, since.millis()])
        .await
}

/// Messages of a room that changed after `since`.
pub async fn changed(tx: &Tx, rid: &str, since: Timestamp, order: &str) -> Result<Vec<RawJson>> {
    every(tx, "WHERE m.rid = ?1 AND m.updated_at > ?2 AND NOT m.hidden", order, &vals![rid, since.millis()])
        .await
}

/// One page of the messages of a room that changed after `after` (oldest change first) or before it (newest
/// change first).
pub async fn changes_page(
    tx: &Tx,
    rid: &str,
    at: Timestamp,
    forward: bool,
    count: i64,
) -> Result<Vec<RawJson>> {
    let rows = if forward {
        tx.query(
            "SELECT doc FROM messages WHERE rid = ?1 AND updated_at > ?2 AND NOT hidden ORDER BY updated_at, id LIMIT ?3",
            &vals![rid, at.millis(), count],
        )
        .await?
    } else {
        tx.query(
            "SELECT doc FROM messages WHERE rid = ?1 AND updated_at < ?2 AND NOT hidden \
             ORDER BY updated_at DESC, id DESC LIMIT ?3",
            &vals![rid, at.millis(), count],
        )
        .await?
    };
    raw(rows)
}

/// As [`changes_page`], of what was deleted.
pub async fn gone_page(tx: &Tx, rid: &str, at: Timestamp, forward: bool, count: i64) -> Result<Vec<Gone>> {
    let rows = if forward {
        tx.query(
            "SELECT id, deleted_at FROM tombstones WHERE kind = 'message' AND owner = ?1 AND deleted_at > ?2 \
             ORDER BY deleted_at, id LIMIT ?3",
            &vals![rid, at.millis(), count],
        )
        .await?
    } else {
        tx.query(
            "SELECT id, deleted_at FROM tombstones WHERE kind = 'message' AND owner = ?1 AND deleted_at < ?2 \
             ORDER BY deleted_at DESC, id DESC LIMIT ?3",
            &vals![rid, at.millis(), count],
        )
        .await?
    };
    gone_rows(&rows)
}

/// What was deleted of a room after `since`, newest first.
pub async fn gone(tx: &Tx, rid: &str, since: Timestamp) -> Result<Vec<Gone>> {
    let rows = tx
        .query(
            "SELECT id, deleted_at FROM tombstones WHERE kind = 'message' AND owner = ?1 AND deleted_at > ?2 \
             ORDER BY deleted_at DESC, id",
            &vals![rid, since.millis()],
        )
        .await?;
    gone_rows(&rows)
}

/// Parents of a room's threads that were deleted for good after `since`: those are the only deleted messages that
/// leave replies behind.
pub async fn threads_gone(tx: &Tx, rid: &str, since: Timestamp) -> Result<Vec<Gone>> {
    let rows = tx
        .query(
            "SELECT t.id, t.deleted_at FROM tombstones t WHERE t.kind = 'message' AND t.owner = ?1 AND t.deleted_at > ?2 \
             AND EXISTS (SELECT 1 FROM messages m WHERE m.tmid = t.id) ORDER BY t.deleted_at DESC, t.id",
            &vals![rid, since.millis()],
        )
        .await?;
    gone_rows(&rows)
}

/// Replies of a thread that were deleted after `since`.
pub async fn replies_gone(tx: &Tx, tmid: &str, since: Timestamp) -> Result<Vec<Gone>> {
    let rows = tx
        .query(
            "SELECT id, deleted_at FROM tombstones WHERE kind = 'message' AND doc = ?1 AND deleted_at > ?2 \
             AND owner = (SELECT rid FROM messages WHERE id = ?1) ORDER BY deleted_at DESC, id",
            &vals![tmid, since.millis()],
        )
        .await?;
    gone_rows(&rows)
}

/// A page of what was deleted of a room after `since`, ids only, and how much there is.
pub async fn gone_ids(tx: &Tx, rid: &str, since: Timestamp, window: Window) -> Result<(Vec<Gone>, i64)> {
    let found = tx
        .all(&[
            (
                "SELECT id FROM tombstones WHERE kind = 'message' AND owner = ?1 AND deleted_at > ?2 \
                 ORDER BY deleted_at, id LIMIT ?3 OFFSET ?4",
                &vals![rid, since.millis(), window.count, window.offset],
            ),
            (
                "SELECT COUNT(*) FROM tombstones WHERE kind = 'message' AND owner = ?1 AND deleted_at > ?2",
                &vals![rid, since.millis()],
            ),
        ])
        .await?;
    let messages =
        found[0].iter().map(|row| Ok(Gone { id: row.text(0)?, deleted_at: None })).collect::<Result<_>>()?;
    Ok((messages, found[1].first().map_or(Ok(0), |row| row.int(0))?))
}

fn gone_rows(rows: &[Row]) -> Result<Vec<Gone>> {
    rows.iter()
        .map(|row| Ok(Gone { id: row.text(0)?, deleted_at: Some(Timestamp::from_millis(row.int(1)?)) }))
        .collect()
}
