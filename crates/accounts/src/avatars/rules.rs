//! Who may give whom a picture.

use gantry_kernel::prelude::*;

use crate::users::UserSelector;

/// Whether the caller may give others a picture.
pub(super) fn may_others(ctx: &Ctx) -> bool {
    ctx.may("edit-other-user-avatar")
}

/// Whether users may choose at all, or the caller may in spite of the setting.
///
/// # Errors
/// `error-not-allowed`.
pub(super) fn may_choose(ctx: &Ctx, reason: &'static str, method: &str) -> Result<()> {
    if ctx.settings.get(keys::Accounts_AllowUserAvatarChange) || may_others(ctx) {
        return Ok(());
    }
    Err(Error::new("error-not-allowed", reason).with_details(json!({ "method": method })))
}

/// The id and the name of the user that parameters name; the caller if they name nobody.
pub(super) async fn whom(ctx: &Ctx, selector: UserSelector) -> Result<(String, String)> {
    if selector.is_caller(ctx) {
        let caller = ctx.caller()?;
        return Ok((caller.uid.clone(), caller.username.clone()));
    }
    let user = crate::users::selected(ctx, selector).await?;
    Ok((user.id, user.username.unwrap_or_default()))
}
