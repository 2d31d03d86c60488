//! Failed logins, and who has to wait after too many.
//!
//! Kept in memory of each node: a restart forgives. Upstream:
//! `apps/meteor/app/authentication/server/lib/restrictLoginAttempts.ts`.

use std::collections::HashMap;
use std::net::IpAddr;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use parking_lot::Mutex;
use serde_json::json;

use super::Who;

/// Names and addresses that are remembered; the oldest go first.
const KEPT: usize = 10_000;

const MINUTE: i64 = 60_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Name(String),
}

/// Failures in a row.
#[derive(Clone, Copy)]
struct Failures {
    count: i64,
    last: i64,
}

/// Counts failed logins by address and by name.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<Key, Failures>>);

impl Attempts {
    /// Refuses those who have to wait.
    pub(super) fn check(&self, ctx: &Ctx, who: &Who) -> Result<()> {
        for (key, code, text) in [
            (address(ctx), "error-login-blocked-for-ip", "Login has been temporarily blocked For IP"),
            (Some(name(who)), "error-login-blocked-for-user", "Login has been temporarily blocked For User"),
        ] {
            let Some(key) = key else { continue };
            let Some((limit, minutes)) = rule(ctx, &key) else { continue };
            let failures = self.0.lock().get(&key).copied();
            let blocked = failures.is_some_and(|seen| {
                seen.count >= limit && ctx.now.millis() < seen.last + minutes.saturating_mul(MINUTE)
            });
            if blocked {
                return Err(Error::sign_in_refused(code, text)
                    .with_details(json!({ "function": "Accounts.validateLoginAttempt" })));
            }
        }
        Ok(())
    }

    /// Counts a failure.
    pub(super) fn failed(&self, ctx: &Ctx, who: &Who) {
        let now = ctx.now.millis();
        let mut all = self.0.lock();
        for key in [address(ctx), Some(name(who))].into_iter().flatten() {
            let Some((limit, minutes)) = rule(ctx, &key) else { continue };
            if all.len() >= KEPT && !all.contains_key(&key) {
                let oldest = all.iter().min_by_key(|(_, seen)| seen.last).map(|(key, _)| key.clone());
                oldest.and_then(|key| all.remove(&key));
            }
            let seen = all.entry(key).or_insert(Failures { count: 0, last: now });
            // A served wait starts over.
            if seen.count >= limit && now >= seen.last + minutes.saturating_mul(MINUTE) {
                seen.count = 0;
            }
            seen.count += 1;
            seen.last = now;
        }
    }

    /// Forgives.
    pub(super) fn succeeded(&self, ctx: &Ctx, who: &Who) {
        let mut all = self.0.lock();
        for key in [address(ctx), Some(name(who))].into_iter().flatten() {
            all.remove(&key);
        }
    }
}

fn address(ctx: &Ctx) -> Option<Key> {
    let address = ctx.origin.address.to_string();
    let exempt = ctx.settings.get(keys::Block_Multiple_Failed_Logins_Ip_Whitelist);
    let exempt = exempt.split(',').any(|listed| listed.trim() == address);
    (!exempt).then_some(Key::Address(ctx.origin.address))
}

fn name(who: &Who) -> Key {
    let (Who::Id(name) | Who::Username(name) | Who::Email(name)) = who;
    Key::Name(name.to_lowercase())
}

/// Failures allowed and minutes to wait after them, if the rule is switched on.
fn rule(kernel: &Kernel, key: &Key) -> Option<(i64, i64)> {
    let settings = &kernel.settings;
    if !settings.get(keys::Block_Multiple_Failed_Logins_Enabled) {
        return None;
    }
    let (on, limit, minutes) = match key {
        Key::Address(_) => (
            keys::Block_Multiple_Failed_Logins_By_Ip,
            keys::Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip,
            keys::Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes,
        ),
        Key::Name(_) => (
            keys::Block_Multiple_Failed_Logins_By_User,
            keys::Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User,
            keys::Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes,
        ),
    };
    settings.get(on).then(|| (settings.get(limit), settings.get(minutes)))
}
