//! Archives that were made for one person for another reason than that they asked for what they have said:
//! exports of rooms.

use gantry_kernel::files::Spool;
use gantry_kernel::prelude::*;
use gantry_store::vals;

use super::{Dropped, key};

/// How long an archive can be downloaded, in days.
pub(crate) const DAYS: i64 = 30;
/// Archives that are kept for one user; the oldest goes when there is one more.
const MOST: i64 = 10;

/// An archive and whose it is.
pub(super) struct Kept {
    pub(super) uid: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
}

/// Keeps an archive for a user; answers the address at which that user alone can download it, for [`DAYS`].
///
/// # Errors
/// 500 if it could not be stored.
pub(crate) async fn keep(ctx: &Ctx, uid: &str, name: &str, archive: Spool) -> Result<String> {
    let id = ctx.ids.id();
    let size = i64::try_from(archive.size()).unwrap_or(i64::MAX);
    ctx.files.put(&key(&id), archive).await?;
    let (row, uid, name, now) = (id.clone(), uid.to_owned(), name.to_owned(), ctx.clock.now());
    let noted = ctx
        .write(async move |tx| {
            tx.exec(
                "INSERT INTO user_data_files (id, uid, name, size, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                &vals![&row, &uid, &name, size, now.millis()],
            )
            .await?;
            let old = tx
                .query(
                    "DELETE FROM user_data_files WHERE id IN (SELECT id FROM user_data_files WHERE uid = ?1 \
                     ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET ?2) RETURNING id",
                    &vals![&uid, MOST],
                )
                .await?;
            if !old.is_empty() {
                tx.emit(Dropped(ids(&old)?));
            }
            Ok(())
        })
        .await;
    if let Err(error) = noted {
        super::drop_bytes(&ctx.kernel, &id).await;
        return Err(error);
    }
    let site = ctx.settings.get(keys::Site_Url);
    Ok(format!("{}/data-export/{id}", site.trim_end_matches('/')))
}

/// The archive of that id.
pub(super) async fn find(tx: &Tx, id: &str) -> Result<Option<Kept>> {
    let row =
        tx.query_opt("SELECT uid, name, created_at FROM user_data_files WHERE id = ?1", &vals![id]).await?;
    row.map(|row| {
        let created_at = Timestamp::from_millis(row.int(2)?);
        Ok(Kept { uid: row.text(0)?, name: row.text(1)?, created_at })
    })
    .transpose()
}

/// Forgets the archives that are older than [`DAYS`]; answers their ids.
pub(super) async fn delete_old(tx: &Tx, now: Timestamp) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "DELETE FROM user_data_files WHERE created_at < ?1 RETURNING id",
            &vals![now.millis() - DAYS * 86_400_000],
        )
        .await?;
    ids(&rows)
}

/// Forgets all archives of a user; answers their ids.
pub(super) async fn delete_of(tx: &Tx, uid: &str) -> Result<Vec<String>> {
    let rows = tx.query("DELETE FROM user_data_files WHERE uid = ?1 RETURNING id", &vals![uid]).await?;
    ids(&rows)
}

fn ids(rows: &[Row]) -> Result<Vec<String>> {
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}
