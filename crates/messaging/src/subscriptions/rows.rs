//! The subscriptions table. What a message changes for everybody (`alert`, `open`, `_updatedAt`) is not
//! written for each member: it is derived here from the room's `seq` and the member's marks.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, Subscription, User, UserRef};
use gantry_store::vals;
use serde_json::Map;

/// The columns of a subscription with what its room and user add; ends before `WHERE`.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT s.doc, s.id, s.rid, s.uid, s.ts, s.updated_at, s.open, s.hidden_seq, s.read_seq, s.alert, s.unread, ",
            "s.user_mentions, s.group_mentions, s.ls, s.lr, s.favorite, s.roles, r.t, r.name, r.fname, r.seq, r.lm, ",
            "r.meta_at, r.archived, r.prid, r.team_id, r.team_main, r.broadcast, r.encrypted, u.username, u.name, ",
            "CASE WHEN r.doc LIKE '%\"customFields\":{\"%' THEN r.doc END ",
            "FROM subscriptions s JOIN rooms r ON r.id = s.rid JOIN users u ON u.id = s.uid ",
            $tail
        )
    };
}

fn decode(row: &Row) -> Result<Subscription> {
    let mut sub: Subscription = serde_json::from_str(row.str(0)?).map_err(Error::internal)?;
    let time = |i: usize| -> Result<Option<Timestamp>> { Ok(row.opt_int(i)?.map(Timestamp::from_millis)) };
    let (read_seq, seq) = (row.int(8)?, row.int(20)?);
    // What has rows of its own does not come from the document.
    (sub.tunread, sub.tunread_user, sub.tunread_group) = (None, None, None);
    sub.id = row.text(1)?;
    sub.rid = row.text(2)?;
    sub.u = UserRef {
        id: row.text(3)?,
        username: row.opt_text(29)?,
        name: row.opt_text(30)?,
        ..UserRef::default()
    };
    sub.ts = Timestamp::from_millis(row.int(4)?);
    sub.open = row.bool(6)? || seq > row.int(7)?;
    sub.alert = Some(row.bool(9)? || seq > read_seq);
    sub.unread = row.int(10)?;
    sub.user_mentions = row.int(11)?;
    sub.group_mentions = row.int(12)?;
    sub.ls = time(13)?;
    sub.lr = time(14)?;
    sub.f = row.bool(15)?.then_some(true).or(sub.f.map(|_| false));
    sub.roles = row.opt_str(16)?.map(serde_json::from_str).transpose().map_err(Error::internal)?;
    sub.t = row.str(17)?.parse::<RoomType>().map_err(Error::internal)?;
    if sub.t != RoomType::Direct {
        sub.name = row.opt_text(18)?.unwrap_or_default();
        sub.fname = row.opt_text(19)?;
        sub.custom_fields = row.opt_str(31)?.map(custom_fields).transpose()?.flatten();
    }
    sub.archived = row.bool(23)?.then_some(true);
    sub.prid = row.opt_text(24)?;
    sub.team_id = row.opt_text(25)?;
    sub.team_main = row.bool(26)?.then_some(true);
    sub.broadcast = row.bool(27)?.then_some(true);
    sub.encrypted = row.bool(28)?.then_some(true);
    let derived = if seq > read_seq { row.opt_int(21)?.unwrap_or(0) } else { 0 };
    sub.updated_at = Timestamp::from_millis(row.int(5)?.max(row.int(22)?).max(derived));
    Ok(sub)
}

/// The custom fields in a room's document.
fn custom_fields(doc: &str) -> Result<Option<Map<String, Value>>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Doc {
        custom_fields: Option<Map<String, Value>>,
    }
    Ok(serde_json::from_str::<Doc>(doc).map_err(Error::internal)?.custom_fields)
}

fn all(rows: &[Row]) -> Result<Vec<Subscription>> {
    rows.iter().map(decode).collect()
}

/// Adds the unread threads: rows of room, user, thread, user mention, group mention.
fn with_threads(mut subs: Vec<Subscription>, unreads: &[Row]) -> Result<Vec<Subscription>> {
    for row in unreads {
        let (rid, uid) = (row.str(0)?, row.str(1)?);
        let Some(sub) = subs.iter_mut().find(|sub| sub.rid == rid && sub.u.id == uid) else { continue };
        let tmid = row.str(2)?;
        sub.tunread.get_or_insert_default().push(tmid.to_owned());
        if row.bool(3)? {
            sub.tunread_user.get_or_insert_default().push(tmid.to_owned());
        }
        if row.bool(4)? {
            sub.tunread_group.get_or_insert_default().push(tmid.to_owned());
        }
    }
    Ok(subs)
}

/// One user's subscription of one room.
pub async fn find(tx: &Tx, rid: &str, uid: &str) -> Result<Option<Subscription>> {
    let found = tx
        .all(&[
            (select!("WHERE s.rid = ?1 AND s.uid = ?2"), &vals![rid, uid]),
            (
                "SELECT rid, uid, tmid, user_mention, group_mention FROM thread_unreads WHERE uid = ?2 AND rid = ?1 \
                 ORDER BY ts, tmid",
                &vals![rid, uid],
            ),
        ])
        .await?;
    Ok(with_threads(all(&found[0])?, &found[1])?.pop())
}

/// As [`find`], held still until the transaction ends: whoever changes what they have read locks it first, or two
/// changes at once leave only one.
pub async fn lock(tx: &Tx, rid: &str, uid: &str) -> Result<Option<Subscription>> {
    // A statement of its own, so that neither the room nor the user is locked with it.
    tx.query_opt("SELECT id FROM subscriptions WHERE rid = ?1 AND uid = ?2 FOR UPDATE", &vals![rid, uid])
        .await?;
    find(tx, rid, uid).await
}

/// Several users' subscriptions of one room.
pub async fn find_many(tx: &Tx, rid: &str, uids: &[String]) -> Result<Vec<Subscription>> {
    let found = tx
        .all(&[
            (select!("WHERE s.rid = ?1 AND s.uid IN list(?2) ORDER BY s.uid"), &vals![rid, uids]),
            (
                "SELECT rid, uid, tmid, user_mention, group_mention FROM thread_unreads WHERE rid = ?1 AND uid IN list(?2) \
                 ORDER BY ts, tmid",
                &vals![rid, uids],
            ),
        ])
        .await?;
    with_threads(all(&found[0])?, &found[1])
}

/// All subscriptions of a user.
pub async fn of_user(tx: &Tx, uid: &str) -> Result<Vec<Subscription>> {
    let subs = all(&tx.query(select!("WHERE s.uid = ?1 ORDER BY s.ts, s.id"), &vals![uid]).await?)?;
    with_threads(subs, &unread_threads(tx, uid).await?)
}

/// A user's subscriptions that changed after `since`, by themselves or by their room.
pub async fn of_user_since(tx: &Tx, uid: &str, since: Timestamp) -> Result<Vec<Subscription>> {
    let rows = tx
        .query(
            select!(
                "WHERE s.uid = ?1 AND (s.updated_at > ?2 OR r.meta_at > ?2 OR (r.seq > s.read_seq AND r.lm > ?2)) \
                 ORDER BY s.ts, s.id"
            ),
            &vals![uid, since.millis()],
        )
        .await?;
    with_threads(all(&rows)?, &unread_threads(tx, uid).await?)
}

async fn unread_threads(tx: &Tx, uid: &str) -> Result<Vec<Row>> {
    Ok(tx
        .query(
            "SELECT rid, uid, tmid, user_mention, group_mention FROM thread_unreads WHERE uid = ?1 ORDER BY ts, tmid",
            &vals![uid],
        )
        .await?)
}

/// Ids of the rooms that a user is in.
pub async fn room_ids_of(tx: &Tx, uid: &str) -> Result<Vec<String>> {
    let rows = tx.query("SELECT rid FROM subscriptions WHERE uid = ?1 ORDER BY rid", &vals![uid]).await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Ids of a room's members.
pub async fn member_ids(tx: &Tx, rid: &str) -> Result<Vec<String>> {
    let rows = tx.query("SELECT uid FROM subscriptions WHERE rid = ?1 ORDER BY uid", &vals![rid]).await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Whether a user is in a room.
pub async fn exists(tx: &Tx, rid: &str, uid: &str) -> Result<bool> {
    Ok(tx
        .query_opt("SELECT 1 FROM subscriptions WHERE rid = ?1 AND uid = ?2", &vals![rid, uid])
        .await?
        .is_some())
}

/// A user's roles in a room; empty for somebody who is not in it.
pub async fn roles_in(tx: &Tx, rid: &str, uid: &str) -> Result<Vec<String>> {
    let row =
        tx.query_opt("SELECT roles FROM subscriptions WHERE rid = ?1 AND uid = ?2", &vals![rid, uid]).await?;
    match row.as_ref().map(|row| row.opt_str(0)).transpose()?.flatten() {
        Some(text) => serde_json::from_str(text).map_err(Error::internal),
        None => Ok(Vec::new()),
    }
}

/// `(uid, roles)` of the members who hold a role in the room.
pub async fn with_roles(tx: &Tx, rid: &str) -> Result<Vec<(String, Vec<String>)>> {
    let rows = tx
        .query(
            "SELECT uid, roles FROM subscriptions WHERE rid = ?1 AND roles IS NOT NULL ORDER BY ts, uid",
            &vals![rid],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?, serde_json::from_str(row.str(1)?).map_err(Error::internal)?)))
        .collect()
}

/// How a new subscription begins.
#[derive(Clone, Debug, Default)]
pub struct Beginning {
    /// Id of the subscription.
    pub id: String,
    /// Roles in the room.
    pub roles: Vec<String>,
    /// Begins as something new to look at (upstream: unread 1 and one mention for people who are added).
    pub alert: bool,
    /// Last seen.
    pub ls: Option<Timestamp>,
    /// Shown in the sidebar.
    pub open: bool,
    /// Everything else: notification preferences, and for direct rooms `name` and `fname`.
    pub doc: Subscription,
}

/// Adds a user to a room. Does nothing and answers `false` if the user is in it.
pub async fn insert(tx: &Tx, room: &Room, user: &User, begin: &Beginning, now: Timestamp) -> Result<bool> {
    let mut doc = begin.doc.clone();
    doc.id.clone_from(&begin.id);
    doc.rid.clone_from(&room.id);
    doc.t = room.t;
    doc.ts = now;
    doc.updated_at = now;
    let doc = serde_json::to_string(&doc).map_err(Error::internal)?;
    let roles = (!begin.roles.is_empty()).then(|| json!(begin.roles).to_string());
    let count = i64::from(begin.alert);
    let inserted = tx
        .exec(
            "INSERT INTO subscriptions (id, rid, uid, ts, updated_at, open, hidden_seq, read_seq, alert, unread, \
             user_mentions, group_mentions, ls, lr, favorite, roles, doc, attentive) \
             SELECT ?1, r.id, ?3, ?4, ?4, ?5, r.seq, r.seq, ?6, ?7, ?7, 0, ?8, NULL, ?9, ?10, ?11, ?12 FROM rooms r WHERE r.id = ?2 \
             ON CONFLICT DO NOTHING",
            &vals![
                &begin.id,
                &room.id,
                &user.id,
                now.millis(),
                begin.open,
                begin.alert,
                count,
                begin.ls.map(Timestamp::millis),
                room.favorite.unwrap_or(false),
                roles.as_deref(),
                &doc,
                is_attentive(&begin.doc),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Removes a user from a room; answers what was removed. A tombstone tells clients that ask later.
pub async fn delete(tx: &Tx, rid: &str, uid: &str, now: Timestamp) -> Result<Option<Subscription>> {
    let Some(sub) = find(tx, rid, uid).await? else { return Ok(None) };
    tx.exec("DELETE FROM subscriptions WHERE id = ?1", &vals![&sub.id]).await?;
    tx.exec("DELETE FROM thread_unreads WHERE uid = ?1 AND rid = ?2", &vals![uid, rid]).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, owner, deleted_at, doc) VALUES ('subscription', ?1, ?2, ?3, ?4) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![&sub.id, uid, now.millis(), rid],
    )
    .await?;
    Ok(Some(sub))
}

/// `(subscription id, room id, when)` of what a user lost after `since`.
pub async fn removed_since(tx: &Tx, uid: &str, since: Timestamp) -> Result<Vec<(String, String, Timestamp)>> {
    let rows = tx
        .query(
            "SELECT id, doc, deleted_at FROM tombstones WHERE kind = 'subscription' AND owner = ?1 AND deleted_at > ?2 \
             ORDER BY deleted_at, id",
            &vals![uid, since.millis()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok((row.text(0)?, row.opt_text(1)?.unwrap_or_default(), Timestamp::from_millis(row.int(2)?)))
        })
        .collect()
}

/// Stores the part of a subscription that has no columns (preferences, keys, ignored users, ...); it was read
/// with [`lock`].
pub async fn update_doc(tx: &Tx, sub: &Subscription, now: Timestamp) -> Result<()> {
    let doc = serde_json::to_string(sub).map_err(Error::internal)?;
    tx.exec(
        "UPDATE subscriptions SET doc = ?2, updated_at = ?3, attentive = ?4 WHERE id = ?1",
        &vals![&sub.id, &doc, now.millis(), is_attentive(sub)],
    )
    .await?;
    Ok(())
}

/// Whether a member may be told of messages that do not name them.
fn is_attentive(sub: &Subscription) -> bool {
    let all = |wish: &Option<String>| wish.as_deref() == Some("all");
    // A general wish for the screen is asked of those who are connected.
    let screen = all(&sub.desktop_notifications) && sub.desktop_pref_origin.as_deref() != Some("user");
    screen
        || all(&sub.email_notifications)
        || all(&sub.mobile_push_notifications)
        || sub.user_highlights.as_ref().is_some_and(|words| !words.is_empty())
}

/// `(uid, words)` of the members who may be told of messages that do not name them.
pub async fn attentive(tx: &Tx, rid: &str) -> Result<Vec<(String, Vec<String>)>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Words {
        #[serde(default)]
        user_highlights: Vec<String>,
    }
    let rows = tx
        .query("SELECT uid, doc FROM subscriptions WHERE rid = ?1 AND attentive ORDER BY uid", &vals![rid])
        .await?;
    rows.iter()
        .map(|row| {
            let words: Words = serde_json::from_str(row.str(1)?).map_err(Error::internal)?;
            Ok((row.text(0)?, words.user_highlights))
        })
        .collect()
}

/// Replaces a member's roles in the room.
pub async fn set_roles(tx: &Tx, rid: &str, uid: &str, roles: &[String], now: Timestamp) -> Result<()> {
    let roles = (!roles.is_empty()).then(|| json!(roles).to_string());
    tx.exec(
        "UPDATE subscriptions SET roles = ?3, updated_at = ?4 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, uid, roles.as_deref(), now.millis()],
    )
    .await?;
    Ok(())
}

/// The user has read the room up to now: counters and alert are cleared, unless threads keep the alert.
pub async fn mark_read(tx: &Tx, rid: &str, uid: &str, keep_alert: bool, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET read_seq = (SELECT seq FROM rooms WHERE id = ?1), alert = ?3, unread = 0, \
         user_mentions = 0, group_mentions = 0, ls = ?4, open = TRUE, updated_at = ?4 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, uid, keep_alert, now.millis()],
    )
    .await?;
    Ok(())
}

/// Shows or hides a room in the user's sidebar.
pub async fn set_open(tx: &Tx, rid: &str, uid: &str, open: bool, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET open = ?3, hidden_seq = (SELECT seq FROM rooms WHERE id = ?1), updated_at = ?4 \
         WHERE rid = ?1 AND uid = ?2",
        &vals![rid, uid, open, now.millis()],
    )
    .await?;
    Ok(())
}

/// A message mentions these members or is direct: counters go up by one.
pub async fn count_mentions(
    tx: &Tx,
    rid: &str,
    uids: &[String],
    (unread, user, group): (i64, i64, i64),
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET unread = unread + ?3, user_mentions = user_mentions + ?4, \
         group_mentions = group_mentions + ?5, updated_at = ?6 WHERE rid = ?1 AND uid IN list(?2)",
        &vals![rid, uids, unread, user, group, now.millis()],
    )
    .await?;
    Ok(())
}

/// The sender of a message has read the room up to it.
pub async fn sent(tx: &Tx, rid: &str, uid: &str, seq: i64, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET read_seq = ?3, alert = FALSE, unread = 0, user_mentions = 0, group_mentions = 0, \
         open = TRUE, ls = ?4, lr = ?4, updated_at = ?4 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, uid, seq, now.millis()],
    )
    .await?;
    Ok(())
}

/// A reply alerts these members, shows the room to them and counts as their last activity in it; its author
/// is not alerted.
pub async fn replied(tx: &Tx, rid: &str, uids: &[String], author: &str, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET alert = CASE WHEN uid = ?3 THEN alert ELSE TRUE END, open = TRUE, lr = ?4, \
         updated_at = ?4 WHERE rid = ?1 AND uid IN list(?2)",
        &vals![rid, uids, author, now.millis()],
    )
    .await?;
    Ok(())
}

/// A member has read a thread; `last` clears the alert that threads kept.
pub async fn thread_read(tx: &Tx, rid: &str, uid: &str, last: bool, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET alert = CASE WHEN ?3 THEN FALSE ELSE alert END, updated_at = ?4 \
         WHERE rid = ?1 AND uid = ?2",
        &vals![rid, uid, last, now.millis()],
    )
    .await?;
    Ok(())
}

/// A member marks the room unread from after `seen`.
pub async fn mark_unread(tx: &Tx, rid: &str, uid: &str, seen: Timestamp, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE subscriptions SET open = TRUE, alert = TRUE, unread = 1, ls = ?3, updated_at = ?4 WHERE rid = ?1 AND uid = ?2",
        &vals![rid, uid, seen.millis(), now.millis()],
    )
    .await?;
    Ok(())
}
