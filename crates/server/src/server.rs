//! What the adapters share.

use std::sync::Arc;

use gantry_kernel::Kernel;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;

/// The version of Rocket.Chat whose clients this server tells that it is one of theirs.
pub use gantry_kernel::COMPATIBLE_VERSION;

/// Reason given to sockets when the server stops. Clients connect again after any end.
pub(crate) const RESTARTING: &str = "the server restarts: connect again";

/// One running server, as its adapters see it.
pub(crate) struct Server {
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) config: Config,
    /// `X-Instance-ID`: another one after each start.
    pub(crate) instance: String,
    /// Cancelled when the server begins to stop.
    pub(crate) stop: CancellationToken,
    /// Open sockets.
    pub(crate) sockets: TaskTracker,
    /// The API document, made when it is first asked for.
    pub(crate) openapi: std::sync::OnceLock<bytes::Bytes>,
}

impl Server {
    pub(crate) fn new(kernel: Arc<Kernel>, config: Config) -> Arc<Self> {
        Arc::new(Self {
            instance: kernel.ids.id(),
            kernel,
            config,
            stop: CancellationToken::new(),
            sockets: TaskTracker::new(),
            openapi: std::sync::OnceLock::new(),
        })
    }

    pub(crate) fn stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// The API document as JSON text.
    pub(crate) fn openapi(&self) -> bytes::Bytes {
        self.openapi
            .get_or_init(|| {
                let document =
                    gantry_kernel::openapi::document(&self.kernel.registry, env!("CARGO_PKG_VERSION"));
                document.to_string().into()
            })
            .clone()
    }
}
