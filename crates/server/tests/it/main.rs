//! Tests of a whole server, from the outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod cli;
mod ddp;
mod exports;
mod files;
mod harness;
mod hooks;
mod http;
mod invites;
mod limits;
mod media;
mod oauth;
mod permissions;
mod registry;
mod revoked;
mod setting_trail;
mod shield;
mod shutdown;
mod small_rows;
mod state;
mod strangers;
mod tls;
mod ways_in;
