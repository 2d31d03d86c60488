//! Custom emoji as stored.

use gantry_kernel::media::{self, Area, Offer};
use gantry_kernel::prelude::*;
use gantry_store::dialect::escape_like;
use gantry_store::{DbError, vals};
use http::HeaderMap;

/// A custom emoji.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Emoji {
    /// Id.
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// What people write between colons.
    pub(super) name: String,
    /// What they may write as well.
    pub(super) aliases: Vec<String>,
    /// Extension of its file.
    pub(super) extension: String,
    /// Version of its file; absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub(super) updated_at: Timestamp,
}

fn emoji(row: &Row) -> Result<Emoji> {
    Ok(Emoji {
        id: row.text(0)?,
        name: row.text(1)?,
        aliases: serde_json::from_str(row.str(2)?).map_err(Error::internal)?,
        extension: row.text(3)?,
        etag: row.opt_text(4)?,
        updated_at: Timestamp::from_millis(row.int(5)?),
    })
}

/// The emoji of that id, whose row stays as it is until the transaction ends.
pub(super) async fn lock(tx: &Tx, id: &str) -> Result<Option<Emoji>> {
    let row = tx
        .query_opt(
            "SELECT id, name, aliases, extension, etag, updated_at FROM custom_emoji WHERE id = ?1 FOR UPDATE",
            &vals![id],
        )
        .await?;
    row.as_ref().map(emoji).transpose()
}

/// The emoji of that name; aliases do not count.
pub(super) async fn by_name(tx: &Tx, name: &str) -> Result<Option<Emoji>> {
    let row = tx
        .query_opt(
            "SELECT id, name, aliases, extension, etag, updated_at FROM custom_emoji WHERE name = ?1",
            &vals![name],
        )
        .await?;
    row.as_ref().map(emoji).transpose()
}

/// Those that changed after `since`, or all, by name.
pub(super) async fn changed_since(tx: &Tx, since: Option<Timestamp>) -> Result<Vec<Emoji>> {
    let rows = tx
        .query(
            "SELECT id, name, aliases, extension, etag, updated_at FROM custom_emoji \
             WHERE updated_at > ?1 ORDER BY name, id",
            &vals![since.map_or(i64::MIN, Timestamp::millis)],
        )
        .await?;
    rows.iter().map(emoji).collect()
}

/// Those that were removed after `since`, as they were.
pub(super) async fn removed_since(tx: &Tx, since: Timestamp) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT doc, removed_at FROM custom_emoji_removed WHERE removed_at > ?1 ORDER BY removed_at, id",
            &vals![since.millis()],
        )
        .await?;
    let gone = |row: &Row| -> Result<Value> {
        let mut doc: Value = serde_json::from_str(row.str(0)?).map_err(Error::internal)?;
        doc["_deletedAt"] = json!(Timestamp::from_millis(row.int(1)?));
        Ok(doc)
    };
    rows.iter().map(gone).collect()
}

/// What lists are sorted by.
pub(super) const SORTS: &[(&str, &str)] =
    &[("_id", "id"), ("name", "name"), ("extension", "extension"), ("_updatedAt", "updated_at")];

/// A page of those with `part` in their name in any case, and how many there are. `order` is made of
/// [`SORTS`].
pub(super) async fn page(tx: &Tx, part: &str, order: &str, window: Window) -> Result<(Vec<Emoji>, i64)> {
    let like = format!("%{}%", escape_like(&part.to_lowercase()));
    let sql = format!(
        "SELECT id, name, aliases, extension, etag, updated_at FROM custom_emoji \
         WHERE LOWER(name) LIKE ?1 ESCAPE '\\' ORDER BY {order}, id LIMIT ?2 OFFSET ?3"
    );
    let rows = tx.query_dyn(&sql, &vals![&like, window.count, window.offset]).await?;
    let total = tx
        .query_opt("SELECT COUNT(*) FROM custom_emoji WHERE LOWER(name) LIKE ?1 ESCAPE '\\'", &vals![&like])
        .await?;
    let total = total.map(|row| row.int(0)).transpose()?.unwrap_or(0);
    Ok((rows.iter().map(emoji).collect::<Result<_>>()?, total))
}

/// Whether another emoji goes by one of these names.
pub(super) async fn taken(tx: &Tx, names: &[String], but: &str) -> Result<bool> {
    let found = tx
        .query_opt(
            "SELECT 1 FROM custom_emoji_names WHERE name IN list(?1) AND emoji <> ?2 LIMIT 1",
            &vals![names, but],
        )
        .await?;
    Ok(found.is_some())
}

/// The refusal of a name that another emoji has.
pub(super) fn in_use() -> Error {
    Error::new(
        "Custom_Emoji_Error_Name_Or_Alias_Already_In_Use",
        "The custom emoji or one of its aliases is already in use",
    )
    .with_details(json!({ "method": "insertOrUpdateEmoji" }))
}

/// Stores an emoji, new or changed, and its names.
///
/// # Errors
/// [`in_use`] if one of them was given to another meanwhile.
pub(super) async fn store(tx: &Tx, emoji: &Emoji) -> Result<()> {
    let stored = tx.exec(
        "INSERT INTO custom_emoji (id, name, aliases, extension, etag, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, aliases = excluded.aliases, \
         extension = excluded.extension, etag = excluded.etag, updated_at = excluded.updated_at",
        &vals![
            &emoji.id,
            &emoji.name,
            &json!(emoji.aliases).to_string(),
            &emoji.extension,
            &emoji.etag,
            emoji.updated_at.millis()
        ],
    )
    .await;
    match stored {
        Err(DbError::Unique { .. }) => return Err(in_use()),
        stored => stored?,
    };
    tx.exec("DELETE FROM custom_emoji_names WHERE emoji = ?1", &vals![&emoji.id]).await?;
    for name in emoji.aliases.iter().chain([&emoji.name]) {
        let given = tx
            .exec(
                "INSERT INTO custom_emoji_names (name, emoji) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
                &vals![name, &emoji.id],
            )
            .await?;
        if given == 0 {
            return Err(in_use());
        }
    }
    Ok(())
}

/// Removes an emoji with its file, and remembers that it was there.
pub(super) async fn remove(tx: &Tx, emoji: &Emoji, now: Timestamp) -> Result<()> {
    media::remove(tx, Area::Emoji, &emoji.id).await?;
    tx.exec("DELETE FROM custom_emoji_names WHERE emoji = ?1", &vals![&emoji.id]).await?;
    tx.exec("DELETE FROM custom_emoji WHERE id = ?1", &vals![&emoji.id]).await?;
    tx.exec(
        "INSERT INTO custom_emoji_removed (id, doc, removed_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, removed_at = excluded.removed_at",
        &vals![&emoji.id, &serde_json::to_string(emoji).map_err(Error::internal)?, now.millis()],
    )
    .await?;
    Ok(())
}

/// The file that is shown at `name.extension`. The extension is not looked at: what the file is shows in its
/// bytes, and clients may know the one of a former file.
pub(super) async fn file(tx: &Tx, path: &str, asked: &HeaderMap) -> Result<Option<Offer>> {
    let Some((name, _)) = path.rsplit_once('.') else { return Ok(None) };
    match by_name(tx, name).await? {
        Some(emoji) => media::offer(tx, Area::Emoji, &emoji.id, asked).await,
        None => Ok(None),
    }
}
