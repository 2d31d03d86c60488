//! The tables of threads: followers and unread marks.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// Adds followers to a thread.
pub async fn add_followers(tx: &Tx, rid: &str, tmid: &str, uids: &[String]) -> Result<()> {
    tx.exec(
        "INSERT INTO thread_followers (tmid, uid, rid) SELECT ?2, value, ?1 FROM list(?3) WHERE TRUE ON CONFLICT DO NOTHING",
        &vals![rid, tmid, uids],
    )
    .await?;
    Ok(())
}

/// Takes a follower away.
pub async fn remove_follower(tx: &Tx, tmid: &str, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM thread_followers WHERE tmid = ?1 AND uid = ?2", &vals![tmid, uid]).await?;
    Ok(())
}

/// Marks a thread unread for those of the users who are in the room. Marks only ever gain a mention.
pub async fn mark_unread(
    tx: &Tx,
    (rid, tmid): (&str, &str),
    uids: &[String],
    (user, group): (bool, bool),
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        "INSERT INTO thread_unreads (uid, rid, tmid, ts, user_mention, group_mention) \
         SELECT s.uid, s.rid, ?2, ?6, ?4, ?5 FROM subscriptions s WHERE s.rid = ?1 AND s.uid IN list(?3) \
         ON CONFLICT (uid, rid, tmid) DO UPDATE SET user_mention = thread_unreads.user_mention OR excluded.user_mention, \
         group_mention = thread_unreads.group_mention OR excluded.group_mention",
        &vals![rid, tmid, uids, user, group, now.millis()],
    )
    .await?;
    Ok(())
}

/// Marks a thread read for a user; answers whether it was unread.
pub async fn mark_read(tx: &Tx, rid: &str, uid: &str, tmid: &str) -> Result<bool> {
    let gone = tx
        .exec("DELETE FROM thread_unreads WHERE uid = ?1 AND rid = ?2 AND tmid = ?3", &vals![uid, rid, tmid])
        .await?;
    Ok(gone > 0)
}

/// Marks all threads of a room read for a user.
pub async fn mark_all_read(tx: &Tx, rid: &str, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM thread_unreads WHERE uid = ?1 AND rid = ?2", &vals![uid, rid]).await?;
    Ok(())
}

/// Ids of a user's unread threads of a room.
pub async fn unread_of(tx: &Tx, rid: &str, uid: &str) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "SELECT tmid FROM thread_unreads WHERE uid = ?1 AND rid = ?2 ORDER BY ts, tmid",
            &vals![uid, rid],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Users for whom a thread is unread.
pub async fn unread_for(tx: &Tx, tmid: &str) -> Result<Vec<String>> {
    let rows = tx.query("SELECT uid FROM thread_unreads WHERE tmid = ?1 ORDER BY uid", &vals![tmid]).await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Removes what is known of a thread.
pub async fn delete(tx: &Tx, tmid: &str) -> Result<()> {
    tx.exec("DELETE FROM thread_unreads WHERE tmid = ?1", &vals![tmid]).await?;
    tx.exec("DELETE FROM thread_followers WHERE tmid = ?1", &vals![tmid]).await?;
    Ok(())
}

/// Removes what is known of a room's threads.
pub async fn delete_room(tx: &Tx, rid: &str) -> Result<()> {
    tx.exec("DELETE FROM thread_unreads WHERE rid = ?1", &vals![rid]).await?;
    tx.exec("DELETE FROM thread_followers WHERE rid = ?1", &vals![rid]).await?;
    Ok(())
}
