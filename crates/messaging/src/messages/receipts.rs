//! Read receipts: who has read a message, and when.
//!
//! What is stored is that somebody read a room (or a thread) up to a time, once each time there was something
//! new for them; the receipts of a message are derived from that. So the work of reading does not grow with the
//! number of messages that were read.

use std::collections::BTreeMap;

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, UserRef};
use gantry_store::vals;

use super::rows;
use crate::events::{Action, MessagesRead, RoomChanged};
use crate::rooms;

/// One person who has read a message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Id of the receipt.
    #[serde(rename = "_id")]
    pub id: String,
    /// Room.
    pub room_id: String,
    /// Who.
    pub user_id: String,
    /// What.
    pub message_id: String,
    /// When.
    pub ts: Timestamp,
    /// Who, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRef>,
}

/// Whether the workspace stores who read what.
pub fn stored(ctx: &Ctx) -> bool {
    ctx.settings.get(keys::Message_Read_Receipt_Enabled)
        && ctx.settings.get(keys::Message_Read_Receipt_Store_Users)
}

/// Somebody has read a room, or with `tmid` a thread, up to now.
///
/// # Errors
/// The database's.
pub async fn read(ctx: &Ctx, tx: &Tx, rid: &str, tmid: &str, uid: &str) -> Result<()> {
    if !stored(ctx) {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO message_reads (rid, tmid, uid, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        &vals![rid, tmid, uid, ctx.now.millis()],
    )
    .await?;
    Ok(())
}

/// Messages that are marked read in one transaction.
const BATCH: i64 = 1000;

/// Somebody has read a room, or with `tmid` a thread: what everybody has read by now is no longer marked unread,
/// and clients are told. How far that was done before is kept as a read of nobody.
/// Upstream: `apps/meteor/ee/server/lib/message-read-receipt/ReadReceipt.js` and
/// `apps/meteor/ee/server/local-services/message-reads/service.ts`.
///
/// # Errors
/// The database's.
pub async fn settle(ctx: &Ctx, tx: &Tx, rid: &str, tmid: Option<&str>) -> Result<()> {
    if !ctx.settings.get(keys::Message_Read_Receipt_Enabled) {
        return Ok(());
    }
    let thread = tmid.unwrap_or_default();
    let done = tx
        .query_opt(
            "SELECT MAX(at) FROM message_reads WHERE rid = ?1 AND tmid = ?2 AND uid = ''",
            &vals![rid, thread],
        )
        .await?;
    let done = done.map(|row| row.opt_int(0)).transpose()?.flatten().unwrap_or(0);
    let Some(until) = read_by_all(tx, rid, tmid, done).await? else { return Ok(()) };
    let found = tx
        .query(
            "SELECT id, ts, doc FROM messages WHERE rid = ?1 AND ts > ?2 AND ts <= ?3 AND NOT hidden \
             AND ((?4 = '' AND (tmid IS NULL OR tshow)) OR tmid = ?4) ORDER BY ts, id LIMIT ?5",
            &vals![rid, done, until.millis(), thread, BATCH],
        )
        .await?;
    let mut last = until;
    let mut changed = false;
    for row in &found {
        if found.len() as i64 == BATCH {
            last = Timestamp::from_millis(row.int(1)?);
        }
        // Few are unread; only those are locked, and what they have become meanwhile is kept.
        if !row.str(2)?.contains(r#""unread":true"#) {
            continue;
        }
        let Some(mut message) = rows::lock(tx, row.str(0)?).await? else { continue };
        if message.unread.take() == Some(true) {
            rows::update(tx, &mut message, ctx.now).await?;
            changed = true;
        }
    }
    tx.exec("DELETE FROM message_reads WHERE rid = ?1 AND tmid = ?2 AND uid = ''", &vals![rid, thread])
        .await?;
    tx.exec(
        "INSERT INTO message_reads (rid, tmid, uid, at) VALUES (?1, ?2, '', ?3) ON CONFLICT DO NOTHING",
        &vals![rid, thread, last.millis()],
    )
    .await?;
    if changed {
        tx.emit(MessagesRead { rid: rid.to_owned(), tmid: tmid.map(str::to_owned), until: last });
        if tmid.is_none()
            && let Some(mut room) = rooms::rows::lock(tx, rid).await?
        {
            let newest = rows::newest(tx, rid).await?;
            rooms::rows::set_last_message(tx, rid, newest.as_ref(), ctx.now).await?;
            room.last_message = newest.map(Box::new);
            room.updated_at = ctx.now;
            tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
        }
    }
    Ok(())
}

/// Up to when every member has read, if that is later than `done`.
async fn read_by_all(tx: &Tx, rid: &str, tmid: Option<&str>, done: i64) -> Result<Option<Timestamp>> {
    let thread = tmid.unwrap_or_default();
    if let Some(uid) = furthest::known(rid, thread)
        && is_behind(tx, rid, tmid, &uid, done).await?
    {
        return Ok(None);
    }
    let Some((uid, at)) = slowest(tx, rid, tmid).await? else { return Ok(None) };
    furthest::note(rid, thread, uid);
    Ok(at.filter(|at| *at > done).map(Timestamp::from_millis))
}

/// Whether somebody is in the room and has not read past `done`.
async fn is_behind(tx: &Tx, rid: &str, tmid: Option<&str>, uid: &str, done: i64) -> Result<bool> {
    let row = match tmid {
        None => {
            tx.query_opt(
                "SELECT 1 FROM subscriptions WHERE rid = ?1 AND uid = ?2 AND (ls IS NULL OR ls <= ?3)",
                &vals![rid, uid, done],
            )
            .await?
        }
        Some(tmid) => {
            tx.query_opt(
                "SELECT 1 FROM subscriptions s WHERE s.rid = ?1 AND s.uid = ?2 AND NOT EXISTS \
                 (SELECT 1 FROM message_reads r WHERE r.rid = ?1 AND r.tmid = ?3 AND r.uid = ?2 AND r.at > ?4)",
                &vals![rid, uid, tmid, done],
            )
            .await?
        }
    };
    Ok(row.is_some())
}

/// The member who has not read for the longest time, and when they did; `None` for the time if never. Looks at
/// all members.
async fn slowest(tx: &Tx, rid: &str, tmid: Option<&str>) -> Result<Option<(String, Option<i64>)>> {
    let row = match tmid {
        None => {
            tx.query_opt(
                "SELECT uid, ls FROM subscriptions WHERE rid = ?1 \
                 ORDER BY CASE WHEN ls IS NULL THEN 0 ELSE 1 END, ls, uid LIMIT 1",
                &vals![rid],
            )
            .await?
        }
        Some(tmid) => {
            tx.query_opt(
                "SELECT s.uid, x.at FROM subscriptions s LEFT JOIN \
                 (SELECT uid, MAX(at) AS at FROM message_reads WHERE rid = ?1 AND tmid = ?2 GROUP BY uid) x \
                 ON x.uid = s.uid WHERE s.rid = ?1 \
                 ORDER BY CASE WHEN x.at IS NULL THEN 0 ELSE 1 END, x.at, s.uid LIMIT 1",
                &vals![rid, tmid],
            )
            .await?
        }
    };
    row.map(|row| Ok((row.text(0)?, row.opt_int(1)?))).transpose()
}

/// Who was found to be the furthest behind. As long as they have not read, nobody else's reading settles
/// anything, and one look at them replaces the look at all members. A hint only: the database is always asked
/// about them, so that it may be lost or wrong.
mod furthest {
    use parking_lot::Mutex;

    use super::BTreeMap;

    /// By room and thread.
    static KNOWN: Mutex<BTreeMap<(String, String), String>> = Mutex::new(BTreeMap::new());
    /// Rooms and threads that are remembered.
    const MOST: usize = 10_000;

    pub(super) fn known(rid: &str, thread: &str) -> Option<String> {
        KNOWN.lock().get(&(rid.to_owned(), thread.to_owned())).cloned()
    }

    pub(super) fn note(rid: &str, thread: &str, uid: String) {
        let mut known = KNOWN.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((rid.to_owned(), thread.to_owned()), uid);
    }
}

/// Who has read a message, its author first.
///
/// # Errors
/// The database's.
pub async fn of(ctx: &Ctx, tx: &Tx, message: &Message) -> Result<Vec<Receipt>> {
    if !stored(ctx) {
        return Ok(Vec::new());
    }
    let only_in_thread = message.tmid.as_deref().filter(|_| message.tshow != Some(true)).unwrap_or_default();
    let rows = tx
        .query(
            "SELECT uid, MIN(at) FROM message_reads WHERE rid = ?1 AND tmid = ?2 AND at >= ?3 AND uid <> ?4 AND uid <> '' \
             GROUP BY uid ORDER BY MIN(at), uid",
            &vals![&message.rid, only_in_thread, message.ts.millis(), &message.u.id],
        )
        .await?;
    let mut reads = vec![(message.u.id.clone(), message.ts)];
    for row in &rows {
        reads.push((row.text(0)?, Timestamp::from_millis(row.int(1)?)));
    }
    let uids: Vec<String> = reads.iter().map(|(uid, _)| uid.clone()).collect();
    let people = users::by_ids(tx, &uids).await?;
    let receipt = |(uid, ts): (String, Timestamp)| {
        let user = people.iter().find(|user| user.id == uid).map(|user| UserRef {
            id: user.id.clone(),
            username: user.username.clone(),
            name: user.name.clone(),
            ..UserRef::default()
        });
        let (room_id, message_id) = (message.rid.clone(), message.id.clone());
        Receipt { id: format!("{message_id}{uid}"), room_id, user_id: uid, message_id, ts, user }
    };
    Ok(reads.into_iter().map(receipt).collect())
}
