//! `gantry serve`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gantry_accounts::hashing::Hashing;
use gantry_kernel::clock::Clock;
use gantry_kernel::ids::Ids;
use gantry_kernel::settings::Environment;

use super::{Failure, Outcome, on_runtime};
use crate::config::{Config, Limits, TlsFiles};
use crate::operations::{RESTART_AFTER, RestartWanted};
use crate::{Gantry, Running};

/// Where data and server are. Every flag is also an environment variable; `OVERWRITE_SETTING_<id>` variables
/// fix settings, as in Rocket.Chat.
#[derive(Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) place: Place,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// Address to listen on; 127.0.0.1 keeps other machines out
    #[arg(long, env = "BIND_IP", default_value = "0.0.0.0", value_name = "ADDRESS")]
    bind: IpAddr,
    /// Address under which clients reach the server
    #[arg(long, env = "ROOT_URL", value_name = "URL")]
    root_url: Option<String>,
    /// Reverse proxies in front of the server, whose X-Forwarded-For is believed
    #[arg(long, env = "HTTP_FORWARDED_COUNT", default_value_t = 0, value_name = "N")]
    proxies: usize,
    /// Certificate chain (PEM); with it the server speaks HTTPS
    #[arg(long, env = "GANTRY_TLS_CERT", requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, env = "GANTRY_TLS_KEY", requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Largest REST body in bytes
    #[arg(long, env = "GANTRY_MAX_BODY", default_value_t = Limits::default().body, value_name = "BYTES")]
    max_body: usize,
    /// Object store for files (s3://bucket/prefix, keys in AWS_… variables) instead of the data folder
    #[arg(long, env = "GANTRY_FILES_URL", value_name = "URL")]
    files_url: Option<String>,
    /// Largest upload in bytes; the setting FileUpload_MaxFileSize limits files further
    #[arg(long, env = "GANTRY_MAX_UPLOAD", default_value_t = Limits::default().upload, value_name = "BYTES")]
    max_upload: usize,
    /// Bearer token for /metrics; without it private networks may read them
    #[arg(long, env = "GANTRY_METRICS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    metrics_token: Option<String>,
    /// How log lines look
    #[arg(long, env = "GANTRY_LOG_FORMAT", value_enum, default_value_t = LogFormat::Human)]
    log_format: LogFormat,
    /// No rate limits and no second factor on ordinary operations: for test suites only
    #[arg(long, env = "TEST_MODE", default_value_t = false, value_parser = clap::builder::FalseyValueParser::new(), hide = true)]
    test_mode: bool,
    /// Username of the first administrator
    #[arg(long, env = "ADMIN_USERNAME", value_name = "NAME")]
    admin_username: Option<String>,
    /// Password of the first administrator
    #[arg(long, env = "ADMIN_PASS", hide_env_values = true, value_name = "PASSWORD")]
    admin_pass: Option<String>,
    /// Mail address of the first administrator
    #[arg(long, env = "ADMIN_EMAIL", value_name = "ADDRESS")]
    admin_email: Option<String>,
    /// Name of the first administrator
    #[arg(long, env = "ADMIN_NAME", value_name = "NAME")]
    admin_name: Option<String>,
}

/// Where the data is.
#[derive(Args, Clone)]
pub(super) struct Place {
    /// Folder of the embedded database and the files
    #[arg(long, env = "GANTRY_DATA", default_value = "./gantry-data", value_name = "FOLDER")]
    pub(super) data: PathBuf,
    /// postgres://user:password@host/database instead of the embedded database
    #[arg(long, env = "GANTRY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(super) database_url: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// One readable line each
    Human,
    /// One JSON object each
    Json,
}

impl Place {
    /// A configuration for work without a listening server.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new(&self.data);
        config.database_url.clone_from(&self.database_url);
        config.environment = Environment::of_process();
        config
    }

    /// Commands about existing data must not make a new database because of a mistyped folder.
    pub(super) fn must_exist(&self) -> Outcome {
        let file = self.data.join("gantry.db");
        if self.database_url.is_none() && !file.is_file() {
            let text =
                format!("there is no {}; name the data folder with --data or GANTRY_DATA", file.display());
            return Err(Failure::new(text));
        }
        Ok(())
    }
}

impl ServeArgs {
    fn config(self) -> Config {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        let root_url = self.root_url.unwrap_or_else(|| format!("{scheme}://localhost:{}", self.port));
        let given = [
            ("ROOT_URL", Some(root_url.clone())),
            ("ADMIN_USERNAME", self.admin_username),
            ("ADMIN_PASS", self.admin_pass),
            ("ADMIN_EMAIL", self.admin_email),
            ("ADMIN_NAME", self.admin_name),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        // What was given as a flag counts like its variable.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .chain(given)
            .collect();
        Config {
            bind: SocketAddr::new(self.bind, self.port),
            root_url: Some(root_url.trim_end_matches('/').to_owned()),
            data: self.place.data,
            database_url: self.place.database_url,
            files_url: self.files_url,
            test_mode: self.test_mode,
            proxies: self.proxies,
            environment,
            tls: self.tls_cert.zip(self.tls_key).map(|(certificate, key)| TlsFiles { certificate, key }),
            metrics_token: self.metrics_token,
            clock: Clock::system(),
            ids: Ids::system(),
            // Test servers make and sign in thousands of users; what they hash is no secret.
            password_cost: if self.test_mode { 4 } else { Hashing::COST },
            limits: Limits { body: self.max_body, upload: self.max_upload, ..Limits::default() },
        }
    }
}

/// Serves until a signal comes.
pub(super) fn run(args: ServeArgs) -> Outcome {
    log(args.log_format);
    let config = args.config();
    on_runtime(async {
        if config.test_mode {
            tracing::warn!("test mode: no rate limits, no second factor");
        }
        let data = config.data.clone();
        let root_url = config.root_url.clone().unwrap_or_default();
        let began = config.clock.elapsed();
        let running = Gantry::start(config).await?;
        welcome(&running, &root_url, &data, began);
        let restart = restart_wanted(&running);
        let restart = tokio::select! {
            stopped = signal() => stopped.map(|()| false)?,
            () = restart.notified() => true,
        };
        tracing::info!("stopping: clients are told to connect again; a second signal ends at once");
        tokio::select! {
            stopped = running.shutdown() => stopped?,
            impatient = signal() => {
                impatient?;
                tracing::warn!("ended before everybody was told");
            }
        }
        tracing::info!("stopped");
        // Supervisors start again what did not end well.
        if restart { Err(Failure::new("an administrator asked for a restart")) } else { Ok(()) }
    })
}

/// Wakes when an administrator has asked for a restart and the announced time is over.
fn restart_wanted(running: &Running) -> std::sync::Arc<tokio::sync::Notify> {
    let wanted = std::sync::Arc::new(tokio::sync::Notify::new());
    let notify = wanted.clone();
    running.kernel.events.on::<RestartWanted, _>(move |_kernel, _event| {
        let notify = notify.clone();
        tokio::spawn(async move {
            tokio::time::sleep(RESTART_AFTER).await;
            notify.notify_one();
        });
        Box::pin(async {})
    });
    wanted
}

fn welcome(running: &Running, root_url: &str, data: &std::path::Path, began: std::time::Duration) {
    let took = running.kernel.clock.elapsed().saturating_sub(began).as_millis();
    tracing::info!(
        "Gantry {} is ready after {took} ms, listening on {}",
        env!("CARGO_PKG_VERSION"),
        running.addr
    );
    tracing::info!("data: {} ({:?})", data.display(), running.kernel.db.engine());
    tracing::info!("browser: {root_url}/  API documents: {root_url}/api-docs");
    tracing::info!("apps and SDKs: workspace address {root_url}");
}

fn log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| crate::log_lines::Writer);
    let lines = lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stdout()));
    match format {
        LogFormat::Human => lines.with_target(false).init(),
        LogFormat::Json => lines.json().init(),
    }
}

/// Waits for Ctrl-C or the supervisor's SIGTERM.
async fn signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
