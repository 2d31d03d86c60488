//! The command line of the binary `gantry`.

mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A team-chat server that Rocket.Chat's apps, bots and SDKs connect to as they are.
///
/// Without a command it serves. The data is kept in one folder, by default ./gantry-data; the first
/// administrator comes from ADMIN_USERNAME, ADMIN_PASS and ADMIN_EMAIL, or is the first who registers.
#[derive(Parser)]
#[command(name = "gantry", version, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server (the default)
    Serve(Box<serve::ServeArgs>),
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => serve::run(cli.serve),
        Some(Command::Serve(args)) => serve::run(*args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { message, code }) => {
            eprintln!("gantry: {message}");
            ExitCode::from(code)
        }
    }
}

/// Why a command failed, and what the process ends with: 1 for trouble, 2 for a wrong command line,
/// 3 for findings of `check`.
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    fn new(message: impl std::fmt::Display) -> Self {
        Self { message: message.to_string(), code: 1 }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

type Outcome<T = ()> = Result<T, Failure>;

/// Runs `work` on a runtime of this machine's size.
fn on_runtime<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(work)
}
