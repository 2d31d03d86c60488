//! Starting and stopping a server.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::events::Ending;
use gantry_kernel::permissions::PermissionError;
use gantry_kernel::settings::SettingError;
use gantry_store::DbError;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::server::{RESTARTING, Server};
use crate::{assembly, listener, local, tls};

/// Why a server did not start. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made or written.
    #[error("cannot use the data folder {folder}: {reason}. Choose another one with --data or GANTRY_DATA")]
    Data {
        /// The folder.
        folder: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Another server works on the data folder.
    #[error("another server uses {0}. Stop it first, or choose another folder with --data or GANTRY_DATA")]
    Locked(String),
    /// The database cannot be opened.
    #[error("cannot use the database: {0}")]
    Database(#[from] DbError),
    /// A setting in the environment or the database cannot be used.
    #[error("cannot load the settings: {0}")]
    Settings(#[from] SettingError),
    /// Roles or permissions cannot be loaded.
    #[error("cannot load roles and permissions: {0}")]
    Permissions(#[from] PermissionError),
    /// What a new workspace needs could not be made.
    #[error("cannot set the workspace up: {0}")]
    Bootstrap(#[from] gantry_kernel::error::Error),
    /// The object store of the files cannot be used.
    #[error("cannot use the object store for files: {0}. Check GANTRY_FILES_URL and the AWS_ variables")]
    Files(std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}. Choose another port with --port or PORT")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("cannot use the certificate: {0}")]
    Tls(String),
}

/// The server.
pub struct Gantry;

impl Gantry {
    /// Starts a server. It listens when this returns.
    ///
    /// # Errors
    /// What keeps it from starting. Nothing is left running then.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
        make_data_folder(&config)?;
        let lock = match config.database_url {
            None => Some(lock(&config.data)?),
            Some(_) => None,
        };
        let listener = bind(config.bind).await?;
        let addr =
            listener.local_addr().map_err(|reason| StartError::Listen { address: config.bind, reason })?;
        let kernel = assembly::kernel(&config).await?;
        if let Err(error) = assembly::bootstrap(&kernel, &config).await {
            let _ = kernel.db.clone().close().await;
            return Err(error);
        }
        let server = Server::new(kernel.clone(), config);
        let door = local::open(&server).await;
        let serving = tokio::spawn(listener::serve(server.clone(), listener, tls));
        Ok(Running { addr, kernel, server, serving, _door: door, _lock: lock })
    }
}

/// A running server.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its kernel, for tests and tools in the same process.
    pub kernel: Arc<Kernel>,
    server: Arc<Server>,
    serving: JoinHandle<()>,
    /// Dropped before the lock: whoever has the lock may make the socket.
    _door: Option<local::Door>,
    /// Held as long as the server may write to the data folder.
    _lock: Option<File>,
}

impl Running {
    /// The address as a URL.
    pub fn url(&self) -> String {
        let scheme = if self.server.config.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// Stops in order: no new connections, sockets are told to connect again, requests are answered,
    /// events are delivered, the database is closed.
    ///
    /// # Errors
    /// If the database could not be closed cleanly; nothing is lost then.
    pub async fn shutdown(self) -> Result<(), DbError> {
        self.server.stop.cancel();
        self.kernel.hub.close_all(RESTARTING);
        self.server.sockets.close();
        let drain = self.server.config.limits.drain;
        if tokio::time::timeout(drain, self.server.sockets.wait()).await.is_err() {
            tracing::warn!("sockets were still open after {} s; they are cut off", drain.as_secs());
        }
        // It ends by itself; a panic in it has been reported where it happened.
        let _ = self.serving.await;
        self.kernel.events.quiesce().await;
        self.kernel.events.publish(Ending);
        self.kernel.events.quiesce().await;
        self.kernel.db.clone().close().await
    }
}

/// The folder holds secrets: only its owner may look into it.
fn make_data_folder(config: &Config) -> Result<(), StartError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(&config.data)
        .map_err(|reason| StartError::Data { folder: config.data.display().to_string(), reason })
}

/// Keeps other servers off a data folder until the file is dropped.
pub(crate) fn lock(data: &Path) -> Result<File, StartError> {
    let refused = |reason| StartError::Data { folder: data.display().to_string(), reason };
    let file = File::create(data.join("gantry.lock")).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::Locked(data.display().to_string())),
        Err(std::fs::TryLockError::Error(reason)) => Err(refused(reason)),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|reason| StartError::Listen { address, reason })
}
