//! How many calls a client may make over DDP. Upstream: `apps/meteor/app/lib/server/startup/rateLimiter.js`.

use crate::caller::Ctx;
use crate::error::{Error, Result};
use crate::limiter::{LimitKey, Rule};
use crate::settings::{Flag, Int, keys};
use crate::spec::Rate;

use super::rule_of;

/// The settings of one rule.
struct Scope {
    name: &'static str,
    enabled: Flag,
    calls: Int,
    /// Milliseconds.
    window: Int,
}

macro_rules! scope {
    ($name:literal, $enabled:ident, $calls:ident, $window:ident) => {
        Scope { name: $name, enabled: keys::$enabled, calls: keys::$calls, window: keys::$window }
    };
}

const IP: Scope = scope!(
    "ip",
    DDP_Rate_Limit_IP_Enabled,
    DDP_Rate_Limit_IP_Requests_Allowed,
    DDP_Rate_Limit_IP_Interval_Time
);
const USER: Scope = scope!(
    "user",
    DDP_Rate_Limit_User_Enabled,
    DDP_Rate_Limit_User_Requests_Allowed,
    DDP_Rate_Limit_User_Interval_Time
);
const CONNECTION: Scope = scope!(
    "connection",
    DDP_Rate_Limit_Connection_Enabled,
    DDP_Rate_Limit_Connection_Requests_Allowed,
    DDP_Rate_Limit_Connection_Interval_Time
);
const USER_BY_METHOD: Scope = scope!(
    "user-method",
    DDP_Rate_Limit_User_By_Method_Enabled,
    DDP_Rate_Limit_User_By_Method_Requests_Allowed,
    DDP_Rate_Limit_User_By_Method_Interval_Time
);
const CONNECTION_BY_METHOD: Scope = scope!(
    "connection-method",
    DDP_Rate_Limit_Connection_By_Method_Enabled,
    DDP_Rate_Limit_Connection_By_Method_Requests_Allowed,
    DDP_Rate_Limit_Connection_By_Method_Interval_Time
);

/// Who a call is counted for.
struct Client<'a> {
    user: Option<&'a str>,
    /// The socket; for calls through the REST bridge the address and the user.
    connection: String,
    address: String,
}

/// Counts a call of a method, a stream write or a subscription by every rule that covers it.
///
/// # Errors
/// `too-many-requests` with `details.timeToReset` in milliseconds, if one of the rules is used up.
pub(super) fn check(name: &str, rate: Rate, ctx: &Ctx) -> Result<()> {
    if ctx.test_mode || rate == Rate::Off {
        return Ok(());
    }
    let address = ctx.origin.address.to_string();
    let user = ctx.caller.is_some().then(|| ctx.uid());
    let connection = match &ctx.origin.connection {
        Some(connection) => connection.id().to_owned(),
        None => format!("{address} {}", user.unwrap_or_default()),
    };
    let client = Client { user, connection, address };
    if !ctx.origin.address.is_loopback() {
        general(&IP, &client.address, ctx)?;
    }
    if let Some(user) = client.user {
        general(&USER, user, ctx)?;
    }
    general(&CONNECTION, &client.connection, ctx)?;
    match rate {
        Rate::Own { .. } | Rate::Setting(_) => own(&client, name, rule_of(rate, ctx), ctx),
        Rate::Default | Rate::Off => by_method(&client, name, ctx),
    }
}

/// A rule that counts whatever is called.
fn general(scope: &Scope, who: &str, ctx: &Ctx) -> Result<()> {
    let Some(rule) = scope.rule(ctx, 1) else { return Ok(()) };
    count(LimitKey::of(&(scope.name, who)), rule, ctx)
}

/// The rules that count each name apart. Streams, of which a client opens many at once, get more.
fn by_method(client: &Client<'_>, name: &str, ctx: &Ctx) -> Result<()> {
    let times = if name.starts_with("stream-") { 4 } else { 1 };
    let (scope, who) = match client.user {
        Some(user) => (&USER_BY_METHOD, user),
        None => (&CONNECTION_BY_METHOD, client.connection.as_str()),
    };
    let Some(rule) = scope.rule(ctx, times) else { return Ok(()) };
    count(LimitKey::of(&(scope.name, who, name)), rule, ctx)
}

/// The operation's own rule, in the place of those by method.
fn own(client: &Client<'_>, name: &str, rule: Rule, ctx: &Ctx) -> Result<()> {
    let who = client.user.unwrap_or(&client.connection);
    count(LimitKey::of(&("own", who, &client.address, name)), rule, ctx)
}

impl Scope {
    /// The rule as the settings say it now, with both numbers `times` as large. `None`: switched off.
    fn rule(&self, ctx: &Ctx, times: u32) -> Option<Rule> {
        if !ctx.settings.get(self.enabled) {
            return None;
        }
        let calls = u32::try_from(ctx.settings.get(self.calls)).unwrap_or(0);
        let window_ms = ctx.settings.get(self.window) * i64::from(times);
        Some(Rule { calls: calls.saturating_mul(times), window_ms })
    }
}

fn count(key: LimitKey, rule: Rule, ctx: &Ctx) -> Result<()> {
    let now = ctx.now.millis();
    let verdict = ctx.limiter.check(key, rule, now);
    if verdict.allowed {
        return Ok(());
    }
    let wait = verdict.reset_at_ms - now;
    let seconds = (wait + 999) / 1000;
    let text = format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying again."
    );
    Err(Error::new("too-many-requests", text)
        .with_status(429)
        .with_details(serde_json::json!({ "timeToReset": wait })))
}
