//! Requests for archives in the database.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// A request for an archive.
#[derive(Clone, Debug)]
pub(super) struct Export {
    pub(super) id: String,
    pub(super) uid: String,
    /// As JSON, not as pages.
    pub(super) full: bool,
    /// `pending`, `exporting`, `completed`, `failed`.
    pub(super) status: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) file_id: Option<String>,
}

const FIELDS: &str = "id, uid, full_export, status, created_at, updated_at, file_id";

fn export(row: &Row) -> Result<Export> {
    Ok(Export {
        id: row.text(0)?,
        uid: row.text(1)?,
        full: row.bool(2)?,
        status: row.text(3)?,
        created_at: Timestamp::from_millis(row.int(4)?),
        updated_at: Timestamp::from_millis(row.int(5)?),
        file_id: row.opt_text(6)?,
    })
}

/// The newest request of a user.
pub(super) async fn newest(tx: &Tx, uid: &str, full: bool) -> Result<Option<Export>> {
    let sql = format!(
        "SELECT {FIELDS} FROM data_exports WHERE uid = ?1 AND full_export = ?2 ORDER BY created_at DESC, id LIMIT 1"
    );
    let rows = tx.query_dyn(&sql, &vals![uid, full]).await?;
    rows.first().map(export).transpose()
}

/// The request whose archive is that file.
pub(super) async fn by_file(tx: &Tx, file_id: &str) -> Result<Option<Export>> {
    let sql = format!("SELECT {FIELDS} FROM data_exports WHERE id = ?1 OR file_id = ?1 ORDER BY id LIMIT 1");
    let rows = tx.query_dyn(&sql, &vals![file_id]).await?;
    rows.first().map(export).transpose()
}

pub(super) async fn insert(tx: &Tx, export: &Export) -> Result<()> {
    tx.exec(
        "INSERT INTO data_exports (id, uid, full_export, status, created_at, updated_at, file_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)",
        &vals![
            &export.id,
            &export.uid,
            export.full,
            &export.status,
            export.created_at.millis(),
            export.updated_at.millis(),
        ],
    )
    .await?;
    Ok(())
}

/// How many requests wait that are older than `before`.
pub(super) async fn waiting(tx: &Tx, before: Timestamp) -> Result<i64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) FROM data_exports WHERE status = 'pending' AND created_at < ?1",
            &vals![before.millis()],
        )
        .await?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// Takes the oldest request that waits, or that somebody has left lying since `stale`.
pub(super) async fn take(tx: &Tx, now: Timestamp, stale: Timestamp) -> Result<Option<Export>> {
    let sql = format!(
        "UPDATE data_exports SET status = 'exporting', updated_at = ?1 WHERE id = (\
         SELECT id FROM data_exports WHERE status = 'pending' OR (status = 'exporting' AND updated_at < ?2) \
         ORDER BY created_at, id LIMIT 1) AND (status = 'pending' OR updated_at < ?2) RETURNING {FIELDS}"
    );
    let rows = tx.query_dyn(&sql, &vals![now.millis(), stale.millis()]).await?;
    rows.first().map(export).transpose()
}

/// The one who makes the archive is still at it; `false` if nobody wants it any more, or somebody else has ended it.
pub(super) async fn go_on(tx: &Tx, id: &str, now: Timestamp) -> Result<bool> {
    let changed = tx
        .exec(
            "UPDATE data_exports SET updated_at = ?2 WHERE id = ?1 AND status = 'exporting'",
            &vals![id, now.millis()],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes down how a request ended; `false` if it is gone or has ended already.
pub(super) async fn finish(
    tx: &Tx,
    id: &str,
    status: &str,
    file_id: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let changed = tx
        .exec(
            "UPDATE data_exports SET status = ?2, file_id = ?3, updated_at = ?4 \
             WHERE id = ?1 AND status = 'exporting'",
            &vals![id, status, file_id, now.millis()],
        )
        .await?;
    Ok(changed == 1)
}

/// Removes what a newer archive replaces; answers the files.
pub(super) async fn delete_older(tx: &Tx, export: &Export) -> Result<Vec<String>> {
    files(
        tx.query(
            "DELETE FROM data_exports WHERE uid = ?1 AND full_export = ?2 AND created_at < ?3 RETURNING file_id",
            &vals![&export.uid, export.full, export.created_at.millis()],
        )
        .await?,
    )
}

/// Removes everything of a user; answers the files.
pub(super) async fn delete_of(tx: &Tx, uid: &str) -> Result<Vec<String>> {
    files(tx.query("DELETE FROM data_exports WHERE uid = ?1 RETURNING file_id", &vals![uid]).await?)
}

fn files(rows: Vec<Row>) -> Result<Vec<String>> {
    let files = rows.iter().map(|row| Ok(row.opt_text(0)?)).collect::<Result<Vec<_>>>()?;
    Ok(files.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_ends_once_and_is_taken_over_from_the_silent_only() {
        for database in gantry_store::testing::databases().await {
            let at = Timestamp::from_millis;
            let asked = Export {
                id: "one".into(),
                uid: "ann".into(),
                full: false,
                status: "pending".into(),
                created_at: at(1),
                updated_at: at(1),
                file_id: None,
            };
            let work = async move |tx: &Tx| -> Result<()> {
                insert(tx, &asked).await?;
                assert!(take(tx, at(10), at(0)).await?.is_some());
                // It is worked on for long, but not in silence.
                assert!(go_on(tx, "one", at(90)).await?);
                assert!(take(tx, at(100), at(50)).await?.is_none());
                assert!(take(tx, at(200), at(150)).await?.is_some(), "it fell silent");
                assert!(finish(tx, "one", "completed", Some("second"), at(210)).await?);
                assert!(!finish(tx, "one", "completed", Some("first"), at(220)).await?);
                assert!(!finish(tx, "one", "failed", None, at(220)).await?);
                assert!(!go_on(tx, "one", at(230)).await?);
                assert_eq!(by_file(tx, "second").await?.unwrap().status, "completed");
                Ok(())
            };
            database.db().write(work).await.unwrap();
        }
    }
}
