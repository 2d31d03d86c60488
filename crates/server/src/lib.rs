//! The Gantry server: the adapters between the wire and the kernel, and what puts the domains together.
//!
//! [`Gantry::start`] runs a server inside any program, on a port of its choice; the binary `gantry` is a
//! command line around it.

pub mod assembly;
pub mod cli;
pub mod config;
pub mod operations;
pub mod server;
pub mod start;

mod ddp;
mod http;
mod listener;
mod local;
mod log_lines;
mod method_trace;
mod tls;

pub use config::Config;
pub use start::{Gantry, Running, StartError};
