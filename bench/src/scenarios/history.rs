//! Reading: the last page of a long room, a search in it, and the rooms of somebody who is in many.

use std::net::SocketAddr;

use super::SENTENCE;
use crate::http::{self, Connection};
use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::{Person, Workspace};
use crate::stats::{Latencies, Watch};
use crate::{Options, Outcome};

/// The room with which the long one is compared.
const SHORT: usize = 10_000;
/// Rooms of the person who is in many.
const MANY: usize = 2000;
/// Requests of each kind.
const ROUNDS: usize = 200;
/// Every so many messages says something that no other does.
const RARE: usize = 1000;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let long = options.messages;
    let mut members = vec![1; MANY];
    members[0] = 2;
    members[1] = 2;
    let workspace = Workspace::seeded(options, 2, &members).await?;
    let watch = Watch::start();
    for (rid, count) in [(&workspace.rooms[0], long), (&workspace.rooms[1], SHORT.min(long))] {
        workspace.talk(rid, count, text).await?;
    }
    sheet.note(format!("messages seeded, {long} in one room"), long as f64 / watch.seconds(), "/s");
    let watch = Watch::start();
    workspace.index().await?;
    sheet.note("of them taken into the search index", long as f64 / watch.seconds(), "/s");

    let server = Process::gantry(&options.server, workspace.path()).await?;
    let (person, address) = (&workspace.people[0], server.address);
    let mut pages = Vec::new();
    for (rid, name) in [(&workspace.rooms[0], "long"), (&workspace.rooms[1], "short")] {
        let path = format!("/api/v1/channels.history?roomId={rid}&count=50");
        let mut latencies = repeat(address, person, |_| path.clone()).await?;
        sheet.note(format!("history of 50, {name} room, p99"), latencies.percentile(0.99), "ms");
        pages.push(latencies.percentile(0.5));
        sheet.note(format!("history of 50, {name} room, p50"), pages[pages.len() - 1], "ms");
    }
    sheet.goal("history, long to short room", pages[0] / pages[1], "", Goal::AtMost(1.3));

    let rid = &workspace.rooms[0];
    for (name, word) in
        [("a rare word", "needle7"), ("a common word", "quarterly"), ("no word of the room", "zebrafish")]
    {
        let path = format!("/api/v1/chat.search?roomId={rid}&searchText={word}&count=20");
        let mut latencies = repeat(address, person, |_| path.clone()).await?;
        sheet.note(format!("search for {name}, p50"), latencies.percentile(0.5), "ms");
        sheet.note(format!("search for {name}, p99"), latencies.percentile(0.99), "ms");
    }
    let mut latencies = repeat(address, person, |_| "/api/v1/subscriptions.get".to_owned()).await?;
    sheet.note(format!("subscriptions of {MANY} rooms, p50"), latencies.percentile(0.5), "ms");
    sheet.note(format!("subscriptions of {MANY} rooms, p99"), latencies.percentile(0.99), "ms");
    Ok(())
}

fn text(n: usize) -> String {
    if n.is_multiple_of(RARE) { format!("needle{} {SENTENCE}", n / RARE) } else { format!("{SENTENCE} {n}") }
}

async fn repeat(address: SocketAddr, person: &Person, path: impl Fn(usize) -> String) -> Outcome<Latencies> {
    let mut connection = Connection::open(address).await?;
    let mut latencies = Latencies::default();
    for n in 0..ROUNDS {
        let request = http::get_as(&path(n), &person.uid, &person.token);
        let watch = Watch::start();
        connection.send(request.as_bytes()).await?.ok()?;
        latencies.add(watch.elapsed());
    }
    Ok(latencies)
}
