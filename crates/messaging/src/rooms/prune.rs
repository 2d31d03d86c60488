//! Deleting many messages of a room at once.
//! Upstream: `apps/meteor/app/lib/server/functions/cleanRoomHistory.ts`.

use std::collections::BTreeMap;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;
use gantry_store::vals;

use super::{delete, refusals, rows};
use crate::access::can_access;
use crate::events::{Action, MessagesPruned, RoomChanged, SubscriptionsChanged};
use crate::subscriptions::rows as subs;

/// Which messages go.
#[derive(Clone, Debug, Default)]
pub struct Prune {
    /// Newest time.
    pub latest: Timestamp,
    /// Oldest time.
    pub oldest: Timestamp,
    /// Messages of exactly these times go too.
    pub inclusive: bool,
    /// At most so many, the oldest first; 0 for all.
    pub limit: i64,
    /// Pinned messages stay.
    pub exclude_pinned: bool,
    /// Files go and messages stay.
    pub files_only: bool,
    /// Messages that open a discussion stay.
    pub ignore_discussion: bool,
    /// Replies in threads and the messages they hang on stay.
    pub ignore_threads: bool,
    /// Only messages of the users of these names; of everybody if empty.
    pub users: Vec<String>,
}

/// Messages are about to be deleted; runs inside that transaction (`kernel.within`). Whoever keeps their files
/// removes them.
#[derive(Clone, Debug)]
pub struct MessagesPruning {
    /// The messages.
    pub ids: Vec<String>,
    /// The messages stay, without their files.
    pub files_only: bool,
}

/// Messages that are deleted in one transaction.
pub const BATCH: i64 = 1000;

/// The caller deletes messages of a room, a batch at a time, so that other writes come in between. Answers how
/// many went.
///
/// # Errors
/// `error-not-allowed`, `error-invalid-room`; what went before an error stays gone.
pub async fn room(ctx: &Ctx, rid: &str, prune: &Prune) -> Result<i64> {
    let mut count = 0;
    loop {
        let left = if prune.limit > 0 { prune.limit - count } else { i64::MAX };
        let limit = left.min(BATCH);
        let (inner, rid, part) = (ctx.clone(), rid.to_owned(), Prune { limit, ..prune.clone() });
        let went = ctx.write(async move |tx| batch(&inner, tx, &rid, &part).await).await?;
        count += went;
        if went < limit || went == left {
            return Ok(count);
        }
    }
}

async fn batch(ctx: &Ctx, tx: &Tx, rid: &str, prune: &Prune) -> Result<i64> {
    const METHOD: &str = "cleanRoomHistory";
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room("clean-channel-history", &roles) {
        return Err(refusals::not_allowed(METHOD));
    }
    let room = refusals::lock(tx, rid, METHOD).await?;
    if !can_access(ctx, tx, &room).await? {
        return Err(refusals::not_allowed(METHOD));
    }
    apply(ctx, tx, room, prune).await
}

/// Whether there is anything to delete.
///
/// # Errors
/// The database's.
pub async fn any(tx: &Tx, rid: &str, prune: &Prune) -> Result<bool> {
    Ok(!choose(tx, rid, &Prune { limit: 1, ..prune.clone() }).await?.is_empty())
}

/// Deletes messages of a room, whoever asks. The room is locked. Answers how many went.
///
/// # Errors
/// The database's.
pub async fn apply(ctx: &Ctx, tx: &Tx, mut room: Room, prune: &Prune) -> Result<i64> {
    let id = room.id.clone();
    let rid = id.as_str();
    let chosen = choose(tx, rid, prune).await?;
    let ids: Vec<String> = chosen.iter().map(|message| message.id.clone()).collect();
    let pruning = MessagesPruning { ids, files_only: prune.files_only };
    ctx.within.run(ctx, tx, &pruning).await?;
    let ids = pruning.ids;
    let with_files = crate::files::of_messages(ctx, tx, &ids, prune.files_only).await?;
    if prune.files_only || ids.is_empty() {
        return Ok(with_files);
    }
    let mut replies: BTreeMap<&str, i64> = BTreeMap::new();
    for tmid in chosen.iter().filter_map(|message| message.tmid.as_deref()) {
        *replies.entry(tmid).or_default() += 1;
    }
    let mut unread = Vec::new();
    for parent in chosen.iter().filter(|message| message.thread) {
        unread.extend(crate::threads::rows::unread_for(tx, &parent.id).await?);
        crate::threads::rows::delete(tx, &parent.id).await?;
    }
    if !unread.is_empty() {
        tx.emit(SubscriptionsChanged { rid: id.clone(), uids: unread });
    }
    for drid in chosen.iter().filter_map(|message| message.drid.as_deref()) {
        if let Some(discussion) = rows::by_id(tx, drid).await? {
            delete::remove(ctx, tx, &discussion).await?;
        }
    }
    remove(tx, rid, &ids, ctx.now).await?;
    let count = i64::try_from(ids.len()).unwrap_or(0);
    rows::add_message_count(tx, rid, -count, ctx.now).await?;
    let newest = crate::messages::rows::newest(tx, rid).await?;
    rows::set_last_message(tx, rid, newest.as_ref(), ctx.now).await?;
    room.msgs -= count;
    room.last_message = newest.map(Box::new);
    room.updated_at = ctx.now;
    for (tmid, count) in replies {
        crate::threads::replies_removed(ctx, tx, tmid, count).await?;
    }
    crate::messages::discussion::count(ctx, tx, &room).await?;
    tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    tx.emit(MessagesPruned { rid: rid.to_owned(), query: notice(rid, prune, &ids) });
    Ok(count)
}

struct Chosen {
    id: String,
    drid: Option<String>,
    thread: bool,
    tmid: Option<String>,
}

async fn choose(tx: &Tx, rid: &str, prune: &Prune) -> Result<Vec<Chosen>> {
    let step = i64::from(prune.inclusive);
    let rows = tx
        .query(
            "SELECT m.id, m.drid, m.tcount, m.tmid FROM messages m \
             LEFT JOIN users u ON u.id = m.uid \
             WHERE m.rid = ?1 AND m.ts < ?2 AND m.ts > ?3 AND NOT m.hidden AND (m.t IS NULL OR m.t <> 'rm') \
             AND (NOT ?4 OR NOT m.pinned) AND (NOT ?5 OR m.drid IS NULL) \
             AND (NOT ?6 OR (m.tmid IS NULL AND m.tcount = 0)) AND (NOT ?7 OR u.username IN list(?8)) \
             AND (NOT ?9 OR EXISTS (SELECT 1 FROM uploads f WHERE f.mid = m.id)) \
             ORDER BY m.ts, m.id LIMIT ?10",
            &vals![
                rid,
                prune.latest.plus_millis(step).millis(),
                prune.oldest.plus_millis(-step).millis(),
                prune.exclude_pinned,
                prune.ignore_discussion,
                prune.ignore_threads,
                !prune.users.is_empty(),
                prune.users.as_slice(),
                prune.files_only,
                if prune.limit > 0 { prune.limit } else { i64::MAX },
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Chosen {
                id: row.text(0)?,
                drid: row.opt_text(1)?,
                thread: row.int(2)? > 0,
                tmid: row.opt_text(3)?,
            })
        })
        .collect()
}

/// Set-based: the work is one statement per table, however many messages go. Their tombstones know their threads.
async fn remove(tx: &Tx, rid: &str, ids: &[String], now: Timestamp) -> Result<()> {
    tx.exec("DELETE FROM message_stars WHERE mid IN list(?1)", &vals![ids]).await?;
    tx.exec("DELETE FROM message_mentions WHERE mid IN list(?1)", &vals![ids]).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, owner, deleted_at, doc) \
         SELECT 'message', m.id, CAST(?2 AS TEXT), CAST(?3 AS BIGINT), m.tmid FROM messages m WHERE m.id IN list(?1) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![ids, rid, now.millis()],
    )
    .await?;
    tx.exec("DELETE FROM messages WHERE id IN list(?1)", &vals![ids]).await?;
    Ok(())
}

/// What clients are told, so that they drop the same messages.
fn notice(rid: &str, prune: &Prune, ids: &[String]) -> Value {
    let (from, to) = if prune.inclusive { ("$gte", "$lte") } else { ("$gt", "$lt") };
    json!({
        "rid": rid,
        "excludePinned": prune.exclude_pinned,
        "ignoreDiscussion": prune.ignore_discussion,
        "ts": { from: prune.oldest, to: prune.latest },
        "users": prune.users,
        "ids": if prune.limit > 0 { json!(ids) } else { Value::Null },
    })
}
