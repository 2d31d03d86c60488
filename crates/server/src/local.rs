//! The door for the command line: a socket in the data folder, on which a running server carries operations out for
//! whoever owns the folder.
//!
//! A server keeps settings, roles and sessions in memory, and clients listen to it. A command that wrote to the
//! database behind its back would be seen after the next start. So a command asks the server if there is one, and
//! works on the database itself only if there is none.
//!
//! One connection is one operation: a line of JSON there ([`Asked`]), a line of JSON back ([`Answered`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::Kernel;
use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::spec::Verb;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::server::Server;

/// Name of the socket in the data folder.
const NAME: &str = "gantry.sock";

/// Bytes of a line.
const MAX_LINE: u64 = 4 << 20;

/// Time for the one who asks to say what.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time for a server to carry an operation out.
const WORK: Duration = Duration::from_secs(60);

/// An operation to carry out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Whether it changes something (POST) or reads (GET).
    pub(crate) changes: bool,
    /// Path below `/api/v1/`.
    pub(crate) path: String,
    /// Its parameters.
    pub(crate) params: Value,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Answered {
    /// The operation's answer.
    Done(Value),
    /// Why not, for people.
    Refused(String),
}

/// Carries an operation out as an administrator who exists only here: whoever owns the data folder owns the
/// workspace. What it changes holds when this returns.
pub(crate) async fn carry_out(kernel: &Arc<Kernel>, asked: Asked) -> Answered {
    let verb = if asked.changes { Verb::Post } else { Verb::Get };
    let Some(route) = kernel.registry.route(verb, &asked.path) else {
        return Answered::Refused(format!("{} is not there in this version", asked.path));
    };
    let mut params = asked.params;
    if let Value::Object(fields) = &mut params {
        fields.extend(route.path_params.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
    }
    let answer = route.entry.call(params, &administrator(kernel)).await;
    kernel.events.settle().await;
    match answer.map(|text| serde_json::from_str(&text)) {
        Ok(Ok(value)) => Answered::Done(value),
        Ok(Err(error)) => Answered::Refused(error.to_string()),
        Err(error) if error.code.is_none() && error.reason.is_none() => {
            Answered::Refused(format!("there is no {}", asked.path))
        }
        Err(error) => Answered::Refused(error.text()),
    }
}

fn administrator(kernel: &Arc<Kernel>) -> Ctx {
    let caller = Caller {
        uid: gantry_accounts::bootstrap::BOT.to_owned(),
        username: gantry_accounts::bootstrap::BOT.to_owned(),
        roles: vec!["admin".to_owned()],
        kind: "bot".to_owned(),
        bypass_two_factor: true,
        ..Caller::default()
    };
    Ctx { caller: Some(Arc::new(caller)), ..Ctx::internal(kernel) }
}

/// The socket of a running server; it goes with this.
#[derive(Debug)]
pub(crate) struct Door {
    path: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens the door of a server. A server without one serves all the same: commands say then what they could not do.
pub(crate) async fn open(server: &Arc<Server>) -> Option<Door> {
    let path = server.config.data.join(NAME);
    match listen(&path).await {
        Ok(listener) => {
            tokio::spawn(answer_all(server.clone(), listener));
            Some(Door { path })
        }
        Err(error) => {
            tracing::warn!(%error, socket = %path.display(), "the command line cannot reach this server");
            None
        }
    }
}

async fn listen(path: &Path) -> std::io::Result<UnixListener> {
    // With PostgreSQL several servers may share a folder: the first one answers. Otherwise it is left over from a
    // server that did not end well.
    if UnixStream::connect(path).await.is_ok() {
        return Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "another server has it"));
    }
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

async fn answer_all(server: Arc<Server>, listener: UnixListener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let kernel = server.kernel.clone();
                let owner = owner(&server.config.data);
                server.sockets.spawn(async move {
                    if let Err(error) = answer(&kernel, stream, owner).await {
                        tracing::debug!(%error, "a command went away");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot take commands; trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The user to whom the data folder belongs.
fn owner(data: &Path) -> Option<u32> {
    std::fs::metadata(data).ok().map(|folder| std::os::unix::fs::MetadataExt::uid(&folder))
}

async fn answer(kernel: &Arc<Kernel>, stream: UnixStream, owner: Option<u32>) -> std::io::Result<()> {
    // The permissions of the socket say so already, but not on every system and not before they are set.
    let peer = stream.peer_cred()?.uid();
    if peer != 0 && owner != Some(peer) {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            "not the owner of the data folder",
        ));
    }
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_LINE));
    tokio::time::timeout(PATIENCE, read.read_line(&mut line)).await??;
    let answered = match serde_json::from_str(&line) {
        Ok(asked) => carry_out(kernel, asked).await,
        Err(error) => Answered::Refused(format!("not understood: {error}")),
    };
    let mut text = serde_json::to_string(&answered)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await?;
    write.shutdown().await
}

/// A server that works on a data folder.
#[derive(Debug)]
pub(crate) struct Reached {
    path: PathBuf,
}

impl Reached {
    /// The server of a data folder; `None` if there is none that answers.
    pub(crate) async fn of(data: &Path) -> Option<Self> {
        let path = data.join(NAME);
        UnixStream::connect(&path).await.ok().map(|_| Self { path })
    }

    /// Has the server carry an operation out.
    ///
    /// # Errors
    /// If the server goes away or is silent for a minute: whether it has carried the operation out is not known then.
    pub(crate) async fn ask(&self, asked: &Asked) -> std::io::Result<Answered> {
        tokio::time::timeout(WORK, self.asked(asked)).await.unwrap_or_else(|_elapsed| {
            let text = "the server took the command and does not answer; see whether it was carried out";
            Err(std::io::Error::new(std::io::ErrorKind::TimedOut, text))
        })
    }

    async fn asked(&self, asked: &Asked) -> std::io::Result<Answered> {
        let mut stream = UnixStream::connect(&self.path).await?;
        let mut text = serde_json::to_string(asked)?;
        text.push('\n');
        stream.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        BufReader::new(stream.take(MAX_LINE)).read_line(&mut answer).await?;
        Ok(serde_json::from_str(&answer)?)
    }
}
