//! A message in a room of 10,000 members against one in a room of 10: it should cost the same.

use std::rc::Rc;

use tokio::task::LocalSet;

use super::{SENTENCE, load, post_message};
use crate::ddp::{Socket, Tally};
use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::Workspace;
use crate::stats::{Latencies, median};
use crate::{Options, Outcome};

const LARGE: usize = 10_000;
const SMALL: usize = 10;
/// Members of each room who are connected, and senders.
const PRESENT: usize = 8;
const ROUNDS: usize = 5;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let workspace = Workspace::seeded(options, LARGE, &[LARGE, SMALL]).await?;
    let server = Process::gantry(&options.server, workspace.path()).await?;
    let seconds = (options.seconds as f64 / ROUNDS as f64).max(1.0);
    let tasks = LocalSet::new();
    tasks
        .run_until(async {
            let tally = Rc::new(Tally::default());
            // The same people in both rooms, as they are members of both.
            for person in &workspace.people[..PRESENT] {
                let mut socket = Socket::connect(server.address).await?;
                socket.resume(&person.token).await?;
                socket.subscribe("room-messages", "__my_messages__").await?;
                socket.subscribe("notify-user", &format!("{}/rooms-changed", person.uid)).await?;
                socket.subscribe("notify-user", &format!("{}/subscriptions-changed", person.uid)).await?;
                tasks.spawn_local(socket.count(tally.clone()));
            }
            let mut large = Side::default();
            let mut small = Side::default();
            for round in 0..=ROUNDS {
                for (side, rid) in [(&mut large, &workspace.rooms[0]), (&mut small, &workspace.rooms[1])] {
                    let (people, rid) = (workspace.people.clone(), rid.clone());
                    let before = server.usage()?.cpu;
                    let (_, latencies) = load(server.address, PRESENT, seconds, move |caller, _| {
                        post_message(&people[caller], &rid, SENTENCE)
                    })
                    .await?;
                    // The first round warms up.
                    if round > 0 {
                        side.cpu.push((server.usage()?.cpu - before) / latencies.len() as f64 * 1e6);
                        side.latencies.append(latencies);
                    }
                }
            }
            let (cpu_large, cpu_small) = (median(&mut large.cpu), median(&mut small.cpu));
            sheet.note(format!("server CPU per message, {LARGE} members"), cpu_large, "µs");
            sheet.note(format!("server CPU per message, {SMALL} members"), cpu_small, "µs");
            sheet.goal("large to small, CPU", cpu_large / cpu_small, "", Goal::AtMost(1.3));
            let (p50_large, p50_small) = (large.latencies.percentile(0.5), small.latencies.percentile(0.5));
            sheet.note(format!("time to the answer, p50, {LARGE} members"), p50_large, "ms");
            sheet.note(format!("time to the answer, p50, {SMALL} members"), p50_small, "ms");
            sheet.goal("large to small, time", p50_large / p50_small, "", Goal::AtMost(1.3));
            Ok(())
        })
        .await
}

#[derive(Default)]
struct Side {
    cpu: Vec<f64>,
    latencies: Latencies,
}
