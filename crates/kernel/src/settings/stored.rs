//! The rows of the `settings` table. It holds what differs from the catalogue, and nothing else.

use gantry_store::{DbError, Tx, vals};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Definition, SettingError};

/// What a row knows besides the value: the `doc` column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Doc {
    /// The whole setting, when it is not one of the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) definition: Option<Definition>,
    /// Milliseconds; for settings that are younger than the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<i64>,
    /// What the environment said when the setting met this database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) initial: Option<Value>,
    /// How a colour is edited: `color` or `expression`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) editor: Option<String>,
    /// On `uniqueID` alone: the catalogue that the workspace was last started with, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) catalogue: Option<Mark>,
}

/// Which defaults a workspace runs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mark {
    pub(super) fingerprint: String,
    /// Milliseconds.
    pub(super) since: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) value: Value,
    pub(super) doc: Doc,
    /// Milliseconds.
    pub(super) updated_at: i64,
}

pub(super) async fn all(tx: &Tx) -> Result<Vec<Stored>, SettingError> {
    let mut found = Vec::new();
    for mut row in tx.query("SELECT id, value, doc, updated_at FROM settings", &[]).await? {
        let id = row.take_text(0)?;
        let damaged = |_| SettingError::Damaged { id: id.clone() };
        let value = serde_json::from_str(row.str(1)?).map_err(damaged)?;
        let doc = row.opt_str(2)?.map(serde_json::from_str).transpose().map_err(damaged)?.unwrap_or_default();
        let updated_at = row.int(3)?;
        found.push(Stored { id, value, doc, updated_at });
    }
    Ok(found)
}

/// Adds a row unless there is one: another node may be starting at the same time.
pub(super) async fn insert(tx: &Tx, row: &Stored) -> Result<(), DbError> {
    let doc = text(&row.doc);
    tx.exec(
        "INSERT INTO settings (id, value, doc, updated_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
        &vals![&row.id, &row.value.to_string(), &doc, row.updated_at],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_value(tx: &Tx, id: &str, value: &Value, now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO settings (id, value, updated_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (id) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        &vals![id, &value.to_string(), now],
    )
    .await?;
    Ok(())
}

/// The value of a row that nobody else changes until the transaction ends; a row that was not there has `default`.
pub(super) async fn lock_value(tx: &Tx, id: &str, default: &Value, now: i64) -> Result<Value, SettingError> {
    let row = tx
        .query_opt(
            "INSERT INTO settings (id, value, updated_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at RETURNING value",
            &vals![id, &default.to_string(), now],
        )
        .await?;
    let Some(row) = row else { return Ok(default.clone()) };
    serde_json::from_str(row.str(0)?).map_err(|_| SettingError::Damaged { id: id.to_owned() })
}

/// Replaces what the row knows besides the value; `value` is for a row that is not there yet.
pub(super) async fn set_doc(tx: &Tx, id: &str, doc: &Doc, value: &Value, now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO settings (id, value, doc, updated_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, updated_at = excluded.updated_at",
        &vals![id, &value.to_string(), &text(doc), now],
    )
    .await?;
    Ok(())
}

/// Notes on a row that [`insert`] may have found already there which catalogue the workspace runs on.
pub(super) async fn set_mark(tx: &Tx, row: &Stored) -> Result<(), SettingError> {
    let mut doc = doc(tx, &row.id).await?;
    doc.catalogue.clone_from(&row.doc.catalogue);
    let text = text(&doc);
    tx.exec("UPDATE settings SET doc = ?2 WHERE id = ?1", &vals![&row.id, &text]).await?;
    Ok(())
}

pub(super) async fn doc(tx: &Tx, id: &str) -> Result<Doc, SettingError> {
    let row = tx.query_opt("SELECT doc FROM settings WHERE id = ?1", &vals![id]).await?;
    let Some(row) = row else { return Ok(Doc::default()) };
    let Some(text) = row.opt_str(0)? else { return Ok(Doc::default()) };
    serde_json::from_str(text).map_err(|_| SettingError::Damaged { id: id.to_owned() })
}

pub(super) async fn remove(tx: &Tx, id: &str, now: i64) -> Result<(), DbError> {
    tx.exec("DELETE FROM settings WHERE id = ?1", &vals![id]).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, deleted_at) VALUES ('setting', ?1, ?2) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![id, now],
    )
    .await?;
    Ok(())
}

pub(super) async fn forget_removal(tx: &Tx, id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM tombstones WHERE kind = 'setting' AND id = ?1", &vals![id]).await?;
    Ok(())
}

pub(super) async fn removed_since(tx: &Tx, since: i64) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx
        .query(
            "SELECT id, deleted_at FROM tombstones WHERE kind = 'setting' AND deleted_at > ?1 ORDER BY deleted_at, id",
            &vals![since],
        )
        .await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

fn text(doc: &Doc) -> Option<String> {
    (*doc != Doc::default()).then(|| serde_json::to_string(doc).unwrap_or_default())
}
