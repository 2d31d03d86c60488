//! A small client for Rocket.Chat-compatible servers: REST and DDP.
//!
//! It is made for tests, benchmarks and the command line: it speaks plain HTTP to a server nearby, keeps
//! one connection, and shows answers as they came.

mod rest;
mod socket;

pub use rest::{Client, Reply};
pub use socket::{CallError, Event, Socket};

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not `http://host:port`.
    #[error("not an http address: {0}")]
    Address(String),
    /// The connection failed.
    #[error("connection failed: {0}")]
    Connection(String),
    /// The answer is not what the protocol says.
    #[error("unexpected answer: {0}")]
    Protocol(String),
    /// Nothing came in time.
    #[error("nothing came within {0:?}")]
    TimedOut(std::time::Duration),
    /// The server closed the connection.
    #[error("closed by the server: {0}")]
    Closed(String),
}
