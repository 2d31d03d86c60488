//! Making, changing and removing incoming webhooks.
//! Upstream: `apps/meteor/app/integrations/server/methods/incoming`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;

use super::super::record::{self, Integration, Maker, Side};
use super::super::rules::{self, refuse};
use super::super::wish::Wish;

/// The caller makes an incoming webhook.
///
/// # Errors
/// `not_authorized`, `error-invalid-channel`, `error-invalid-channel-start-with-chars`,
/// `error-invalid-username`, `error-invalid-user`, `error-invalid-room`, and what [`rules::check_script`] refuses.
pub(crate) async fn add(ctx: &Ctx, tx: &Tx, wish: &Wish) -> Result<Integration> {
    const METHOD: &str = "addIncomingIntegration";
    wish.is_complete()?;
    rules::may_add(ctx, Side::Incoming, METHOD)?;
    let channel = channels(wish, METHOD)?;
    let username = Wish::filled(wish.username.as_ref())
        .ok_or_else(|| refuse("error-invalid-username", "Invalid username", METHOD))?;
    rules::check_script(wish, None)?;
    let user = users::by_username(tx, username)
        .await?
        .ok_or_else(|| refuse("error-invalid-user", "Invalid user", METHOD))?;
    let details = json!({ "method": METHOD });
    rules::check_channels(ctx, tx, Side::Incoming, &channel, &details).await?;
    rules::make_bot(ctx, tx, &user).await?;
    let mut integration = Integration {
        id: ctx.ids.id(),
        kind: Side::Incoming.kind().to_owned(),
        username: user.username.clone().unwrap_or_default(),
        user_id: user.id.clone(),
        token: Some(format!("{}{}", ctx.ids.id(), ctx.ids.secret().replace(['-', '_'], "x"))),
        override_destination_channel_enabled: Some(false),
        created_at: ctx.now,
        created_by: Maker::caller(ctx)?,
        ..Integration::default()
    };
    take_over(ctx, &mut integration, wish, channel);
    record::save(tx, &integration).await?;
    Ok(integration)
}

/// The caller changes an incoming webhook.
///
/// # Errors
/// As [`add`], and `error-invalid-integration`, `error-invalid-post-as-user`.
pub(crate) async fn update(ctx: &Ctx, tx: &Tx, id: &str, wish: &Wish) -> Result<Integration> {
    const METHOD: &str = "updateIncomingIntegration";
    let channel = channels(wish, METHOD)?;
    let mut integration = rules::managed(ctx, tx, Side::Incoming, id, METHOD).await?;
    rules::check_script(wish, Some(&integration))?;
    let details = json!({ "method": METHOD });
    rules::check_channels(ctx, tx, Side::Incoming, &channel, &details).await?;
    let user = users::by_username(tx, &integration.username)
        .await?
        .ok_or_else(|| refuse("error-invalid-post-as-user", "Invalid Post As User", METHOD))?;
    rules::make_bot(ctx, tx, &user).await?;
    take_over(ctx, &mut integration, wish, channel);
    integration.updated_by = Some(Maker::caller(ctx)?);
    record::save(tx, &integration).await?;
    Ok(integration)
}

/// The caller removes an incoming webhook.
///
/// # Errors
/// `not_authorized`, `error-invalid-integration`.
pub(crate) async fn remove(ctx: &Ctx, tx: &Tx, id: &str) -> Result<()> {
    let integration = rules::managed(ctx, tx, Side::Incoming, id, "deleteIncomingIntegration").await?;
    record::remove(tx, &integration.id).await
}

fn take_over(ctx: &Ctx, integration: &mut Integration, wish: &Wish, channel: Vec<String>) {
    integration.name = wish.name.clone().unwrap_or_default();
    integration.enabled = wish.enabled.unwrap_or(false);
    integration.alias.clone_from(&wish.alias);
    integration.avatar.clone_from(&wish.avatar);
    integration.emoji.clone_from(&wish.emoji);
    integration.channel = channel;
    if wish.override_destination_channel_enabled.is_some() {
        integration.override_destination_channel_enabled = wish.override_destination_channel_enabled;
    }
    rules::set_script(integration, wish);
    integration.updated_at = ctx.now;
}

fn channels(wish: &Wish, method: &str) -> Result<Vec<String>> {
    let list = Wish::filled(wish.channel.as_ref())
        .ok_or_else(|| refuse("error-invalid-channel", "Invalid channel", method))?;
    let channels: Vec<String> = list.split(',').map(|channel| channel.trim().to_owned()).collect();
    if channels.iter().all(|channel| channel.starts_with(['@', '#'])) {
        return Ok(channels);
    }
    Err(refuse(
        "error-invalid-channel-start-with-chars",
        "Invalid channel. Start with @ or #",
        "updateIncomingIntegration",
    ))
}
