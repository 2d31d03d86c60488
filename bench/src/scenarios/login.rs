//! Signing in: by password, by token, and a thousand sockets that come back at once.

use std::rc::Rc;

use tokio::task::LocalSet;

use super::{SENTENCE, load, post_message};
use crate::ddp::Socket;
use crate::process::Process;
use crate::report::Sheet;
use crate::seed::{PASSWORD, Workspace};
use crate::stats::{Latencies, Watch};
use crate::{Options, Outcome, http};

const CALLERS: usize = 8;

/// Callers who post messages while others sign in.
const POSTERS: usize = 4;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let workspace = Workspace::seeded(options, options.sockets, &[options.sockets]).await?;
    let server = Process::gantry(&options.server, workspace.path()).await?;
    let seconds = (options.seconds as f64 / 2.0).max(2.0);

    let people = workspace.people.clone();
    let password = move |caller: usize, number: usize| {
        let person = &people[(caller + number * CALLERS) % people.len()];
        let body = format!(r#"{{"user":"{}","password":"{PASSWORD}"}}"#, person.username);
        http::post("/api/v1/login", None, &body)
    };
    sign_ins(&server, sheet, "by password", seconds, password).await?;

    let people = workspace.people.clone();
    let resume = move |caller: usize, number: usize| {
        let person = &people[(caller + number * CALLERS) % people.len()];
        http::post("/api/v1/login", None, &format!(r#"{{"resume":"{}"}}"#, person.token))
    };
    sign_ins(&server, sheet, "by token", seconds, resume).await?;

    beside(&server, &workspace, sheet, seconds).await?;
    storm(&server, &workspace, sheet).await
}

/// What others notice while passwords are hashed: messages posted alone, then beside sign-ins.
async fn beside(server: &Process, workspace: &Workspace, sheet: &mut Sheet, seconds: f64) -> Outcome {
    let posts = || {
        let (people, rid) = (workspace.people.clone(), workspace.rooms[0].clone());
        load(server.address, POSTERS, seconds, move |caller, number| {
            post_message(&people[(caller + number * POSTERS) % people.len()], &rid, SENTENCE)
        })
    };
    let (_, mut alone) = posts().await?;
    let people = workspace.people.clone();
    let sign_ins = load(server.address, CALLERS, seconds, move |caller, number| {
        let person = &people[(caller + number * CALLERS) % people.len()];
        let body = format!(r#"{{"user":"{}","password":"{PASSWORD}"}}"#, person.username);
        http::post("/api/v1/login", None, &body)
    });
    let (beside, _) = tokio::try_join!(posts(), sign_ins)?;
    let (_, mut beside) = beside;
    let (quiet, busy) = (alone.percentile(0.99), beside.percentile(0.99));
    sheet.note(format!("messages by {POSTERS} callers, nobody signs in, p99"), quiet, "ms");
    sheet.note(format!("the same beside {CALLERS} callers who sign in by password, p99"), busy, "ms");
    sheet.note("beside sign-ins to alone, p99", busy / quiet.max(f64::MIN_POSITIVE), "");
    Ok(())
}

async fn sign_ins(
    server: &Process,
    sheet: &mut Sheet,
    how: &str,
    seconds: f64,
    requests: impl Fn(usize, usize) -> String + 'static,
) -> Outcome {
    let before = server.usage()?.cpu;
    let (took, mut latencies) = load(server.address, CALLERS, seconds, requests).await?;
    let cpu = server.usage()?.cpu - before;
    sheet.note(format!("sign-ins {how}, {CALLERS} callers"), latencies.len() as f64 / took, "/s");
    sheet.note(format!("the same {how}, p99"), latencies.percentile(0.99), "ms");
    sheet.note(format!("the same {how}, server CPU each"), cpu / latencies.len() as f64 * 1e6, "µs");
    Ok(())
}

/// Everybody connects, signs in by token and subscribes, at the same moment.
async fn storm(server: &Process, workspace: &Workspace, sheet: &mut Sheet) -> Outcome {
    let before = server.usage()?.cpu;
    let watch = Watch::start();
    let address = server.address;
    let rid: Rc<str> = workspace.rooms[0].as_str().into();
    let tasks = LocalSet::new();
    let returning: Vec<_> = workspace
        .people
        .iter()
        .map(|person| {
            let (token, watch, rid) = (person.token.clone(), watch.clone(), rid.clone());
            tasks.spawn_local(async move {
                let mut socket = Socket::connect(address).await?;
                socket.resume(&token).await?;
                socket.subscribe("room-messages", &rid).await?;
                Ok::<_, crate::Failure>((watch.elapsed(), socket))
            })
        })
        .collect();
    let mut latencies = Latencies::default();
    let mut sockets = Vec::new();
    tasks
        .run_until(async {
            for socket in returning {
                let (took, socket) = socket.await??;
                latencies.add(took);
                sockets.push(socket);
            }
            Ok::<_, crate::Failure>(())
        })
        .await?;
    let count = sockets.len();
    sheet.note(format!("storm of {count} sockets: until half are back"), latencies.percentile(0.5), "ms");
    sheet.note(format!("storm of {count} sockets: until all are back"), latencies.percentile(1.0), "ms");
    let usage = server.usage()?;
    sheet.note("the same, server CPU per socket", (usage.cpu - before) / count as f64 * 1e6, "µs");
    sheet.note("the same, memory at most", usage.peak / 1024.0, "MiB");
    Ok(())
}
