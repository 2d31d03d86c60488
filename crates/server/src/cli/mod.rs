//! The command line of the binary `gantry`.

mod check;
mod copies;
mod documents;
mod people;
mod serve;
mod settings;

use std::path::PathBuf;
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
    /// Makes users, and changes their passwords and roles
    #[command(subcommand)]
    User(people::User),
    /// Makes login tokens
    #[command(subcommand)]
    Token(people::Token),
    /// Reads and changes settings
    #[command(subcommand)]
    Setting(settings::Setting),
    /// Copies the embedded database to a new file while the server runs
    Backup {
        #[command(flatten)]
        place: serve::Place,
        /// The new file
        file: PathBuf,
    },
    /// Puts a backup in the place of the embedded database; the server must not run
    Restore {
        #[command(flatten)]
        place: serve::Place,
        /// A file that `backup` wrote
        file: PathBuf,
        /// Keep the present database as gantry.db.replaced
        #[arg(long)]
        replace: bool,
    },
    /// Looks for damage in the database and changes nothing; ends with 3 if there is some
    Check {
        #[command(flatten)]
        place: serve::Place,
    },
    /// Prints the OpenAPI document of all REST operations
    Openapi,
    /// Prints which documented operations this version has, as Markdown
    Ledger,
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => serve::run(cli.serve),
        Some(Command::Serve(args)) => serve::run(*args),
        Some(Command::User(command)) => people::user(command),
        Some(Command::Token(command)) => people::token(command),
        Some(Command::Setting(command)) => settings::run(command),
        Some(Command::Backup { place, file }) => copies::backup(&place, &file),
        Some(Command::Restore { place, file, replace }) => copies::restore(&place, &file, replace),
        Some(Command::Check { place }) => check::run(&place),
        Some(Command::Openapi) => documents::openapi(),
        Some(Command::Ledger) => documents::ledger(),
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

/// Prints text; a reader that has gone (`| head`) is no failure.
fn print(text: &str) -> Outcome {
    use std::io::Write as _;
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
