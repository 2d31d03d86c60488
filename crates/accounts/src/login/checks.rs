//! Who may log in although the credentials are right.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use serde_json::json;

use crate::users::{self, register};

/// Refuses users who cannot log in. Upstream: `apps/meteor/app/authentication/server/startup/index.js`.
pub(super) fn admit(ctx: &Ctx, user: &User, by_password: bool) -> Result<()> {
    if user.kind == "app" {
        return Err(refused("error-app-user-is-not-allowed-to-login", "App user is not allowed to login"));
    }
    if !user.active {
        return Err(refused("error-user-is-not-activated", "User is not activated"));
    }
    if user.roles.is_empty() {
        return Err(refused("error-user-has-no-roles", "User has no roles"));
    }
    let admin = user.roles.iter().any(|role| role == "admin");
    if by_password && !admin && ctx.settings.get(keys::Accounts_EmailVerification) {
        let verified = user.emails.iter().flatten().any(|email| email.verified);
        if !verified {
            return Err(Error::sign_in_refused("error-invalid-email", "Invalid email __email__"));
        }
    }
    Ok(())
}

/// Whether a login by this address says nothing yet. Whoever registers with an address that somebody has already is
/// told that it worked; a login that says "not confirmed" for one address and "unknown" for the other would tell the
/// two apart. A login by username says it in both cases.
pub(super) fn unconfirmed(ctx: &Ctx, user: &User, address: &str) -> bool {
    let admin = user.roles.iter().any(|role| role == "admin");
    let sought = users::fold(address);
    let mut confirmed = user.emails.iter().flatten().filter(|email| email.verified);
    !admin && register::confirmed_first(ctx) && !confirmed.any(|email| users::fold(&email.address) == sought)
}

fn refused(code: &'static str, reason: &'static str) -> Error {
    Error::sign_in_refused(code, reason).with_details(json!({ "function": "Accounts.validateLoginAttempt" }))
}
