//! An acknowledged message survives the sudden end of the process, and is there once.
//!
//! A server is killed again and again while people post to it. After each restart they repeat what was not
//! acknowledged; in the end everything that was acknowledged is read from the database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gantry_client::Client;
use gantry_store::{Db, DbConfig, DbError, vals};
use serde_json::json;
use tokio::sync::Notify;

const ROUNDS: usize = 20;
const CALLERS: usize = 8;

/// A round that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn acknowledged_messages_survive_a_kill_and_are_there_once() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let admin = server.anybody().login("admin", "admin-password").await.unwrap();
    let reply = admin.post("channels.create", &json!({ "name": "crash" })).await.unwrap().ok();
    let rid = reply["channel"]["_id"].as_str().unwrap().to_owned();
    let mut callers: Vec<Caller> = (0..CALLERS).map(Caller::new).collect();
    let mut running = Some(server);
    for round in 0..ROUNDS {
        let server = running.take().unwrap_or_else(|| Server::start(data.path()));
        let progress = Arc::new(Progress::after(enough(round)));
        let posting: Vec<_> = callers
            .drain(..)
            .map(|caller| {
                let client = server.anybody().with_token(admin.uid(), admin.token());
                tokio::spawn(caller.post(client, rid.clone(), progress.clone()))
            })
            .collect();
        let reached = tokio::time::timeout(PATIENCE, progress.reached.notified()).await;
        assert!(reached.is_ok(), "round {round}: too few messages were acknowledged");
        server.kill();
        for caller in posting {
            callers.push(caller.await.unwrap());
        }
    }
    // Opening the database is the recovery; no server helps.
    check(data.path(), &rid, &callers).await;
}

/// How many messages a round acknowledges before the kill: few and many, so that it hits the start of the
/// load, its middle, and a long log.
fn enough(round: usize) -> usize {
    [1, 3, 40, 7, 120][round % 5] + round
}

/// Tells when enough has been acknowledged.
struct Progress {
    missing: AtomicUsize,
    reached: Notify,
}

impl Progress {
    fn after(messages: usize) -> Self {
        Self { missing: AtomicUsize::new(messages), reached: Notify::new() }
    }

    fn one_more(&self) {
        let before =
            self.missing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if before == Ok(1) {
            self.reached.notify_one();
        }
    }
}

/// Somebody who posts one message after the other.
struct Caller {
    number: usize,
    /// The next message, which may have been sent already.
    next: usize,
    acknowledged: Vec<String>,
}

impl Caller {
    fn new(number: usize) -> Self {
        Self { number, next: 0, acknowledged: Vec::new() }
    }

    /// Posts until the server is gone. A message without an answer is repeated in the next round.
    async fn post(mut self, client: Client, rid: String, progress: Arc<Progress>) -> Self {
        loop {
            let id = format!("crash-{}-{}", self.number, self.next);
            let message = json!({ "message": { "_id": id, "rid": rid, "msg": format!("text of {id}") } });
            let Ok(reply) = client.post("chat.sendMessage", &message).await else { return self };
            assert_eq!(reply.ok()["message"]["_id"], json!(id));
            self.acknowledged.push(id);
            self.next += 1;
            progress.one_more();
        }
    }
}

/// Every acknowledged message is there once with its text; what else is there was sent, and the room has
/// counted all of it.
async fn check(data: &Path, rid: &str, callers: &[Caller]) {
    let db = Db::open(DbConfig::new(format!("sqlite:{}", data.join("gantry.db").display()))).await.unwrap();
    let room = rid.to_owned();
    let (documents, counted, verdict) = db
        .read(async move |tx| -> Result<_, DbError> {
            let mut rows = tx.query("SELECT doc FROM messages WHERE rid = ?1 AND t IS NULL", &vals![&room]).await?;
            let documents = rows.iter_mut().map(|row| row.take_text(0)).collect::<Result<Vec<_>, _>>()?;
            let rooms = tx
                .query(
                    "SELECT msgs - (SELECT COUNT(*) FROM messages WHERE rid = ?1 AND t IS NOT NULL) FROM rooms WHERE id = ?1",
                    &vals![&room],
                )
                .await?;
            let verdict = tx.query_dyn("PRAGMA integrity_check", &[]).await?;
            Ok((documents, rooms[0].int(0)?, verdict[0].text(0)?))
        })
        .await
        .unwrap();
    db.close().await.unwrap();

    assert_eq!(verdict, "ok");
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for document in &documents {
        let message: serde_json::Value = serde_json::from_str(document).unwrap();
        let id = message["_id"].as_str().unwrap();
        assert_eq!(message["msg"], json!(format!("text of {id}")));
        *found.entry(id.to_owned()).or_default() += 1;
    }
    let acknowledged: usize = callers.iter().map(|caller| caller.acknowledged.len()).sum();
    assert!(acknowledged >= (0..ROUNDS).map(enough).sum(), "only {acknowledged} messages were acknowledged");
    for id in callers.iter().flat_map(|caller| &caller.acknowledged) {
        assert_eq!(found.remove(id), Some(1), "{id} was acknowledged");
    }
    // At most the one message of each caller whose answer the last kill took away.
    let unanswered: BTreeSet<String> =
        callers.iter().map(|caller| format!("crash-{}-{}", caller.number, caller.next)).collect();
    for (id, times) in &found {
        assert!(*times == 1 && unanswered.contains(id), "{id} is there {times} times");
    }
    assert_eq!(usize::try_from(counted).unwrap(), documents.len(), "the room's counter");
}

/// A server in a process of its own.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gantry"))
            .arg("serve")
            .env_clear()
            .env("PORT", "0")
            .env("BIND_IP", "127.0.0.1")
            .env("GANTRY_DATA", data)
            .env("GANTRY_LOG_FORMAT", "json")
            .env("RUST_LOG", "info")
            .env("TEST_MODE", "true")
            .env("ADMIN_USERNAME", "admin")
            .env("ADMIN_PASS", "admin-password")
            .env("ADMIN_EMAIL", "admin@example.org")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let url = loop {
            let Some(Ok(line)) = log.next() else { panic!("the server did not start: {said:#?}") };
            if let Some((_, address)) = line.split_once("listening on ") {
                break format!("http://{}", address.split('"').next().unwrap());
            }
            said.push(line);
        };
        // Read on: a full pipe would stop the server.
        std::thread::spawn(move || log.for_each(drop));
        Self { process, url }
    }

    fn anybody(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only a failing test leaves one running.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
