//! The one order in which every call is handled:
//! route, parse, authenticate, limit, check parameters, permissions, second factor, guard, call, envelope.

mod method;
mod method_limits;
mod planned;
mod removed;
mod resource;
mod rest;

use std::sync::atomic::Ordering;
use std::time::Duration;

pub use method::{call_method, open_subscription, write_stream};
pub use planned::{documented_endpoints, documented_methods, planned_endpoint};
pub use removed::{Removed, removed_method};
pub use resource::serve;
pub use rest::{Inbound, Outbound, answer};

use crate::caller::Ctx;
use crate::error::{Error, Result};
use crate::limiter::Rule;
use crate::registry::Calls;
use crate::settings::keys;
use crate::spec::{Deprecated, Needs, Rate, TwoFactor};

/// Refuses a caller who lacks the permissions that the operation names.
fn check_permissions(needs: Needs, ctx: &Ctx) -> Result<()> {
    let allowed = match needs {
        Needs::Nothing => true,
        Needs::All(names) => names.iter().all(|name| ctx.may(name)),
        Needs::Any(names) => names.iter().any(|name| ctx.may(name)),
    };
    if allowed { Ok(()) } else { Err(Error::missing_permission(needs.names())) }
}

/// How often an operation may be called, by its own rule or by the settings.
fn rule_of(rate: Rate, ctx: &Ctx) -> Rule {
    let by_setting = |calls| Rule {
        calls: u32::try_from(ctx.settings.get(calls)).unwrap_or(0),
        window_ms: ctx.settings.get(keys::API_Enable_Rate_Limiter_Limit_Time_Default),
    };
    match rate {
        Rate::Own { calls, window_ms } => Rule { calls, window_ms },
        Rate::Setting(calls) => by_setting(calls),
        Rate::Default | Rate::Off => by_setting(keys::API_Enable_Rate_Limiter_Limit_Calls_Default),
    }
}

/// Demands a second factor where the operation does. Test mode asks only for what is always asked.
async fn check_second_factor(demand: TwoFactor, ctx: &Ctx) -> Result<()> {
    let Some(caller) = &ctx.caller else { return Ok(()) };
    if demand == TwoFactor::No || caller.bypass_two_factor || (ctx.test_mode && demand != TwoFactor::Always) {
        return Ok(());
    }
    ctx.kernel.identity().second_factor(ctx, caller, demand).await
}

/// Logs the first call of a deprecated operation, so that the operator finds out who still needs it. How many
/// follow is in the metrics.
fn note_deprecated(name: &str, deprecated: Option<Deprecated>, calls: &Calls, user_agent: &str) {
    let Some(deprecated) = deprecated else { return };
    if calls.total.load(Ordering::Relaxed) == 0 {
        let Deprecated { version, instead } = deprecated;
        tracing::warn!(name, version, instead, user_agent, "a deprecated operation is in use");
    }
}

fn count(calls: &Calls, refused: bool, spent: Duration) {
    calls.total.fetch_add(1, Ordering::Relaxed);
    if refused {
        calls.refused.fetch_add(1, Ordering::Relaxed);
    }
    calls.micros.fetch_add(u64::try_from(spent.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
}
