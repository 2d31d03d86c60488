//! What holds for the embedded engine alone.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::mpsc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use gantry_store::testing::{open_sqlite, open_with};
use gantry_store::{Db, DbError, Engine, Tx, vals};
use rusqlite::Connection;

async fn save(tx: &Tx, id: &str) -> Result<(), DbError> {
    tx.exec("INSERT INTO settings (id, value, updated_at) VALUES (?1, '1', 7)", &vals![id]).await?;
    Ok(())
}

async fn count(db: &Db) -> i64 {
    db.read(async |tx| tx.query("SELECT count(*) FROM settings", &[]).await?[0].int(0))
        .await
        .unwrap_or_else(|error: DbError| panic!("{error}"))
}

/// Occupies the writer until the answered sender is dropped.
async fn hold_writer(db: &Db) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, start) = tokio::sync::oneshot::channel();
    let held = parking_lot::Mutex::new((held, Some(started)));
    let db = db.clone();
    tokio::spawn(async move {
        db.write(async move |_tx| {
            let mut held = held.lock();
            held.1.take().unwrap().send(()).unwrap();
            let _ = held.0.recv();
            Ok::<_, DbError>(())
        })
        .await
    });
    start.await.unwrap();
    release
}

fn path(url: &str) -> &str {
    url.strip_prefix("sqlite:").unwrap()
}

#[tokio::test]
async fn waiting_jobs_commit_together_and_fail_alone() {
    let test = open_sqlite().await;
    let db = test.db();
    let (seen_by_others, counts) = mpsc::channel();
    let other = parking_lot::Mutex::new(Connection::open(path(test.url())).unwrap());
    db.on_commit(move |_events| {
        let count: i64 =
            other.lock().query_row("SELECT count(*) FROM settings", [], |row| row.get(0)).unwrap();
        seen_by_others.send(count).unwrap();
    });
    let release = hold_writer(&db).await;
    let writes: Vec<_> = (0..20)
        .map(|n| {
            let mut write = Box::pin(db.write(async move |tx| {
                save(tx, &format!("s{n}")).await?;
                tx.defer(Box::new(()));
                match n {
                    3 => Err(DbError::Other("refused".into())),
                    4 => panic!("a fault in a job"),
                    5 => save(tx, "s0").await,
                    _ => Ok(()),
                }
            }));
            assert!((&mut write).now_or_never().is_none());
            write
        })
        .collect();
    drop(release);
    let answers = join_all(writes).await;
    let failed: Vec<usize> = (0..20).filter(|n| answers[*n].is_err()).collect();
    assert_eq!(failed, [3, 4, 5]);
    // When the first event went out, the rows of all were there: one commit.
    assert_eq!(counts.try_iter().collect::<Vec<_>>(), [17; 17]);
}

#[tokio::test]
async fn a_failed_commit_fails_everybody_in_it() {
    let test = open_sqlite().await;
    let db = test.db();
    db.on_commit(|_events| panic!("nothing was committed"));
    db.write(async |tx| -> Result<(), DbError> {
        tx.exec(
            "CREATE TABLE child (parent TEXT REFERENCES settings (id) DEFERRABLE INITIALLY DEFERRED)",
            &[],
        )
        .await?;
        Ok(())
    })
    .await
    .unwrap();
    let release = hold_writer(&db).await;
    let mut good = Box::pin(db.write(async |tx| {
        tx.defer(Box::new(()));
        save(tx, "a").await
    }));
    assert!((&mut good).now_or_never().is_none());
    let mut bad = Box::pin(db.write(async |tx| tx.exec("INSERT INTO child VALUES ('nobody')", &[]).await));
    assert!((&mut bad).now_or_never().is_none());
    drop(release);
    assert!(matches!(good.await, Err(DbError::Other(_))));
    assert!(matches!(bad.await, Err(DbError::Other(_))));
    assert_eq!(count(&db).await, 0);
    db.write(async |tx| save(tx, "b").await).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let test = open_with(Engine::Sqlite, |cfg| {
        cfg.queue = 1;
        cfg.queue_wait = Duration::ZERO;
    })
    .await;
    let release = hold_writer(&test).await;
    let mut queued = Box::pin(test.write(async |tx| save(tx, "a").await));
    assert!((&mut queued).now_or_never().is_none());
    let refused = test.write(async |tx| save(tx, "b").await).await;
    assert_eq!(refused, Err(DbError::Overloaded));
    drop(release);
    queued.await.unwrap();
    assert_eq!(count(&test).await, 1);
}

#[tokio::test]
async fn a_caller_waits_for_room_in_the_queue() {
    let test = open_with(Engine::Sqlite, |cfg| cfg.queue = 1).await;
    let release = hold_writer(&test).await;
    let mut first = Box::pin(test.write(async |tx| save(tx, "a").await));
    assert!((&mut first).now_or_never().is_none());
    let mut second = Box::pin(test.write(async |tx| save(tx, "b").await));
    assert!((&mut second).now_or_never().is_none());
    // Gave up before there was room: never queued.
    assert!(test.write(async |tx| save(tx, "c").await).now_or_never().is_none());
    drop(release);
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(count(&test).await, 2);
}

#[tokio::test]
async fn waiting_for_anything_else_fails_the_job() {
    let test = open_sqlite().await;
    let yielded = test
        .write(async |tx| -> Result<(), DbError> {
            save(tx, "a").await?;
            tokio::task::yield_now().await;
            Ok(())
        })
        .await;
    assert_eq!(yielded, Err(DbError::Yielded));
    assert_eq!(count(&test).await, 0);
}

#[tokio::test]
async fn a_lock_held_elsewhere_is_busy() {
    let test = open_with(Engine::Sqlite, |cfg| cfg.busy_timeout = Duration::ZERO).await;
    let other = Connection::open(path(test.url())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(test.write(async |tx| save(tx, "a").await).await, Err(DbError::Busy));
    other.execute_batch("ROLLBACK").unwrap();
    test.write(async |tx| save(tx, "a").await).await.unwrap();
}

#[tokio::test]
async fn closing_leaves_one_complete_file() {
    let test = open_sqlite().await;
    let wal = format!("{}-wal", path(test.url()));
    test.write(async |tx| save(tx, "a").await).await.unwrap();
    assert!(std::fs::metadata(&wal).unwrap().len() > 0);
    test.db().close().await.unwrap();
    assert!(!std::path::Path::new(&wal).exists());
    let rows: i64 = Connection::open(path(test.url()))
        .unwrap()
        .query_row("SELECT count(*) FROM settings", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let test = open_sqlite().await;
    test.write(async |tx| save(tx, "a").await).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", path(test.url()));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn commits_are_synced() {
    let test = open_sqlite().await;
    let row = test
        .write(async |tx| tx.query("PRAGMA synchronous", &[]).await)
        .await
        .unwrap_or_else(|error: DbError| panic!("{error}"));
    assert_eq!(row[0].int(0), Ok(2), "FULL");
}
