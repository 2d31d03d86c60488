//! Applications that people let act for them, and the OAuth 2 server that gives these applications tokens.
//!
//! The pages and the three HTTP routes below `/oauth/` are thin skins over [`grant`]; a token is turned into
//! its user by the one identity of the server (`Identity::bearer`).

pub mod apps;
mod endpoints;
pub mod grant;
mod http;
mod methods;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    http::register(registry);
    methods::register(registry);
}

/// Makes the applications that a new workspace begins with.
pub(crate) async fn bootstrap(kernel: &Arc<Kernel>) -> Result<()> {
    apps::first(&Ctx::internal(kernel)).await
}
