//! The uploads table.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_store::dialect::escape_like;
use gantry_store::vals;

use super::Upload;

/// An upload with what clients do not see.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The upload.
    pub upload: Upload,
    /// Key of its bytes.
    pub key: String,
    /// Its message is hidden.
    pub hidden: bool,
    /// The message that shows it.
    pub mid: Option<String>,
    /// Tiny JPEG, base64.
    pub preview: Option<String>,
}

fn stored(row: &Row) -> Result<Stored> {
    Ok(Stored {
        upload: serde_json::from_str(row.str(0)?).map_err(Error::internal)?,
        key: row.text(1)?,
        hidden: row.bool(2)?,
        mid: row.opt_text(3)?,
        preview: row.opt_text(4)?,
    })
}

/// The upload of that id.
///
/// # Errors
/// The database's.
pub async fn by_id(tx: &Tx, id: &str) -> Result<Option<Stored>> {
    let row = tx
        .query_opt("SELECT doc, storage_key, hidden, mid, preview FROM uploads WHERE id = ?1", &vals![id])
        .await?;
    row.as_ref().map(stored).transpose()
}

/// An upload together with its preview pictures; empty if there is none of that id.
///
/// # Errors
/// The database's.
pub async fn with_thumbs(tx: &Tx, id: &str) -> Result<Vec<Stored>> {
    let rows = tx
        .query(
            "SELECT doc, storage_key, hidden, mid, preview FROM uploads WHERE id = ?1 \
             UNION ALL SELECT doc, storage_key, hidden, mid, preview FROM uploads WHERE original = ?1",
            &vals![id],
        )
        .await?;
    rows.iter().map(stored).collect()
}

/// Enters an upload.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, stored: &Stored) -> Result<()> {
    let upload = &stored.upload;
    tx.exec(
        "INSERT INTO uploads (id, rid, uid, name, name_folded, kind, type_group, size, uploaded_at, expires_at, \
         hidden, mid, original, storage_key, preview, doc) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        &vals![
            &upload.id,
            &upload.rid,
            upload.user_id.as_deref(),
            &upload.name,
            &upload.name.to_lowercase(),
            &upload.kind,
            &upload.type_group,
            upload.size,
            upload.uploaded_at.millis(),
            upload.expires_at.map(Timestamp::millis),
            stored.hidden,
            stored.mid.as_deref(),
            upload.original_file_id.as_deref(),
            &stored.key,
            stored.preview.as_deref(),
            &serde_json::to_string(upload).map_err(Error::internal)?,
        ],
    )
    .await?;
    Ok(())
}

/// Stores what changed of an upload: name, caption, expiry, message.
///
/// # Errors
/// The database's.
pub async fn update(tx: &Tx, stored: &mut Stored, now: Timestamp) -> Result<()> {
    stored.upload.updated_at = now;
    let upload = &stored.upload;
    tx.exec(
        "UPDATE uploads SET name = ?2, name_folded = ?3, expires_at = ?4, mid = ?5, doc = ?6 WHERE id = ?1",
        &vals![
            &upload.id,
            &upload.name,
            &upload.name.to_lowercase(),
            upload.expires_at.map(Timestamp::millis),
            stored.mid.as_deref(),
            &serde_json::to_string(upload).map_err(Error::internal)?,
        ],
    )
    .await?;
    Ok(())
}

/// Uploads that belong to these messages. What the messages themselves name does not count: a client may have
/// written anything there.
///
/// # Errors
/// The database's.
pub async fn of_messages(tx: &Tx, mids: &[String]) -> Result<Vec<String>> {
    let rows = tx
        .query("SELECT id FROM uploads WHERE mid IN list(?1) ORDER BY uploaded_at, id", &vals![mids])
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Hides uploads of hidden messages.
///
/// # Errors
/// The database's.
pub async fn hide(tx: &Tx, ids: &[String]) -> Result<()> {
    tx.exec("UPDATE uploads SET hidden = TRUE WHERE id IN list(?1) OR original IN list(?1)", &vals![ids])
        .await?;
    Ok(())
}

/// Forgets uploads and their preview pictures; notes their bytes for removal. Answers the ids of what went.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &Tx, ids: &[String], now: Timestamp) -> Result<Vec<String>> {
    tx.exec(
        "INSERT INTO file_removals (storage_key, since) \
         SELECT storage_key, CAST(?2 AS BIGINT) FROM uploads WHERE id IN list(?1) OR original IN list(?1) \
         ON CONFLICT (storage_key) DO NOTHING",
        &vals![ids, now.millis()],
    )
    .await?;
    let gone = tx
        .query("DELETE FROM uploads WHERE id IN list(?1) OR original IN list(?1) RETURNING id", &vals![ids])
        .await?;
    gone.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Forgets all uploads of a room. Answers how many went.
///
/// # Errors
/// The database's.
pub async fn remove_room(tx: &Tx, rid: &str, now: Timestamp) -> Result<u64> {
    tx.exec(
        "INSERT INTO file_removals (storage_key, since) \
         SELECT storage_key, CAST(?2 AS BIGINT) FROM uploads WHERE rid = ?1 \
         ON CONFLICT (storage_key) DO NOTHING",
        &vals![rid, now.millis()],
    )
    .await?;
    Ok(tx.exec("DELETE FROM uploads WHERE rid = ?1", &vals![rid]).await?)
}

/// Ids of uploads that nobody confirmed in time.
///
/// # Errors
/// The database's.
pub async fn expired(tx: &Tx, now: Timestamp) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "SELECT id FROM uploads WHERE expires_at IS NOT NULL AND expires_at <= ?1 ORDER BY expires_at, id",
            &vals![now.millis()],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Which files of a room a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Text in the name, in any case.
    pub name: Option<String>,
    /// `image`, `audio`, `text`, …
    pub type_group: Option<String>,
    /// Without those that no message shows yet.
    pub only_confirmed: bool,
    /// Not newer than this.
    pub until: Option<Timestamp>,
}

/// Columns by which lists are sorted.
pub const SORTS: &[(&str, &str)] = &[
    ("name", "u.name"),
    ("uploadedAt", "u.uploaded_at"),
    ("size", "u.size"),
    ("type", "u.kind"),
    ("typeGroup", "u.type_group"),
];

/// Files of a room, without preview pictures unless asked for, and how many there are in all. Of those that no
/// message shows yet only the ones of `uid`. `order` is made of [`SORTS`].
///
/// # Errors
/// The database's.
pub async fn list(
    tx: &Tx,
    rid: &str,
    uid: &str,
    filter: &Filter,
    order: &str,
    window: Window,
) -> Result<(Vec<Upload>, i64)> {
    const WHERE: &str = "u.rid = ?1 AND NOT u.hidden AND (u.type_group = ?2 OR (?3 AND u.type_group <> 'thumb')) \
         AND (NOT ?4 OR u.name_folded LIKE ?5 ESCAPE '\\') AND (u.expires_at IS NULL OR (NOT ?6 AND u.uid = ?8)) AND u.uploaded_at <= ?7";
    let pattern = filter
        .name
        .as_deref()
        .map(|text| format!("%{}%", escape_like(&text.to_lowercase())))
        .unwrap_or_default();
    let group = filter.type_group.as_deref().unwrap_or_default();
    let until = filter.until.map_or(i64::MAX, Timestamp::millis);
    let shared = vals![
        rid,
        group,
        filter.type_group.is_none(),
        filter.name.is_some(),
        &pattern,
        filter.only_confirmed,
        until,
        uid,
    ];
    let total = tx.query_dyn(&format!("SELECT count(*) FROM uploads u WHERE {WHERE}"), &shared).await?;
    let total = total.first().map_or(Ok(0), |row| row.int(0))?;
    let mut params = shared.to_vec();
    params.extend(vals![window.count, window.offset].to_vec());
    let rows = tx
        .query_dyn(
            &format!("SELECT u.doc FROM uploads u WHERE {WHERE} ORDER BY {order}, u.id LIMIT ?9 OFFSET ?10"),
            &params,
        )
        .await?;
    let uploads = rows.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal));
    Ok((uploads.collect::<Result<_>>()?, total))
}

/// Keeps an upload from being changed or removed by others until the end of the transaction.
///
/// # Errors
/// The database's.
pub async fn lock(tx: &Tx, id: &str) -> Result<()> {
    tx.query_opt("SELECT id FROM uploads WHERE id = ?1 FOR UPDATE", &vals![id]).await?;
    Ok(())
}

/// Uploads as lists show them: with their sender's names.
///
/// # Errors
/// The database's.
pub async fn with_users(tx: &Tx, uploads: &[Upload]) -> Result<Vec<Value>> {
    let mut listed = Vec::with_capacity(uploads.len());
    let mut known: std::collections::HashMap<String, Option<Value>> = std::collections::HashMap::new();
    for upload in uploads {
        let mut shown = serde_json::to_value(upload).map_err(Error::internal)?;
        if let Some(uid) = &upload.user_id {
            if !known.contains_key(uid) {
                let user = users::by_id(tx, uid).await?;
                let user =
                    user.map(|user| json!({ "_id": user.id, "username": user.username, "name": user.name }));
                known.insert(uid.clone(), user);
            }
            if let Some(Some(user)) = known.get(uid) {
                shown["user"] = user.clone();
            }
        }
        listed.push(shown);
    }
    Ok(listed)
}
