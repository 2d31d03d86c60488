//! Who may look how.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use gantry_protocol::objects::UserStatus;
use serde_json::json;

use crate::presence::set_status;

/// A status that somebody asks for.
///
/// # Errors
/// `error-invalid-status`, `error-status-not-allowed`.
pub fn wish(ctx: &Ctx, word: &str) -> Result<UserStatus> {
    let status = word.parse().ok().filter(|status| *status != UserStatus::Disabled).ok_or_else(|| {
        Error::new("error-invalid-status", "Valid status types include online, away, offline, and busy.")
            .with_details(json!({ "method": "users.setStatus" }))
    })?;
    check_invisible(ctx, status, "users.setStatus")?;
    Ok(status)
}

fn check_invisible(ctx: &Ctx, status: UserStatus, method: &'static str) -> Result<()> {
    if status == UserStatus::Offline && !ctx.settings.get(keys::Accounts_AllowInvisibleStatusOption) {
        return Err(Error::new("error-status-not-allowed", "Invisible status is disabled")
            .with_details(json!({ "method": method })));
    }
    Ok(())
}

/// Whether status texts may be changed.
///
/// # Errors
/// `error-not-allowed`.
pub fn check_text_allowed(ctx: &Ctx, method: &'static str, reason: &'static str) -> Result<()> {
    if ctx.settings.get(keys::Accounts_AllowUserStatusMessageChange) {
        return Ok(());
    }
    Err(Error::new("error-not-allowed", reason).with_details(json!({ "method": method })))
}

/// Sets the caller's status and text, each if given. Upstream:
/// `apps/meteor/app/user-status/server/methods/setUserStatus.ts`.
///
/// # Errors
/// `error-status-not-allowed`, `error-not-allowed`.
pub async fn set_own(ctx: &Ctx, status: Option<UserStatus>, text: Option<&str>) -> Result<bool> {
    if let Some(status) = status {
        check_invisible(ctx, status, "setUserStatus")?;
    }
    if text.is_some() {
        check_text_allowed(ctx, "setUserStatus", "Not allowed")?;
    }
    let (inner, uid, text) = (ctx.clone(), ctx.caller()?.uid.clone(), text.map(str::to_owned));
    ctx.write(async move |tx| set_status(&inner, tx, &uid, status, text.as_deref()).await).await
}
