//! Load generator: starts a release build of the server, loads it, and writes down what it did.
//!
//! `docs/benchmarks.md` explains the scenarios and holds the last results.

mod bare;
mod ddp;
mod http;
mod process;
mod report;
mod scenarios;
mod seed;
mod stats;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What ends a scenario early.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Measures a Gantry server.
#[derive(Parser)]
#[command(name = "gantry-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

/// What every scenario takes.
#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server to measure; build it with `cargo build --release --bin gantry`
    #[arg(long, global = true, default_value = "target/release/gantry", value_name = "FILE")]
    pub(crate) server: PathBuf,
    /// Folder for the databases; it should be on the disk that is to be measured, not in memory
    #[arg(long, global = true, default_value = "target/bench", value_name = "FOLDER")]
    pub(crate) scratch: PathBuf,
    /// Results are kept in this file; a scenario that runs again replaces its own
    #[arg(long, global = true, default_value = "target/bench/results.json", value_name = "FILE")]
    pub(crate) json: PathBuf,
    /// How long each steady load lasts
    #[arg(long, global = true, default_value_t = 10, value_name = "N")]
    pub(crate) seconds: u64,
    /// Sockets of the fan-out and of the storm
    #[arg(long, global = true, default_value_t = 1000, value_name = "N")]
    pub(crate) sockets: usize,
    /// Messages of the long room
    #[arg(long, global = true, default_value_t = 1_000_000, value_name = "N")]
    pub(crate) messages: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Runs all scenarios, or those that are named
    All,
    /// Runs one scenario
    Run {
        /// Which
        scenario: Scenario,
    },
    /// Prints the table of the results that are kept
    Table,
    /// Broadcasts through the WebSocket library alone (started by the fan-out for comparison)
    #[command(hide = true)]
    BareBroadcast,
    /// Sends and takes a file through the HTTP library alone (started by the file scenario for comparison)
    #[command(hide = true)]
    BareFiles,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Time from start to first answer, memory when idle
    Startup,
    /// Messages per second over REST, acknowledged on disk
    Post,
    /// Deliveries per CPU-second to many sockets of one room
    Fanout,
    /// Memory per idle signed-in socket
    Idle,
    /// Cost of a message in a large room against a small one
    Rooms,
    /// Sign-ins per second, and a storm of returning sockets
    Login,
    /// Uploads and downloads against a plain file
    Files,
    /// Reading and searching a long room, and the rooms of somebody who is in many
    History,
}

const ALL: [Scenario; 8] = [
    Scenario::Startup,
    Scenario::Post,
    Scenario::Fanout,
    Scenario::Idle,
    Scenario::Rooms,
    Scenario::Login,
    Scenario::Files,
    Scenario::History,
];

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::All => measure(&ALL, &cli.options),
        Command::Run { scenario } => measure(&[scenario], &cli.options),
        Command::Table => {
            report::Results::load(&cli.options.json).map(|results| print!("{}", results.table()))
        }
        Command::BareBroadcast => bare::broadcast::serve(),
        Command::BareFiles => bare::files::serve(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("gantry-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// One thread: the load generator shares the machine with what it measures.
fn measure(which: &[Scenario], options: &Options) -> Outcome {
    if !options.server.exists() {
        return Err(
            format!("{} is missing: cargo build --release --bin gantry", options.server.display()).into()
        );
    }
    std::fs::create_dir_all(&options.scratch)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut results = report::Results::load(&options.json)?;
    let mut failed = 0;
    for scenario in which {
        let mut sheet = report::Sheet::new(scenario.name());
        let outcome = runtime.block_on(async {
            match scenario {
                Scenario::Startup => scenarios::startup::run(options, &mut sheet).await,
                Scenario::Post => scenarios::post::run(options, &mut sheet).await,
                Scenario::Fanout => scenarios::fanout::run(options, &mut sheet).await,
                Scenario::Idle => scenarios::idle::run(options, &mut sheet).await,
                Scenario::Rooms => scenarios::rooms::run(options, &mut sheet).await,
                Scenario::Login => scenarios::login::run(options, &mut sheet).await,
                Scenario::Files => scenarios::files::run(options, &mut sheet).await,
                Scenario::History => scenarios::history::run(options, &mut sheet).await,
            }
        });
        if let Err(failure) = outcome {
            eprintln!("{}: {failure}", scenario.name());
            failed += 1;
            continue;
        }
        results.replace(sheet);
        results.save(&options.json)?;
    }
    if failed > 0 { Err(format!("{failed} scenarios could not be measured").into()) } else { Ok(()) }
}

impl Scenario {
    fn name(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Post => "post",
            Self::Fanout => "fanout",
            Self::Idle => "idle",
            Self::Rooms => "rooms",
            Self::Login => "login",
            Self::Files => "files",
            Self::History => "history",
        }
    }
}
