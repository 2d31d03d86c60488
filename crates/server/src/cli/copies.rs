//! `gantry backup` and `gantry restore`: the embedded database as one file.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use gantry_store::{Db, DbConfig};

use super::serve::Place;
use super::{Failure, Outcome, on_runtime};
use crate::start::lock;

/// Copies the database while the server works on.
pub(super) fn backup(place: &Place, target: &Path) -> Outcome {
    place.must_exist()?;
    let (url, target) = (place.config().database(), target.to_owned());
    on_runtime(async move {
        let db = Db::open(DbConfig::new(url)).await?;
        let shown = std::io::stderr().is_terminal();
        let copied = db
            .backup_with_progress(&target, move |done, total| {
                if shown && total > 0 {
                    eprint!("\r{:3} %", done * 100 / total);
                    let _ = std::io::stderr().flush();
                }
            })
            .await;
        if shown {
            eprintln!();
        }
        db.close().await?;
        copied?;
        println!("wrote {}", target.display());
        Ok(())
    })
}

/// Puts a copy in the place of the database. The server must not run.
pub(super) fn restore(place: &Place, source: &Path, replace: bool) -> Outcome {
    if place.database_url.is_some() {
        return Err(Failure::new("the data is in PostgreSQL: restore it with pg_restore"));
    }
    if !source.is_file() {
        return Err(Failure::new(format!("{} is not a file", source.display())));
    }
    std::fs::create_dir_all(&place.data)?;
    let _lock =
        lock(&place.data).map_err(|_held| Failure::new("stop the server first: it uses this data folder"))?;
    let target = place.data.join("gantry.db");
    if target.exists() && !replace {
        return Err(Failure::new(format!(
            "{} exists; --replace keeps it as gantry.db.replaced and puts the backup in its place",
            target.display()
        )));
    }
    let fresh = place.data.join("gantry.db.restoring");
    std::fs::copy(source, &fresh)?;
    if let Err(error) = try_out(&fresh) {
        let _ = std::fs::remove_file(&fresh);
        return Err(Failure::new(format!("{} cannot be used: {}", source.display(), error.message)));
    }
    if target.exists() {
        // The write-ahead log belongs to the database that it was written for.
        for suffix in ["-wal", "-shm", ""] {
            let old = place.data.join(format!("gantry.db{suffix}"));
            if old.exists() {
                std::fs::rename(&old, place.data.join(format!("gantry.db.replaced{suffix}")))?;
            }
        }
    }
    std::fs::rename(&fresh, &target)?;
    std::fs::File::open(&place.data)?.sync_all()?;
    println!("restored {} from {}", target.display(), source.display());
    Ok(())
}

/// Opens the copy, which applies what migrations it lacks, and closes it, which leaves one file.
fn try_out(file: &Path) -> Outcome {
    let url = format!("sqlite:{}", file.display());
    on_runtime(async move { Ok(Db::open(DbConfig::new(url)).await?.close().await?) })
}
