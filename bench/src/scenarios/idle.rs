//! Memory per signed-in socket that is subscribed to what a client subscribes to, and silent.

use crate::ddp::Socket;
use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::{Person, Workspace};
use crate::{Options, Outcome};

const SOCKETS: usize = 2000;
/// Sockets that are opened at the same time.
const AT_ONCE: usize = 50;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let workspace = Workspace::seeded(options, SOCKETS + 1, &[SOCKETS + 1]).await?;
    let server = Process::gantry(&options.server, workspace.path()).await?;
    let (first, others) = workspace.people.split_first().ok_or("nobody to connect")?;
    // What the first socket brings up is not the price of a socket.
    let _first = client(&server, first).await?;
    let before = server.settled_rss().await?;
    let mut sockets = Vec::with_capacity(SOCKETS);
    for some in others.chunks(AT_ONCE) {
        let opening = some.iter().map(|person| client(&server, person));
        sockets.append(&mut futures_util::future::try_join_all(opening).await?);
    }
    let after = server.settled_rss().await?;
    let each = (after - before) / sockets.len() as f64;
    sheet.note("memory before", before / 1024.0, "MiB");
    let what = format!("memory per signed-in socket with 10 subscriptions, {SOCKETS} sockets");
    sheet.goal(what, each, "KiB", Goal::AtMost(12.0));
    drop(sockets);
    server.stop().await
}

/// A socket with the subscriptions that a web client keeps.
async fn client(server: &Process, person: &Person) -> Outcome<Socket> {
    let mut socket = Socket::connect(server.address).await?;
    socket.resume(&person.token).await?;
    for event in ["rooms-changed", "subscriptions-changed", "notification", "message", "force_logout"] {
        socket.subscribe("notify-user", &format!("{}/{event}", person.uid)).await?;
    }
    for event in ["user-status", "Users:NameChanged", "updateAvatar", "roles-change"] {
        socket.subscribe("notify-logged", event).await?;
    }
    socket.subscribe("room-messages", "__my_messages__").await?;
    Ok(socket)
}
