//! One room, many sockets: what a delivery costs the server, against the WebSocket library alone.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;

use super::post_message;
use crate::ddp::{Socket, Tally};
use crate::http::Connection;
use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::{Person, Workspace};
use crate::stats::{Latencies, Watch};
use crate::{Options, Outcome, bare};

/// Bytes of a frame, as an ordinary message has.
const FRAME: usize = 700;
/// Messages that are sent at once in a burst.
const BURST: usize = 32;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let bare = bare_run(options).await?;
    let server = server_run(options).await?;
    let sockets = options.sockets;
    sheet.note("bytes of a frame", server.frame as f64, "");
    let single = server.single.per_cpu_second();
    sheet.goal(
        format!("deliveries per CPU-second, {sockets} sockets, one frame at a time"),
        single,
        "",
        Goal::AtLeast(100_000.0),
    );
    sheet.note("the same, WebSocket library alone", bare.single.per_cpu_second(), "");
    sheet.note("server to library alone, CPU", single / bare.single.per_cpu_second(), "");
    let mut latencies = server.single.latencies;
    sheet.note("from sending to the last of them, p50", latencies.percentile(0.5), "ms");
    sheet.note("from sending to the last of them, p99", latencies.percentile(0.99), "ms");
    let burst = server.burst.per_cpu_second();
    sheet.goal(
        format!("deliveries per CPU-second, {sockets} sockets, bursts of {BURST}"),
        burst,
        "",
        Goal::AtLeast(400_000.0),
    );
    sheet.note("the same, WebSocket library alone", bare.burst.per_cpu_second(), "");
    sheet.note("server to library alone, CPU", burst / bare.burst.per_cpu_second(), "");
    sheet.note("deliveries per second in bursts", server.burst.deliveries / server.burst.seconds, "/s");
    Ok(())
}

/// What one way of sending cost.
struct Cost {
    deliveries: f64,
    cpu: f64,
    seconds: f64,
    latencies: Latencies,
}

impl Cost {
    fn per_cpu_second(&self) -> f64 {
        self.deliveries / self.cpu.max(0.01)
    }
}

struct Run {
    frame: usize,
    single: Cost,
    burst: Cost,
}

async fn server_run(options: &Options) -> Outcome<Run> {
    let workspace = Workspace::seeded(options, options.sockets, &[options.sockets]).await?;
    let server = Process::gantry(&options.server, workspace.path()).await?;
    let rid = workspace.rooms[0].clone();
    let tasks = LocalSet::new();
    tasks
        .run_until(async {
            let mut sockets = Vec::new();
            for person in &workspace.people {
                let mut socket = Socket::connect(server.address).await?;
                socket.resume(&person.token).await?;
                socket.subscribe("room-messages", &rid).await?;
                sockets.push(socket);
            }
            let mut senders = Vec::new();
            for person in workspace.people.iter().cycle().take(BURST) {
                senders.push(Sender::open(server.address, person.clone()).await?);
            }
            let (text, frame) = fitting(&mut senders[0], &rid, &mut sockets).await?;
            let tally = Rc::new(Tally::default());
            let receivers = sockets.len() as u64;
            for socket in sockets {
                tasks.spawn_local(socket.count(tally.clone()));
            }
            let send = async |senders: &mut [Sender], burst: usize| -> Outcome {
                let sending = senders.iter_mut().take(burst).map(|sender| sender.send(&rid, &text));
                futures_util::future::try_join_all(sending).await.map(drop)
            };
            let single =
                measure(options, &server, &tally, receivers, 1, async || send(&mut senders, 1).await).await;
            let single = single?;
            let burst =
                measure(options, &server, &tally, receivers, BURST, async || send(&mut senders, BURST).await)
                    .await?;
            Ok(Run { frame, single, burst })
        })
        .await
}

async fn bare_run(options: &Options) -> Outcome<Run> {
    let server = bare::broadcast::start().await?;
    let tasks = LocalSet::new();
    tasks
        .run_until(async {
            let mut control = Socket::open(server.address, "/").await?;
            let tally = Rc::new(Tally::default());
            for _ in 0..options.sockets {
                let socket = Socket::open(server.address, "/").await?;
                tasks.spawn_local(socket.count(tally.clone()));
            }
            let receivers = options.sockets as u64;
            let single = measure(options, &server, &tally, receivers, 1, async || {
                control.send(&format!("1 {FRAME}")).await
            })
            .await?;
            let burst = measure(options, &server, &tally, receivers, BURST, async || {
                control.send(&format!("{BURST} {FRAME}")).await
            })
            .await?;
            Ok(Run { frame: FRAME, single, burst })
        })
        .await
}

/// Sends again whenever everybody has everything, so that each wake-up of a socket finds one message, or one
/// burst, and no more.
async fn measure(
    options: &Options,
    server: &Process,
    tally: &Tally,
    receivers: u64,
    burst: usize,
    mut send: impl AsyncFnMut() -> Outcome,
) -> Outcome<Cost> {
    let per_round = receivers * burst as u64;
    for _ in 0..3 {
        let before = tally.frames();
        send().await?;
        tally.reach(before + per_round).await?;
    }
    let (began, watch) = (server.usage()?, Watch::start());
    let first = tally.frames();
    let mut latencies = Latencies::default();
    while watch.elapsed() < Duration::from_secs(options.seconds) {
        let (before, sent) = (tally.frames(), watch.elapsed());
        send().await?;
        tally.reach(before + per_round).await?;
        latencies.add(watch.elapsed().saturating_sub(sent));
    }
    let seconds = watch.seconds();
    let cpu = server.usage()?.cpu - began.cpu;
    Ok(Cost { deliveries: (tally.frames() - first) as f64, cpu, seconds, latencies })
}

/// Somebody who posts over REST.
struct Sender {
    connection: Connection,
    person: Person,
}

impl Sender {
    async fn open(address: SocketAddr, person: Person) -> Outcome<Self> {
        Ok(Self { connection: Connection::open(address).await?, person })
    }

    async fn send(&mut self, rid: &str, text: &str) -> Outcome {
        let request = post_message(&self.person, rid, text);
        let answer = self.connection.send(request.as_bytes()).await?;
        if answer.status == 200 { Ok(()) } else { answer.ok().map(drop) }
    }
}

/// A text whose event is [`FRAME`] bytes long, and how long it really is. The text stands in the event twice:
/// as it was typed and in its parsed form.
async fn fitting(sender: &mut Sender, rid: &str, sockets: &mut [Socket]) -> Outcome<(String, usize)> {
    let mut text = "word ".repeat(4);
    let mut frame = 0;
    for _ in 0..2 {
        text.truncate(text.trim_end().len());
        sender.send(rid, &text).await?;
        for socket in &mut *sockets {
            frame = next_event(socket).await?;
        }
        let missing = FRAME.saturating_sub(frame) / 2;
        text.extend("another ".chars().cycle().take(missing));
    }
    text.truncate(text.trim_end().len());
    Ok((text, frame))
}

/// Length of the next event on a socket.
async fn next_event(socket: &mut Socket) -> Outcome<usize> {
    loop {
        let text = socket.next_text().await?;
        if text.contains(r#""collection":"stream-room-messages""#) {
            return Ok(text.len());
        }
    }
}
