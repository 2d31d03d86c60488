//! Transactions behave alike on every engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use futures_util::future::join_all;
use gantry_store::testing::{self, each_engine};
use gantry_store::{Db, DbError, Deferred, Tx, vals};
use parking_lot::Mutex;
use tokio::sync::mpsc;

async fn save(tx: &Tx, id: &str, value: &str) -> Result<(), DbError> {
    tx.exec("INSERT INTO settings (id, value, updated_at) VALUES (?1, ?2, 7)", &vals![id, value]).await?;
    Ok(())
}

async fn ids(db: &Db) -> Vec<String> {
    db.read(async |tx| {
        tx.query("SELECT id FROM settings ORDER BY id", &[]).await?.iter().map(|row| row.text(0)).collect()
    })
    .await
    .unwrap_or_else(|error: DbError| panic!("{error}"))
}

/// Collects what was deferred, as numbers.
fn record(db: &Db) -> Arc<Mutex<Vec<i64>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let events = seen.clone();
    db.on_commit(move |deferred| {
        events.lock().extend(deferred.iter().filter_map(|event| event.downcast_ref::<i64>()));
    });
    seen
}

fn event(number: i64) -> Deferred {
    Box::new(number)
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Database(DbError),
    NotAllowed,
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

#[tokio::test]
async fn a_committed_write_is_read_back() {
    each_engine(async |db| {
        let id = String::from("name");
        db.write(async move |tx| save(tx, &id, "{\"b\":1,\"a\":\"\\u0000\"}").await).await.unwrap();
        let row = db
            .read(async |tx| tx.query_opt("SELECT value, doc, updated_at FROM settings", &[]).await)
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"))
            .unwrap();
        assert_eq!(row.str(0).unwrap(), "{\"b\":1,\"a\":\"\\u0000\"}");
        assert_eq!(row.opt_text(1).unwrap(), None);
        assert_eq!(row.int(2).unwrap(), 7);
    })
    .await;
}

#[tokio::test]
async fn an_error_rolls_back_and_drops_what_was_deferred() {
    each_engine(async |db| {
        let seen = record(&db);
        let refused = db
            .write(async |tx| -> Result<(), Refusal> {
                save(tx, "a", "1").await?;
                tx.defer(event(1));
                Err(Refusal::NotAllowed)
            })
            .await;
        assert_eq!(refused, Err(Refusal::NotAllowed));
        db.write(async |tx| {
            tx.defer(event(2));
            save(tx, "b", "2").await
        })
        .await
        .unwrap();
        assert_eq!(ids(&db).await, ["b"]);
        assert_eq!(*seen.lock(), [2]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_rolls_back_and_the_database_goes_on() {
    each_engine(async |db| {
        let panicked = db
            .write(async |tx| -> Result<(), DbError> {
                save(tx, "a", "1").await?;
                panic!("a fault in a job");
            })
            .await;
        assert_eq!(panicked, Err(DbError::Panicked));
        let panicked = db.read(async |_tx| -> Result<(), DbError> { panic!("a fault in a job") }).await;
        assert_eq!(panicked, Err(DbError::Panicked));
        db.write(async |tx| save(tx, "b", "2").await).await.unwrap();
        assert_eq!(ids(&db).await, ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_panicking_listener_does_not_stop_the_database() {
    each_engine(async |db| {
        db.on_commit(|_events| panic!("a fault in a listener"));
        for id in ["a", "b"] {
            db.write(async move |tx| {
                tx.defer(event(1));
                save(tx, id, "1").await
            })
            .await
            .unwrap();
        }
        assert_eq!(ids(&db).await, ["a", "b"]);
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_names_its_columns() {
    each_engine(async |db| {
        db.write(async |tx| save(tx, "a", "1").await).await.unwrap();
        let duplicate = db.write(async |tx| save(tx, "a", "2").await).await.unwrap_err();
        assert!(duplicate.is_unique_on("settings.id"), "{duplicate:?}");

        db.write(async |tx| -> Result<(), DbError> {
            tx.exec("CREATE TABLE pair (a TEXT NOT NULL, b BIGINT NOT NULL, c TEXT)", &[]).await?;
            tx.exec("CREATE UNIQUE INDEX pair_by_both ON pair (a, b)", &[]).await?;
            tx.exec("CREATE UNIQUE INDEX pair_by_lower ON pair (lower(c))", &[]).await?;
            tx.exec("INSERT INTO pair VALUES ('a', 1, 'c')", &[]).await?;
            Ok(())
        })
        .await
        .unwrap();
        let insert = async |sql: &'static str| {
            db.write(async move |tx| tx.exec(sql, &[]).await)
                .await
                .map_err(|error: DbError| error)
                .unwrap_err()
        };
        let both = insert("INSERT INTO pair VALUES ('a', 1, 'd')").await;
        assert!(both.is_unique_on("pair.a, pair.b"), "{both:?}");
        let expression = insert("INSERT INTO pair VALUES ('b', 1, 'C')").await;
        assert!(expression.is_unique_on("pair_by_lower"), "{expression:?}");
    })
    .await;
}

#[tokio::test]
async fn nothing_commits_after_a_failed_statement() {
    each_engine(async |db| {
        let result = db
            .write(async |tx| -> Result<(), DbError> {
                save(tx, "a", "1").await?;
                assert!(save(tx, "a", "2").await.is_err());
                assert!(save(tx, "b", "3").await.is_err(), "the transaction is over");
                Ok(())
            })
            .await;
        assert!(result.unwrap_err().is_unique_on("settings.id"));
        assert_eq!(ids(&db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn events_follow_the_order_of_commits() {
    each_engine(async |db| {
        const JOBS: i64 = 100;
        let seen = record(&db);
        db.write(async |tx| save(tx, "counter", "0").await).await.unwrap();
        let jobs = (0..JOBS).map(async |_| {
            let mine = db
                .write(async |tx| {
                    // Everybody waits for this row, which orders the transactions.
                    let rows = tx
                        .query(
                            "UPDATE settings SET updated_at = updated_at + 1 WHERE id = 'counter' RETURNING updated_at",
                            &[],
                        )
                        .await?;
                    let number = rows[0].int(0)?;
                    tx.defer(event(number));
                    Ok::<_, DbError>(number)
                })
                .await
                .unwrap();
            assert!(seen.lock().contains(&mine), "the event goes out before the caller is answered");
        });
        join_all(jobs).await;
        assert_eq!(*seen.lock(), (8..8 + JOBS).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_write_outlives_its_caller() {
    each_engine(async |db| {
        let (committed, mut commits) = mpsc::unbounded_channel();
        db.on_commit(move |_events| committed.send(()).unwrap());
        let write = db.write(async |tx| {
            tx.defer(event(1));
            save(tx, "a", "1").await
        });
        // Queued by the first poll, then the caller gives up.
        drop(write.now_or_never());
        commits.recv().await.unwrap();
        assert_eq!(ids(&db).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    each_engine(async |db| {
        assert!(db.read(async |tx| save(tx, "a", "1").await).await.is_err());
        assert_eq!(ids(&db).await, [""; 0]);
        db.write(async |tx| save(tx, "b", "1").await).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_read_sees_one_snapshot() {
    each_engine(async |db| {
        let (started, mut start) = mpsc::unbounded_channel::<()>();
        let (go_on, gone_on) = std::sync::mpsc::channel::<()>();
        let gone_on = Mutex::new(gone_on);
        let counts = {
            let db = db.clone();
            tokio::spawn(async move {
                db.read(async move |tx| {
                    let before = tx.query("SELECT count(*) FROM settings", &[]).await?[0].int(0)?;
                    started.send(()).unwrap();
                    // Blocks this database thread; the write below has another.
                    gone_on.lock().recv().unwrap();
                    let after = tx.query("SELECT count(*) FROM settings", &[]).await?[0].int(0)?;
                    Ok::<_, DbError>((before, after))
                })
                .await
            })
        };
        start.recv().await.unwrap();
        db.write(async |tx| save(tx, "a", "1").await).await.unwrap();
        go_on.send(()).unwrap();
        assert_eq!(counts.await.unwrap(), Ok((0, 0)));
    })
    .await;
}

#[tokio::test]
async fn independent_statements_run_together() {
    each_engine(async |db| {
        let rows = db
            .write(async |tx| {
                tx.all(&[
                    ("INSERT INTO settings (id, value, updated_at) VALUES (?1, '1', 0)", &vals!["a"]),
                    ("SELECT count(*) FROM roles", &[]),
                    ("UPDATE roles SET name = ?1 WHERE id = ?2 RETURNING id", &vals!["x", "y"]),
                ])
                .await
            })
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!(rows[1][0].int(0), Ok(0));

        let failed = db
            .write(async |tx| {
                save(tx, "b", "1").await?;
                tx.all(&[
                    ("INSERT INTO settings (id, value, updated_at) VALUES ('c', '1', 0)", &[]),
                    ("INSERT INTO settings (id, value, updated_at) VALUES ('a', '1', 0)", &[]),
                ])
                .await
            })
            .await;
        assert!(failed.unwrap_err().is_unique_on("settings.id"));
        assert_eq!(ids(&db).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn a_closed_database_finishes_its_work_and_refuses_more() {
    each_engine(async |db| {
        let seen = record(&db);
        let writes: Vec<_> = (0..20)
            .map(|number| {
                let mut write = Box::pin(db.write(async move |tx| {
                    tx.defer(event(number));
                    Ok::<_, DbError>(number)
                }));
                // The first poll queues it, if there is room; a quick thread may even have answered.
                let early = (&mut write).now_or_never();
                async move {
                    match early {
                        Some(answer) => answer,
                        None => write.await,
                    }
                }
            })
            .collect();
        let (answers, closed) = tokio::join!(join_all(writes), db.clone().close());
        closed.unwrap();
        let done: Vec<i64> = answers.into_iter().flatten().collect();
        assert!(!done.is_empty());
        let mut seen = seen.lock().clone();
        seen.sort_unstable();
        assert_eq!(seen, done, "who was answered was committed, and the other way round");

        let refused = db.write(async |_tx| Ok::<_, DbError>(())).await;
        assert_eq!(refused, Err(DbError::Closed));
        assert_eq!(db.read(async |_tx| Ok::<_, DbError>(())).await, Err(DbError::Closed));
        db.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn calls_can_move_between_threads() {
    // What axum asks of a handler: the future is Send although jobs are not.
    fn check(future: impl Future + Send) -> impl Future + Send {
        future
    }
    let test = testing::open_sqlite().await;
    let runs = AtomicU32::new(0);
    let local = String::from("x");
    check(test.write(async move |tx| {
        let not_send = std::rc::Rc::new(local.clone());
        save(tx, &not_send, "1").await?;
        runs.fetch_add(1, Ordering::Relaxed);
        tx.query_opt("SELECT 1 WHERE ?1 = 'x'", &vals![&**not_send]).await
    }))
    .await;
}
