//! Servers on which people keep files: clients list, fetch and store files there through this server.
//!
//! Logins for them are stored as they are, like the secrets in the settings, because they have to be shown to those
//! servers; no answer and no event holds them. Requests go through the guarded client: private addresses are
//! refused unless `SSRF_Allowlist` names them.
//!
//! Upstream: `apps/meteor/app/webdav/server`.

mod accounts;
mod client;
mod endpoints;
mod listing;
mod methods;

use gantry_kernel::prelude::*;

pub(crate) use accounts::{forget_user, listen};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
