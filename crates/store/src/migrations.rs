//! The schema's history: one numbered list, applied at start under a lock, never edited once released.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{DbError, Engine, dialect};

/// One step of the schema.
pub(crate) struct Migration {
    /// File name without `.sql`: `0001_kernel`.
    file: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($file:literal),* $(,)?) => {
        &[$(Migration { file: $file, sql: include_str!(concat!("../migrations/", $file, ".sql")) }),*]
    };
}

/// Append here, in order.
const MIGRATIONS: &[Migration] = migrations![
    "0001_kernel",
    "0002_accounts",
    "0003_messaging",
    "0004_threads_and_search",
    "0005_custom_user_statuses",
    "0006_message_extras",
    "0007_uploads",
    "0008_media",
    "0009_teams_and_invites",
    "0010_integrations",
    "0011_devices_and_passwords",
    "0012_authors",
    "0013_workspace",
    "0014_keys_and_audit",
    "0015_message_search",
    "0016_attention_and_exports",
    "0017_narrower_indexes",
    "0018_activity_calendar_webdav",
];

/// The book of applied migrations, in SQL that both engines take.
pub(crate) const CREATE_BOOK: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (\
     version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL, checksum TEXT NOT NULL)";
pub(crate) const READ_BOOK: &str = "SELECT version, checksum FROM schema_migrations";

/// Enters a step into the book, in the engine's own SQL: version, name, checksum.
pub(crate) fn note(engine: Engine) -> String {
    let sql = format!(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, {})",
        dialect::now(engine)
    );
    dialect::statement(engine, &sql)
}

/// What to run, in order, after the engine has taken its lock.
pub(crate) struct Step {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) checksum: String,
    /// In the engine's own SQL.
    pub(crate) sql: String,
}

/// Compares the book with the list of this binary.
///
/// # Errors
/// When the database holds a migration that this binary does not know, or that reads differently now.
pub(crate) fn plan(engine: Engine, book: &[(i64, String)]) -> Result<Vec<Step>, DbError> {
    let mut applied: BTreeMap<i64, &str> =
        book.iter().map(|(version, sum)| (*version, sum.as_str())).collect();
    let mut steps = Vec::new();
    for migration in MIGRATIONS {
        let (version, name) = migration.id();
        let checksum = hex::encode(Sha256::digest(migration.sql));
        match applied.remove(&version) {
            Some(known) if known == checksum => {}
            Some(_) => {
                return Err(DbError::Other(format!(
                    "migration {version} ({name}) was applied to this database in another form: \
                     use the version that created the database, or restore a backup"
                )));
            }
            None => {
                steps.push(Step { version, name, checksum, sql: dialect::migration(engine, migration.sql) })
            }
        }
    }
    match applied.last_key_value() {
        Some((version, _)) => Err(DbError::Other(format!(
            "the database is at schema version {version}, newer than this program knows: \
             start the version that wrote it, or a later one"
        ))),
        None => Ok(steps),
    }
}

impl Migration {
    fn id(&self) -> (i64, &'static str) {
        let (number, name) = self.file.split_once('_').expect("file names are NNNN_name");
        (number.parse().expect("file names start with a number"), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_up() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.id().0).collect();
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    }
}
