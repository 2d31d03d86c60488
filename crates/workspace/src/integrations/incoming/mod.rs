//! Incoming webhooks: an address that posts messages.

pub(super) mod change;
mod hook;
mod routes;

pub use hook::{Answer, Knock, Route, answer};
pub(super) use routes::register;
