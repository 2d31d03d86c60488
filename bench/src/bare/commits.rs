//! The store's group commit without the server: the rows that a message writes, by as many callers.

use std::rc::Rc;
use std::time::Duration;

use gantry_kernel::clock::Clock;
use gantry_store::{Db, DbError, vals};
use tokio::task::LocalSet;

use crate::Outcome;
use crate::scenarios::SENTENCE;
use crate::seed::Workspace;
use crate::stats::{Latencies, Watch};

/// Writes messages like `doc` for `seconds`; answers how many, in what time, and how long each took.
pub(crate) async fn run(
    workspace: &Workspace,
    callers: usize,
    seconds: u64,
    doc: &str,
) -> Outcome<(f64, Latencies)> {
    let db = workspace.open().await?;
    let watch = Watch::start();
    let tasks = LocalSet::new();
    let workspace = Rc::new((workspace.people.clone(), workspace.rooms.clone()));
    let callers: Vec<_> = (0..callers)
        .map(|caller| {
            let (db, watch, doc, workspace) = (db.clone(), watch.clone(), doc.to_owned(), workspace.clone());
            tasks.spawn_local(async move {
                let (people, rooms) = &*workspace;
                let uid = people[caller % people.len()].uid.clone();
                let mut latencies = Latencies::default();
                let mut number = 0;
                while watch.elapsed() < Duration::from_secs(seconds) {
                    let began = watch.elapsed();
                    let rid = rooms[(caller + number) % rooms.len()].clone();
                    message(&db, format!("bare-{caller}-{number}"), rid, uid.clone(), doc.clone()).await?;
                    latencies.add(watch.elapsed().saturating_sub(began));
                    number += 1;
                }
                Ok::<_, DbError>(latencies)
            })
        })
        .collect();
    let mut latencies = Latencies::default();
    tasks
        .run_until(async {
            for caller in callers {
                latencies.append(caller.await??);
            }
            Ok::<_, crate::Failure>(())
        })
        .await?;
    let rate = latencies.len() as f64 / watch.seconds();
    db.close().await?;
    Ok((rate, latencies))
}

async fn message(db: &Db, id: String, rid: String, uid: String, doc: String) -> Result<(), DbError> {
    let now = Clock::system().now().millis();
    db.write(async move |tx| -> Result<(), DbError> {
        tx.exec(
            "INSERT INTO messages (id, rid, ts, updated_at, uid, tshow, tcount, pinned, hidden, folded, doc) \
             VALUES (?1, ?2, ?3, ?3, ?4, FALSE, 0, FALSE, FALSE, ?5, ?6) ON CONFLICT (id) DO NOTHING",
            &vals![&id, &rid, now, &uid, SENTENCE, &doc],
        )
        .await?;
        tx.exec(
            "UPDATE rooms SET msgs = msgs + 1, seq = seq + 1, updated_at = ?2, lm = ?2, last_message = ?3 WHERE id = ?1",
            &vals![&rid, now, &doc],
        )
        .await?;
        tx.exec(
            "UPDATE subscriptions SET read_seq = (SELECT seq FROM rooms WHERE rooms.id = ?1), alert = FALSE, unread = 0, \
             user_mentions = 0, group_mentions = 0, open = TRUE, ls = ?3, lr = ?3, updated_at = ?3 \
             WHERE rid = ?1 AND uid = ?2",
            &vals![&rid, &uid, now],
        )
        .await?;
        Ok(())
    })
    .await
}
