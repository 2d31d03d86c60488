//! The messages table. The document is the whole message, so that lists are sent without parsing it.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_protocol::objects::Message;
use gantry_store::search::fold;
use gantry_store::vals;

fn decode(row: &Row) -> Result<Message> {
    serde_json::from_str(row.str(0)?).map_err(Error::internal)
}

/// The message of that id. One that is hidden (kept only for the history) is gone to people, and to this.
pub async fn by_id(tx: &Tx, id: &str) -> Result<Option<Message>> {
    let row = tx.query_opt("SELECT doc FROM messages WHERE id = ?1 AND NOT hidden", &vals![id]).await?;
    row.as_ref().map(decode).transpose()
}

/// As [`by_id`], locked until the transaction ends.
pub async fn lock(tx: &Tx, id: &str) -> Result<Option<Message>> {
    let row =
        tx.query_opt("SELECT doc FROM messages WHERE id = ?1 AND NOT hidden FOR UPDATE", &vals![id]).await?;
    row.as_ref().map(decode).transpose()
}

/// The messages of those ids that exist, without hidden ones.
pub async fn by_ids(tx: &Tx, ids: &[String]) -> Result<Vec<Message>> {
    let rows = tx
        .query("SELECT doc FROM messages WHERE id IN list(?1) AND NOT hidden ORDER BY ts, id", &vals![ids])
        .await?;
    rows.iter().map(decode).collect()
}

/// Stores a new message, whose document is `doc`. Answers `false` and changes nothing if the id is taken.
pub async fn insert(tx: &Tx, message: &Message, doc: &str) -> Result<bool> {
    let inserted = tx
        .exec(
            "INSERT INTO messages (id, rid, ts, updated_at, uid, t, tmid, tshow, tcount, tlm, pinned, hidden, drid, folded, doc) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (id) DO NOTHING",
            &vals![
                &message.id,
                &message.rid,
                message.ts.millis(),
                message.updated_at.millis(),
                &message.u.id,
                message.t.as_deref(),
                message.tmid.as_deref(),
                message.tshow.unwrap_or(false),
                message.tcount.unwrap_or(0),
                message.tlm.map(Timestamp::millis),
                message.pinned.unwrap_or(false),
                message.hidden.unwrap_or(false),
                message.drid.as_deref(),
                folded(message).as_deref(),
                doc,
            ],
        )
        .await?;
    if inserted == 1 {
        index_mentions(tx, message).await?;
    }
    Ok(inserted == 1)
}

/// Stores a changed message; `_updatedAt` becomes `now`.
pub async fn update(tx: &Tx, message: &mut Message, now: Timestamp) -> Result<()> {
    message.updated_at = now;
    let doc = serde_json::to_string(message).map_err(Error::internal)?;
    tx.exec(
        "UPDATE messages SET updated_at = ?2, t = ?3, tshow = ?4, tcount = ?5, tlm = ?6, pinned = ?7, hidden = ?8, \
         drid = ?9, folded = ?10, doc = ?11 WHERE id = ?1",
        &vals![
            &message.id,
            now.millis(),
            message.t.as_deref(),
            message.tshow.unwrap_or(false),
            message.tcount.unwrap_or(0),
            message.tlm.map(Timestamp::millis),
            message.pinned.unwrap_or(false),
            message.hidden.unwrap_or(false),
            message.drid.as_deref(),
            folded(message).as_deref(),
            &doc,
        ],
    )
    .await?;
    Ok(())
}

/// Stores a message that no list shows.
pub async fn insert_hidden(tx: &Tx, message: &Message, doc: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO messages (id, rid, ts, updated_at, uid, t, tmid, tshow, tcount, tlm, pinned, hidden, drid, folded, doc) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, FALSE, 0, NULL, FALSE, TRUE, NULL, NULL, ?8)",
        &vals![
            &message.id,
            &message.rid,
            message.ts.millis(),
            message.updated_at.millis(),
            &message.u.id,
            message.t.as_deref(),
            message.tmid.as_deref(),
            doc,
        ],
    )
    .await?;
    Ok(())
}

/// Takes a message out of all lists and keeps it. Clients that ask later learn it as deleted.
pub async fn hide(tx: &Tx, message: &Message, now: Timestamp) -> Result<()> {
    let mut hidden = Message { hidden: Some(true), ..message.clone() };
    update(tx, &mut hidden, now).await?;
    forget(tx, message, now).await
}

/// Sets a user's star on a message.
pub async fn add_star(tx: &Tx, uid: &str, mid: &str, rid: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO message_stars (uid, mid, rid) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &vals![uid, mid, rid],
    )
    .await?;
    Ok(())
}

/// Takes a user's star away.
pub async fn remove_star(tx: &Tx, uid: &str, mid: &str) -> Result<()> {
    tx.exec("DELETE FROM message_stars WHERE uid = ?1 AND mid = ?2", &vals![uid, mid]).await?;
    Ok(())
}

/// The message that opens a discussion, locked until the transaction ends.
pub async fn lock_opener(tx: &Tx, drid: &str) -> Result<Option<Message>> {
    let row = tx
        .query_opt(
            "SELECT doc FROM messages WHERE drid = ?1 ORDER BY ts, id LIMIT 1 FOR UPDATE",
            &vals![drid],
        )
        .await?;
    row.as_ref().map(decode).transpose()
}

/// What searches look at: the text that people wrote, without case. Nothing of system and encrypted messages.
fn folded(message: &Message) -> Option<String> {
    if message.t.as_deref().is_some_and(|t| t != "discussion-created") {
        return None;
    }
    let captions =
        message.attachments.iter().flatten().filter_map(|attachment| attachment.description.as_deref());
    let text = std::iter::once(message.msg.as_str()).chain(captions).filter(|text| !text.is_empty());
    let text = text.map(fold).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// Writes down whom a message mentions; replaces what was known of it.
pub async fn reindex_mentions(tx: &Tx, message: &Message) -> Result<()> {
    tx.exec("DELETE FROM message_mentions WHERE mid = ?1", &vals![&message.id]).await?;
    index_mentions(tx, message).await
}

async fn index_mentions(tx: &Tx, message: &Message) -> Result<()> {
    for mention in message.mentions.iter().flatten() {
        tx.exec(
            "INSERT INTO message_mentions (rid, target, ts, mid) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            &vals![&message.rid, &mention.id, message.ts.millis(), &message.id],
        )
        .await?;
    }
    Ok(())
}

/// Removes a message. A tombstone tells clients that ask later.
pub async fn delete(tx: &Tx, message: &Message, now: Timestamp) -> Result<()> {
    tx.exec("DELETE FROM messages WHERE id = ?1", &vals![&message.id]).await?;
    forget(tx, message, now).await
}

/// Removes a message from the indexes and leaves a tombstone, which knows its thread.
async fn forget(tx: &Tx, message: &Message, now: Timestamp) -> Result<()> {
    tx.exec("DELETE FROM message_stars WHERE mid = ?1", &vals![&message.id]).await?;
    tx.exec("DELETE FROM message_mentions WHERE mid = ?1", &vals![&message.id]).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, owner, deleted_at, doc) VALUES ('message', ?1, ?2, ?3, ?4) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![&message.id, &message.rid, now.millis(), message.tmid.as_deref()],
    )
    .await?;
    Ok(())
}

/// The newest message of people that the room shows, for `lastMessage` after a delete.
pub async fn newest(tx: &Tx, rid: &str) -> Result<Option<Message>> {
    let row = tx
        .query_opt(
            "SELECT doc FROM messages WHERE rid = ?1 AND NOT hidden AND (tmid IS NULL OR tshow) AND (t IS NULL OR t = 'e2e') \
             ORDER BY ts DESC, id DESC LIMIT 1",
            &vals![rid],
        )
        .await?;
    row.as_ref().map(decode).transpose()
}

/// The time of the newest message of a room.
pub async fn newest_time(tx: &Tx, rid: &str) -> Result<Option<Timestamp>> {
    let row = tx
        .query_opt(
            "SELECT ts FROM messages WHERE rid = ?1 AND NOT hidden ORDER BY ts DESC LIMIT 1",
            &vals![rid],
        )
        .await?;
    row.map(|row| Ok(Timestamp::from_millis(row.int(0)?))).transpose()
}

/// Which messages of a room a history shows.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The room.
    pub rid: String,
    /// Newest time, not included.
    pub before: Timestamp,
    /// Oldest time, not included.
    pub after: Timestamp,
    /// Replies that stay in their thread are shown too.
    pub with_threads: bool,
    /// System message types that are left out.
    pub hide: Vec<String>,
    /// Messages to skip.
    pub offset: i64,
    /// Messages to return.
    pub count: i64,
}

/// A page of a room's messages in an order.
macro_rules! select_history {
    ($order:literal) => {
        concat!(
            "SELECT doc FROM messages WHERE rid = ?1 AND ts < ?2 AND ts > ?3 AND NOT hidden ",
            "AND (?4 OR tmid IS NULL OR tshow) AND (t IS NULL OR t NOT IN list(?5)) ",
            "ORDER BY ts ",
            $order,
            ", id ",
            $order,
            " LIMIT ?6 OFFSET ?7"
        )
    };
}

impl HistoryQuery {
    /// The parameters of the statements: those of the condition first.
    fn values(&self) -> [Val<'_>; 7] {
        vals![
            &self.rid,
            self.before.millis(),
            self.after.millis(),
            self.with_threads,
            self.hide.as_slice(),
            self.count,
            self.offset,
        ]
    }
}

/// A room's messages, newest first, as stored text.
pub async fn history(tx: &Tx, query: &HistoryQuery) -> Result<Vec<RawJson>> {
    raw(tx.query(select_history!("DESC"), &query.values()).await?)
}

/// As [`history`], oldest first.
pub async fn history_from_oldest(tx: &Tx, query: &HistoryQuery) -> Result<Vec<RawJson>> {
    raw(tx.query(select_history!("ASC"), &query.values()).await?)
}

/// How many messages [`history`] has without its page.
pub async fn count_history(tx: &Tx, query: &HistoryQuery) -> Result<i64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) FROM messages WHERE rid = ?1 AND ts < ?2 AND ts > ?3 AND NOT hidden \
             AND (?4 OR tmid IS NULL OR tshow) AND (t IS NULL OR t NOT IN list(?5))",
            &query.values()[..5],
        )
        .await?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// Rows whose first column is a document.
pub fn raw(rows: Vec<Row>) -> Result<Vec<RawJson>> {
    rows.into_iter().map(|mut row| RawJson::from_text(row.take_text(0)?).map_err(Error::internal)).collect()
}
