//! Outgoing webhooks: something happens, addresses are called, answers become messages.
//! Upstream: `apps/meteor/app/integrations/server/lib/triggerHandler.js`.

pub(super) mod change;
mod facts;
pub(super) mod history;
mod listen;
mod queue;
pub(super) mod replay;
mod run;
mod triggers;

pub(super) use listen::listen;
pub(super) use run::put_header;
pub use run::run_due;
