//! Migrations and backups.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use gantry_store::testing::{databases, empty, engines, open_sqlite};
use gantry_store::{Db, DbConfig, DbError, Engine, vals};
use rusqlite::Connection;

async fn change(db: &Db, sql: &'static str) {
    let changed = db.write(async move |tx| tx.exec(sql, &[]).await).await;
    assert_eq!(changed, Ok::<_, DbError>(1));
}

async fn reopen(url: &str) -> Result<Db, DbError> {
    Db::open(DbConfig::new(url)).await
}

#[tokio::test]
async fn migrations_run_once_and_keep_the_data() {
    for test in databases().await {
        change(&test, "INSERT INTO settings (id, value, updated_at) VALUES ('a', '1', 0)").await;
        let again = reopen(test.url()).await.unwrap();
        let row = again
            .read(async |tx| {
                tx.query(
                    "SELECT (SELECT count(*) FROM settings), min(version), min(applied_at), \
                     count(*) - count(DISTINCT version) FROM schema_migrations",
                    &[],
                )
                .await
            })
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
        assert_eq!((row[0].int(0), row[0].int(1), row[0].int(3)), (Ok(1), Ok(1), Ok(0)));
        assert!(row[0].int(2).unwrap() > 1_700_000_000_000, "milliseconds");
        again.close().await.unwrap();
    }
}

#[tokio::test]
async fn servers_that_start_together_migrate_once() {
    for engine in engines() {
        let empty = empty(engine).await;
        let opened = join_all((0..4).map(|_| reopen(empty.url()))).await;
        for db in opened {
            db.unwrap().close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    for test in databases().await {
        change(&test, "INSERT INTO schema_migrations VALUES (9999, 'later', 0, '')").await;
        let refused = reopen(test.url()).await.unwrap_err().to_string();
        assert!(refused.contains("schema version 9999"), "{refused}");
    }
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    for test in databases().await {
        change(&test, "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1").await;
        let refused = reopen(test.url()).await.unwrap_err().to_string();
        assert!(refused.contains("migration 1 (kernel)"), "{refused}");
    }
}

#[tokio::test]
async fn unknown_urls_are_refused() {
    for url in ["", "mysql://x", "/var/lib/gantry.db"] {
        assert!(reopen(url).await.unwrap_err().to_string().contains("must start with sqlite:"), "{url}");
    }
    let folder = reopen("sqlite:/no/such/folder/x.db").await.unwrap_err().to_string();
    assert!(folder.contains("/no/such/folder/x.db"), "{folder}");
}

/// The invariant that the writer below keeps in each of its transactions.
fn consistent(backup: &Path) -> i64 {
    let backup = Connection::open(backup).unwrap();
    let check: String = backup.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let (counter, rows): (i64, i64) = backup
        .query_row("SELECT (SELECT updated_at FROM settings), (SELECT count(*) FROM tombstones)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(counter, rows);
    rows
}

#[tokio::test]
async fn a_backup_is_consistent_while_others_write() {
    let test = open_sqlite().await;
    let db = test.db();
    change(&db, "INSERT INTO settings (id, value, updated_at) VALUES ('counter', '', 0)").await;
    let write = async |numbers: std::ops::Range<i64>| {
        db.write(async move |tx| -> Result<(), DbError> {
            let doc = "x".repeat(4000);
            for n in numbers.clone() {
                let id = n.to_string();
                tx.exec("UPDATE settings SET updated_at = updated_at + 1", &[]).await?;
                tx.exec(
                    "INSERT INTO tombstones (kind, id, deleted_at, doc) VALUES ('k', ?1, 0, ?2)",
                    &vals![&id, &doc],
                )
                .await?;
            }
            Ok(())
        })
        .await
        .unwrap();
    };
    // More than one step of the copy.
    write(0..2000).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("backup.db");
    let done = Arc::new(AtomicBool::new(false));
    let (steps, mut stepped) = tokio::sync::mpsc::unbounded_channel();
    let backup = async {
        db.backup_with_progress(&target, move |copied, total| {
            assert!(copied <= total);
            steps.send(()).unwrap();
        })
        .await
        .unwrap();
        done.store(true, Ordering::Release);
    };
    let writing = async {
        let mut n = 2000;
        while !done.load(Ordering::Acquire) {
            write(n..n + 1).await;
            n += 1;
        }
    };
    tokio::join!(backup, writing);
    stepped.recv().await.expect("progress was reported");
    assert!(consistent(&target) >= 2000);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays behind");

    let again = db.backup(&target).await.unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");
    let nowhere = db.backup(Path::new("/no/such/folder/b.db")).await.unwrap_err().to_string();
    assert!(nowhere.contains("/no/such/folder/b.db"), "{nowhere}");

    // A backup opens like any database.
    let restored = reopen(&format!("sqlite:{}", target.display())).await.unwrap();
    restored.close().await.unwrap();
}

#[tokio::test]
async fn postgresql_points_to_its_own_tool() {
    for test in databases().await {
        if test.engine() == Engine::Postgres {
            let refused = test.backup(Path::new("/tmp/never")).await.unwrap_err().to_string();
            assert!(refused.contains("pg_dump"), "{refused}");
        }
    }
}
