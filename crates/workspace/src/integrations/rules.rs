//! Who may manage integrations, and which rooms they may name.

use gantry_accounts::{roles, users};
use gantry_kernel::prelude::*;
use gantry_messaging::{rooms, subscriptions};
use gantry_protocol::objects::User;

use super::record::{self, Integration, Side};
use super::script;
use super::wish::Wish;

/// The only engine there is, by the name that clients know.
pub(crate) const ENGINE: &str = "isolated-vm";

pub(crate) fn refuse(code: &'static str, reason: &'static str, method: &str) -> Error {
    Error::new(code, reason).with_details(json!({ "method": method }))
}

pub(crate) fn unauthorized(method: &str) -> Error {
    refuse("not_authorized", "Unauthorized", method)
}

/// Whether the caller may make integrations of that kind.
///
/// # Errors
/// `not_authorized`.
pub(crate) fn may_add(ctx: &Ctx, side: Side, method: &str) -> Result<()> {
    if ctx.may(side.manage()) || ctx.may(side.manage_own()) { Ok(()) } else { Err(unauthorized(method)) }
}

/// Whether the caller may look at an integration and change it.
pub(crate) fn may_manage(ctx: &Ctx, integration: &Integration) -> bool {
    let side = integration.side();
    ctx.may(side.manage()) || (integration.created_by.id == ctx.uid() && ctx.may(side.manage_own()))
}

/// The integration of that id and kind, for somebody who may change it.
///
/// # Errors
/// `not_authorized`, `error-invalid-integration`: also for one of somebody else.
pub(crate) async fn managed(ctx: &Ctx, tx: &Tx, side: Side, id: &str, method: &str) -> Result<Integration> {
    may_add(ctx, side, method)?;
    record::by_id(tx, id)
        .await?
        .filter(|integration| integration.side() == side && may_manage(ctx, integration))
        .ok_or_else(|| refuse("error-invalid-integration", "Invalid integration", method))
}

/// Checks that the rooms and people exist and that the caller may use them: members may, and whoever manages
/// all integrations of the kind and their own.
///
/// # Errors
/// `error-invalid-room`, `error-invalid-channel`.
pub(crate) async fn check_channels(
    ctx: &Ctx,
    tx: &Tx,
    side: Side,
    channels: &[String],
    details: &Value,
) -> Result<()> {
    let free = ctx.may(side.manage()) && ctx.may(side.manage_own());
    for channel in channels {
        let id = match channel.split_at_checked(1) {
            Some(("#", name)) => rooms::rows::by_id_or_name(tx, name).await?.map(|room| room.id),
            Some(("@", name)) => match users::by_id(tx, name).await? {
                Some(user) => Some(user.id),
                None => users::by_username(tx, name).await?.map(|user| user.id),
            },
            _ => None,
        };
        let id =
            id.ok_or_else(|| Error::new("error-invalid-room", "Invalid room").with_details(details.clone()))?;
        if !free && !subscriptions::rows::exists(tx, &id, ctx.uid()).await? {
            return Err(Error::new("error-invalid-channel", "Invalid Channel").with_details(details.clone()));
        }
    }
    Ok(())
}

/// Whether a script may be stored.
///
/// # Errors
/// `integration-scripts-disabled` while scripts are frozen, `integration-scripts-unknown-engine`.
pub(crate) fn check_script(wish: &Wish, before: Option<&Integration>) -> Result<()> {
    let script = wish.script.as_deref().unwrap_or_default().trim();
    let engine = wish.script_engine.as_deref().unwrap_or(ENGINE);
    let same = before.is_some_and(|before| {
        before.script.as_deref().unwrap_or_default().trim() == script
            && before.script_engine.as_deref().unwrap_or(ENGINE) == engine
    });
    if script.is_empty() || same {
        return Ok(());
    }
    if script::frozen() {
        return Err(Error::message("integration-scripts-disabled"));
    }
    if engine != ENGINE {
        return Err(Error::message("integration-scripts-unknown-engine"));
    }
    Ok(())
}

/// Takes over the script of a wish, parsed: either it runs or it has an error.
pub(crate) fn set_script(integration: &mut Integration, wish: &Wish) {
    if script::frozen() {
        return;
    }
    integration.script.clone_from(&wish.script);
    integration.script_enabled = wish.script_enabled.unwrap_or(false);
    integration.script_engine = Some(wish.script_engine.clone().unwrap_or_else(|| ENGINE.to_owned()));
    let source = integration.script.as_deref().filter(|script| !script.trim().is_empty());
    (integration.script_compiled, integration.script_error) = match source {
        Some(source) if integration.script_enabled => match script::syntax_error(source) {
            None => (Some(source.to_owned()), None),
            error => (None, error),
        },
        _ => (None, None),
    };
}

/// Makes sure that the user an integration posts as may show another name and picture.
pub(crate) async fn make_bot(ctx: &Ctx, tx: &Tx, user: &User) -> Result<()> {
    roles::grant(ctx, tx, user, "bot").await
}
