//! What holds for PostgreSQL alone. Does nothing where no server is named.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use gantry_store::testing::{self, TestDb, open_with};
use gantry_store::{DbConfig, DbError, Engine, Tx, vals};
use tokio::sync::{Barrier, mpsc};

async fn open(change: impl FnOnce(&mut DbConfig)) -> Option<TestDb> {
    match testing::engines().contains(&Engine::Postgres) {
        true => Some(open_with(Engine::Postgres, change).await),
        false => None,
    }
}

async fn save(tx: &Tx, id: &str) -> Result<(), DbError> {
    tx.exec("INSERT INTO settings (id, value, updated_at) VALUES (?1, '1', 7)", &vals![id]).await?;
    Ok(())
}

#[tokio::test]
async fn a_job_runs_again_when_its_connection_is_lost() {
    let Some(test) = open(|_cfg| {}).await else { return };
    let runs = std::sync::Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    test.write(async move |tx| -> Result<(), DbError> {
        save(tx, "a").await?;
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            tx.query("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    let rows = test.read(async |tx| tx.query("SELECT id FROM settings", &[]).await).await;
    assert_eq!(rows.map(|rows: Vec<_>| rows.len()), Ok::<_, DbError>(1));
}

#[tokio::test]
async fn deadlocked_jobs_run_again() {
    let Some(test) = open(|_cfg| {}).await else { return };
    test.write(async |tx| {
        save(tx, "a").await?;
        save(tx, "b").await
    })
    .await
    .unwrap();
    let both_hold_one = Barrier::new(2);
    let runs = AtomicU32::new(0);
    let shared = std::sync::Arc::new((both_hold_one, runs));
    let job = |first: &'static str, second: &'static str| {
        let shared = shared.clone();
        test.write(async move |tx| -> Result<(), DbError> {
            for (step, id) in [first, second].into_iter().enumerate() {
                tx.exec("UPDATE settings SET updated_at = updated_at + 1 WHERE id = ?1", &vals![id]).await?;
                if step == 0 && shared.1.fetch_add(1, Ordering::Relaxed) < 2 {
                    shared.0.wait().await;
                }
            }
            Ok(())
        })
    };
    let (one, other) = tokio::join!(job("a", "b"), job("b", "a"));
    assert_eq!((one, other), (Ok(()), Ok(())));
    assert!(shared.1.load(Ordering::Relaxed) > 2, "the victim ran again");
    let sum =
        test.read(async |tx| tx.query("SELECT sum(updated_at) FROM settings", &[]).await?[0].int(0)).await;
    assert_eq!(sum, Ok::<_, DbError>(18));
}

#[tokio::test]
async fn callers_beyond_the_pool_are_refused() {
    let Some(test) = open(|cfg| {
        cfg.pg_pool = 1;
        cfg.queue_wait = Duration::ZERO;
    })
    .await
    else {
        return;
    };
    let (release, held) = mpsc::channel::<()>(1);
    let held = tokio::sync::Mutex::new(held);
    let mut running = Box::pin(test.write(async move |tx| {
        held.lock().await.recv().await;
        save(tx, "a").await
    }));
    assert!((&mut running).now_or_never().is_none());
    assert_eq!(test.write(async |tx| save(tx, "b").await).await, Err(DbError::Overloaded));
    drop(release);
    running.await.unwrap();
    // The place in the pool is free only some time after the answer, and nobody waits for it here.
    let patient = gantry_store::Db::open(DbConfig::new(test.url())).await.unwrap();
    assert!(
        patient
            .read(async |tx| tx.query_opt("SELECT 1 FROM settings WHERE id = 'b'", &[]).await)
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"))
            .is_none()
    );
}

#[tokio::test]
async fn a_wrong_type_is_named() {
    let Some(test) = open(|_cfg| {}).await else { return };
    let result = test
        .read(async |tx| tx.query("SELECT 1 FROM settings WHERE id = ?1", &vals![5]).await)
        .await
        .unwrap_err();
    let DbError::Other(text) = result else { panic!("{result:?}") };
    assert!(text.contains("an integer was bound where the statement wants text"), "{text}");
}

#[tokio::test]
async fn an_unreachable_server_and_encryption_are_reported() {
    let refused =
        gantry_store::Db::open(DbConfig::new("postgres://u:secret@127.0.0.1:1/x")).await.unwrap_err();
    let DbError::Other(text) = refused else { panic!("{refused:?}") };
    assert!(text.starts_with("cannot connect to the database") && !text.contains("secret"), "{text}");
    let required = gantry_store::Db::open(DbConfig::new("postgres://u@127.0.0.1:1/x?sslmode=require"))
        .await
        .unwrap_err();
    assert!(required.to_string().contains("sslmode=require"), "{required}");
}
