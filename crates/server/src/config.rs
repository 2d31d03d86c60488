//! What a server is told when it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use gantry_accounts::hashing::Hashing;
use gantry_kernel::clock::Clock;
use gantry_kernel::ids::Ids;
use gantry_kernel::settings::Environment;
use gantry_protocol::ddp;

/// Everything that [`crate::Gantry::start`] needs. [`Config::new`] fills in all but the data folder.
#[derive(Clone)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Address under which clients reach the server, for links in mails and the like.
    pub root_url: Option<String>,
    /// Folder of the embedded database and the files. It is created.
    pub data: PathBuf,
    /// `postgres://…` or `sqlite:…`; without it the database is a file in [`Config::data`].
    pub database_url: Option<String>,
    /// Object store for files (`s3://bucket/prefix`); without it they are in a folder of [`Config::data`].
    pub files_url: Option<String>,
    /// Upstream's `TEST_MODE`: no rate limits, no second factor on ordinary operations.
    pub test_mode: bool,
    /// Reverse proxies in front of the server (upstream: `HTTP_FORWARDED_COUNT`). With 0 the headers that
    /// name a client address are ignored, since anybody can send them.
    pub proxies: usize,
    /// Variables about settings (`OVERWRITE_SETTING_…`) and the first users (`ADMIN_…`, `INITIAL_USER`).
    pub environment: Environment,
    /// Certificate and key; without them the server speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Who reads `/metrics` from other than a private network has to send this as a bearer token.
    pub metrics_token: Option<String>,
    /// Time.
    pub clock: Clock,
    /// Ids and secrets.
    pub ids: Ids,
    /// Logarithm of the work per password hash; less only for tests.
    pub password_cost: u32,
    /// How much a client may send, and how long it may be silent.
    pub limits: Limits,
}

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// Bounds on what comes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a REST body.
    pub body: usize,
    /// Bytes of a form with a file, and of what resources take. The workspace's own limit for files, the
    /// setting `FileUpload_MaxFileSize`, is usually lower.
    pub upload: usize,
    /// A client that sends nothing for this long while its request is incomplete is cut off.
    pub read_timeout: Duration,
    /// One frame on a socket.
    pub frame: ddp::Limits,
    /// Method calls and subscriptions of one socket that may wait for the one before them.
    pub pending_calls: usize,
    /// Silence on a socket after which the server sends a ping.
    pub ping_after: Duration,
    /// Further silence after which the server closes the socket.
    pub drop_after: Duration,
    /// How long a stopping server waits for requests that are being answered.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 10 << 20,
            upload: 1 << 30,
            read_timeout: Duration::from_secs(30),
            frame: ddp::Limits::default(),
            pending_calls: 256,
            ping_after: Duration::from_secs(30),
            drop_after: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// A server on a free port of this machine, with its data in `data`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            root_url: None,
            data: data.into(),
            database_url: None,
            files_url: None,
            test_mode: false,
            proxies: 0,
            password_cost: Hashing::COST,
            environment: Environment::default(),
            tls: None,
            metrics_token: None,
            clock: Clock::system(),
            ids: Ids::system(),
            limits: Limits::default(),
        }
    }

    /// The URL of the database.
    pub fn database(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data.join("gantry.db").display()))
    }
}
