//! The rooms table.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room};
use gantry_store::vals;

/// Case folding of names, the same for storing and looking up.
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// Key of a direct room: its members' ids, sorted.
pub fn dm_key(uids: &[String]) -> String {
    let mut uids: Vec<&str> = uids.iter().map(String::as_str).collect();
    uids.sort_unstable();
    uids.dedup();
    uids.join(" ")
}

/// What a row is made into: columns that messages change win over the document.
pub fn decode(row: &Row, first: usize) -> Result<Room> {
    let mut room: Room = serde_json::from_str(row.str(first)?).map_err(Error::internal)?;
    room.msgs = row.int(first + 1)?;
    room.users_count = row.int(first + 2)?;
    room.lm = row.opt_int(first + 3)?.map(Timestamp::from_millis);
    room.updated_at = Timestamp::from_millis(row.int(first + 4)?);
    room.last_message = match row.opt_str(first + 5)? {
        Some(text) => Some(Box::new(serde_json::from_str(text).map_err(Error::internal)?)),
        None => None,
    };
    Ok(room)
}

fn one(row: Option<Row>) -> Result<Option<Room>> {
    row.map(|row| decode(&row, 0)).transpose()
}

/// The room of that id.
pub async fn by_id(tx: &Tx, id: &str) -> Result<Option<Room>> {
    one(tx
        .query_opt(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE id = ?1",
            &vals![id],
        )
        .await?)
}

/// The room of that id, locked until the transaction ends.
pub async fn lock(tx: &Tx, id: &str) -> Result<Option<Room>> {
    one(tx
        .query_opt(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE id = ?1 FOR UPDATE",
            &vals![id],
        )
        .await?)
}

/// The channel or group of that name, whatever its case.
pub async fn by_name(tx: &Tx, name: &str) -> Result<Option<Room>> {
    let folded = fold(name);
    one(tx
        .query_opt(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE name_folded = ?1",
            &vals![&folded],
        )
        .await?)
}

/// The room of that id, or else of that name.
pub async fn by_id_or_name(tx: &Tx, id_or_name: &str) -> Result<Option<Room>> {
    match by_id(tx, id_or_name).await? {
        Some(room) => Ok(Some(room)),
        None => by_name(tx, id_or_name).await,
    }
}

/// The direct room of exactly these people.
pub async fn direct_of(tx: &Tx, uids: &[String]) -> Result<Option<Room>> {
    let key = dm_key(uids);
    one(tx
        .query_opt(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE dm_key = ?1",
            &vals![&key],
        )
        .await?)
}

/// The rooms of those ids that exist.
pub async fn by_ids(tx: &Tx, ids: &[String]) -> Result<Vec<Room>> {
    let rows = tx
        .query(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE id IN list(?1) ORDER BY id",
            &vals![ids],
        )
        .await?;
    rows.iter().map(|row| decode(row, 0)).collect()
}

/// Stores a new room.
///
/// # Errors
/// `error-duplicate-channel-name` if the name is taken.
pub async fn insert(tx: &Tx, room: &Room) -> Result<()> {
    let doc = document(room)?;
    let folded = room.name.as_deref().map(fold);
    let fname_folded = room.fname.as_deref().map(fold);
    let key = room.uids.as_deref().map(dm_key);
    let last =
        room.last_message.as_deref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let ts = room.ts.unwrap_or(room.updated_at).millis();
    let inserted = tx
        .exec(
            "INSERT INTO rooms (id, t, name, name_folded, fname, fname_folded, uid, dm_key, prid, team_id, team_main, \
             is_default, archived, broadcast, encrypted, ts, updated_at, meta_at, msgs, users_count, seq, lm, \
             last_message, doc, featured, team_default) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
             ?16, ?17, ?17, ?18, ?19, 0, ?20, ?21, ?22, ?23, ?24) ON CONFLICT DO NOTHING",
            &vals![
                &room.id,
                room.t.as_str(),
                room.name.as_deref(),
                folded.as_deref(),
                room.fname.as_deref(),
                fname_folded.as_deref(),
                room.u.as_ref().map(|u| u.id.as_str()),
                key.as_deref(),
                room.prid.as_deref(),
                room.team_id.as_deref(),
                room.team_main.unwrap_or(false),
                room.default.unwrap_or(false),
                room.archived.unwrap_or(false),
                room.broadcast.unwrap_or(false),
                room.encrypted.unwrap_or(false),
                ts,
                room.updated_at.millis(),
                room.msgs,
                room.users_count,
                room.lm.map(Timestamp::millis),
                last.as_deref(),
                &doc,
                room.featured.unwrap_or(false),
                room.team_default.unwrap_or(false),
            ],
        )
        .await?;
    if inserted == 0 { Err(duplicate(room)) } else { Ok(()) }
}

/// Stores a room's own document after a change that is not a message. Counters and the last message stay as
/// they are in the table. With `meta`, the members' subscriptions count as changed too.
pub async fn update(tx: &Tx, room: &mut Room, now: Timestamp, meta: bool) -> Result<()> {
    room.updated_at = now;
    let doc = document(room)?;
    let folded = room.name.as_deref().map(fold);
    let fname_folded = room.fname.as_deref().map(fold);
    let key = room.uids.as_deref().map(dm_key);
    tx.exec(
        "UPDATE rooms SET t = ?2, name = ?3, name_folded = ?4, fname = ?5, fname_folded = ?6, uid = ?7, dm_key = ?8, \
         prid = ?9, team_id = ?10, team_main = ?11, is_default = ?12, archived = ?13, broadcast = ?14, encrypted = ?15, \
         updated_at = ?16, meta_at = CASE WHEN ?17 THEN ?16 ELSE meta_at END, doc = ?18, featured = ?19, \
         team_default = ?20 WHERE id = ?1",
        &vals![
            &room.id,
            room.t.as_str(),
            room.name.as_deref(),
            folded.as_deref(),
            room.fname.as_deref(),
            fname_folded.as_deref(),
            room.u.as_ref().map(|u| u.id.as_str()),
            key.as_deref(),
            room.prid.as_deref(),
            room.team_id.as_deref(),
            room.team_main.unwrap_or(false),
            room.default.unwrap_or(false),
            room.archived.unwrap_or(false),
            room.broadcast.unwrap_or(false),
            room.encrypted.unwrap_or(false),
            now.millis(),
            meta,
            &doc,
            room.featured.unwrap_or(false),
            room.team_default.unwrap_or(false),
        ],
    )
    .await
    .map_err(|error| match error {
        gantry_store::DbError::Unique { .. } => duplicate(room),
        other => other.into(),
    })?;
    Ok(())
}

/// Counts a message. `last` (a message's document) becomes the room's last message; `alerts` makes the room
/// unread. Answers the room's new sequence number.
pub async fn count_message(
    tx: &Tx,
    rid: &str,
    at: Timestamp,
    last: Option<&str>,
    alerts: bool,
) -> Result<i64> {
    let row = tx
        .query_opt(
            "UPDATE rooms SET msgs = msgs + 1, seq = seq + ?2, updated_at = ?3, \
             lm = CASE WHEN ?4 THEN ?3 ELSE lm END, last_message = COALESCE(?5, last_message) \
             WHERE id = ?1 RETURNING seq",
            &vals![rid, i64::from(alerts), at.millis(), alerts, last],
        )
        .await?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// Replaces the room's last message (after an edit, a reaction or a delete).
pub async fn set_last_message(tx: &Tx, rid: &str, last: Option<&Message>, now: Timestamp) -> Result<()> {
    let last = last.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    tx.exec(
        "UPDATE rooms SET last_message = ?2, updated_at = ?3 WHERE id = ?1",
        &vals![rid, last.as_deref(), now.millis()],
    )
    .await?;
    Ok(())
}

/// Adds to the number of members.
pub async fn add_users_count(tx: &Tx, rid: &str, by: i64, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE rooms SET users_count = users_count + ?2, updated_at = ?3 WHERE id = ?1",
        &vals![rid, by, now.millis()],
    )
    .await?;
    Ok(())
}

/// Adds to the number of messages, for deletes.
pub async fn add_message_count(tx: &Tx, rid: &str, by: i64, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE rooms SET msgs = msgs + ?2, updated_at = ?3 WHERE id = ?1",
        &vals![rid, by, now.millis()],
    )
    .await?;
    Ok(())
}

/// The code that joining takes; none if the room asks for none.
pub async fn join_code(tx: &Tx, rid: &str) -> Result<Option<String>> {
    let row = tx.query_opt("SELECT join_code FROM rooms WHERE id = ?1", &vals![rid]).await?;
    row.map_or(Ok(None), |row| Ok(row.opt_text(0)?))
}

/// Sets or removes the code that joining takes.
pub async fn set_join_code(tx: &Tx, rid: &str, code: Option<&str>) -> Result<()> {
    tx.exec("UPDATE rooms SET join_code = ?2 WHERE id = ?1", &vals![rid, code]).await?;
    Ok(())
}

/// The rooms that new users join by themselves.
pub async fn defaults(tx: &Tx) -> Result<Vec<Room>> {
    let rows = tx
        .query(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms \
             WHERE is_default AND t IN ('c', 'p') ORDER BY id",
            &vals![],
        )
        .await?;
    rows.iter().map(|row| decode(row, 0)).collect()
}

/// The main room of a team.
pub async fn main_of_team(tx: &Tx, team_id: &str) -> Result<Option<Room>> {
    one(tx
        .query_opt(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE team_id = ?1 AND team_main",
            &vals![team_id],
        )
        .await?)
}

/// Removes the room's row. Messages and subscriptions are the caller's concern.
pub async fn delete(tx: &Tx, rid: &str) -> Result<()> {
    tx.exec("DELETE FROM rooms WHERE id = ?1", &vals![rid]).await?;
    Ok(())
}

/// The stored document: everything but what has a column that messages change.
fn document(room: &Room) -> Result<String> {
    let mut room = room.clone();
    room.last_message = None;
    room.lm = None;
    serde_json::to_string(&room).map_err(Error::internal)
}

fn duplicate(room: &Room) -> Error {
    let name = room.name.as_deref().unwrap_or_default();
    Error::new("error-duplicate-channel-name", format!("A channel with name '{name}' exists"))
        .with_details(json!({ "function": "RocketChat.getValidRoomName", "channel_name": name }))
}
