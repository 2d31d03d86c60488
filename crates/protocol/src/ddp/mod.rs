//! DDP, the frames of the Realtime API: one JSON object each, told apart by `msg`.
//!
//! Clients parse what they receive with closed schemas, so the shapes here have no key more than those of
//! upstream.

mod client;
mod error;
mod server;

pub use client::{ClientFrame, FrameError, Limits};
pub use error::{DdpError, ErrorCode};
pub use server::{ServerFrame, stream_event};

/// The version of the protocol that the server speaks.
pub const VERSION: &str = "1";

/// Versions that a client may ask for: `pre1` and `pre2` differ from `1` in nothing that is used.
pub const SUPPORTED_VERSIONS: [&str; 3] = ["1", "pre2", "pre1"];
