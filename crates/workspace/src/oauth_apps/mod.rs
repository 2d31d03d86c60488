//! Applications that people let act for them, and the OAuth 2 server that gives these applications tokens.
//!
//! The pages and the three HTTP routes below `/oauth/` are thin skins over [`grant`]; a token is turned into
//! its user by the one identity of the server (`Identity::bearer`).

pub mod apps;
mod endpoints;
pub mod grant;
mod http;
mod methods;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    http::register(registry);
    methods::register(registry);
}
