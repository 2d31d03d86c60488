//! Copies of an SQLite database while it is in use.

use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::{DbError, sqlite};

/// Pages between two progress reports: 4 MiB.
const STEP: i32 = 1024;

/// Copies the database at `source` to the new file `target`, which appears only when it is complete.
pub(crate) async fn sqlite(
    source: &Path,
    target: &Path,
    progress: impl FnMut(u64, u64) + Send + 'static,
) -> Result<(), DbError> {
    let (source, target) = (source.to_owned(), target.to_owned());
    tokio::task::spawn_blocking(move || copy(&source, &target, progress))
        .await
        .map_err(|_panicked| DbError::Panicked)?
}

fn copy(source: &Path, target: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), DbError> {
    if target.exists() {
        return Err(DbError::Other(format!("{} exists already: choose a new file", target.display())));
    }
    let part = PathBuf::from(format!("{}.part", target.display()));
    let _ = std::fs::remove_file(&part);
    let result = copy_to(source, &part, &mut progress).and_then(|()| {
        // SQLite has synced the file; the rename has to reach the disk too.
        let failed = |error| DbError::Other(format!("cannot write {}: {error}", target.display()));
        std::fs::rename(&part, target).map_err(failed)?;
        match target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed),
            None => Ok(()),
        }
    });
    if result.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    result
}

fn copy_to(source: &Path, part: &Path, progress: &mut impl FnMut(u64, u64)) -> Result<(), DbError> {
    let from =
        Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(sqlite::error)?;
    // An open snapshot on the source connection keeps the copy from starting over whenever somebody writes.
    from.execute_batch("BEGIN").map_err(sqlite::error)?;
    from.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(sqlite::error)?;
    sqlite::create_private(part)?;
    let mut to = Connection::open(part).map_err(sqlite::error)?;
    {
        let backup = Backup::new(&from, &mut to).map_err(sqlite::error)?;
        while backup.step(STEP).map_err(sqlite::error)? != StepResult::Done {
            let state = backup.progress();
            let total = u64::try_from(state.pagecount).unwrap_or(0);
            progress(total.saturating_sub(u64::try_from(state.remaining).unwrap_or(0)), total);
        }
    }
    to.close().map_err(|(_, error)| sqlite::error(error))
}
