//! What people report, and what moderators do about it.
//!
//! A message's report is made by messaging (`chat.reportMessage`), because it needs the message and its room;
//! everything else about reports is here.

mod act;
mod endpoints;
mod reports;

use gantry_kernel::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
}
