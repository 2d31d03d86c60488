//! What is measured.

pub(crate) mod fanout;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod login;
pub(crate) mod post;
pub(crate) mod rooms;
pub(crate) mod startup;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;

use crate::Outcome;
use crate::http::{self, Connection};
use crate::seed::Person;
use crate::stats::{Latencies, Watch};

/// A message of ordinary length.
pub(crate) const SENTENCE: &str = "The quarterly figures are in; could somebody look over the second sheet before \
     the meeting at three? The totals differ from what finance sent last week, and I would like to know why by then.";

/// Sends `requests(caller, number)` from `callers` kept connections for `seconds`, each waiting for its answer.
pub(crate) async fn load(
    address: SocketAddr,
    callers: usize,
    seconds: f64,
    requests: impl Fn(usize, usize) -> String + 'static,
) -> Outcome<(f64, Latencies)> {
    let requests = Rc::new(requests);
    let watch = Watch::start();
    let tasks = LocalSet::new();
    let callers: Vec<_> = (0..callers)
        .map(|caller| {
            let (requests, watch) = (requests.clone(), watch.clone());
            tasks.spawn_local(async move {
                let mut connection = Connection::open(address).await?;
                let mut latencies = Latencies::default();
                let mut number = 0;
                while watch.elapsed() < Duration::from_secs_f64(seconds) {
                    let began = watch.elapsed();
                    let answer = connection.send(requests(caller, number).as_bytes()).await?;
                    if answer.status != 200 {
                        answer.ok()?;
                    }
                    latencies.add(watch.elapsed().saturating_sub(began));
                    number += 1;
                }
                Ok::<_, crate::Failure>(latencies)
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
    Ok((watch.seconds(), latencies))
}

/// A request that posts `text` to `rid`.
pub(crate) fn post_message(person: &Person, rid: &str, text: &str) -> String {
    // Ids and texts of the benchmark need no escaping.
    let body = format!(r#"{{"roomId":"{rid}","text":"{text}"}}"#);
    http::post("/api/v1/chat.postMessage", Some((&person.uid, &person.token)), &body)
}
