//! The command line.

fn main() -> std::process::ExitCode {
    gantry_server::cli::run()
}
