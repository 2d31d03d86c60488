//! Making, changing and removing outgoing webhooks.
//! Upstream: `apps/meteor/app/integrations/server/methods/outgoing`, `lib/validateOutgoingIntegration.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;

use super::super::record::{self, Integration, Maker, Side};
use super::super::rules::{self, refuse};
use super::super::wish::Wish;
use super::facts::Happening;

/// Channels that stand for many rooms.
const SCOPES: [&str; 3] = ["all_public_channels", "all_private_groups", "all_direct_messages"];

/// The caller makes an outgoing webhook.
///
/// # Errors
/// `not_authorized` and what [`valid`] refuses.
pub(crate) async fn add(ctx: &Ctx, tx: &Tx, wish: &Wish) -> Result<Integration> {
    wish.is_complete()?;
    if !ctx.may(Side::Outgoing.manage()) && !ctx.may(Side::Outgoing.manage_own()) {
        return Err(Error::code("not_authorized"));
    }
    rules::check_script(wish, None)?;
    let mut integration = Integration {
        id: ctx.ids.id(),
        kind: Side::Outgoing.kind().to_owned(),
        created_at: ctx.now,
        created_by: Maker::caller(ctx)?,
        ..Integration::default()
    };
    valid(ctx, tx, wish, &mut integration).await?;
    record::save(tx, &integration).await?;
    Ok(integration)
}

/// The caller changes an outgoing webhook.
///
/// # Errors
/// `not_authorized`, `error-invalid-token`, `invalid_integration`, and what [`valid`] refuses.
pub(crate) async fn update(ctx: &Ctx, tx: &Tx, id: &str, wish: &Wish) -> Result<Integration> {
    const METHOD: &str = "updateOutgoingIntegration";
    rules::may_add(ctx, Side::Outgoing, METHOD)?;
    let before = record::by_id(tx, id).await?.filter(|found| found.side() == Side::Outgoing);
    let mut integration = before.clone().unwrap_or_default();
    valid(ctx, tx, wish, &mut integration).await?;
    if Wish::filled(wish.token.as_ref()).is_none() {
        return Err(refuse("error-invalid-token", "Invalid token", METHOD));
    }
    let before = before.filter(|found| rules::may_manage(ctx, found)).ok_or_else(|| {
        Error::new("invalid_integration", "[methods] updateOutgoingIntegration -> integration not found")
    })?;
    rules::check_script(wish, Some(&before))?;
    integration.updated_by = Some(Maker::caller(ctx)?);
    record::save(tx, &integration).await?;
    Ok(integration)
}

/// The caller removes an outgoing webhook with its history.
///
/// # Errors
/// `not_authorized`, `error-invalid-integration`.
pub(crate) async fn remove(ctx: &Ctx, tx: &Tx, id: &str) -> Result<()> {
    let integration = rules::managed(ctx, tx, Side::Outgoing, id, "deleteOutgoingIntegration").await?;
    record::remove(tx, &integration.id).await
}

/// Checks a wish and takes it over.
///
/// # Errors
/// `error-invalid-event-type`, `error-invalid-username`, `error-invalid-targetRoom`, `error-invalid-urls`,
/// `error-invalid-channel`, `error-invalid-channel-start-with-chars`, `error-invalid-permissions`,
/// `error-invalid-user`, `error-invalid-room`.
async fn valid(ctx: &Ctx, tx: &Tx, wish: &Wish, integration: &mut Integration) -> Result<()> {
    let invalid = |code: &'static str, reason: &'static str, function: &str| {
        let function = format!("validateOutgoing{function}");
        Error::new(code, reason).with_details(json!({ "function": function }))
    };
    let required = "._verifyRequiredFields";
    let happening = wish
        .event
        .as_deref()
        .and_then(Happening::named)
        .ok_or_else(|| invalid("error-invalid-event-type", "Invalid event type", required))?;
    let username = Wish::filled(wish.username.as_ref())
        .ok_or_else(|| invalid("error-invalid-username", "Invalid username", required))?;
    if happening.wants_target_room() && Wish::filled(wish.target_room.as_ref()).is_none() {
        return Err(invalid("error-invalid-targetRoom", "Invalid Target Room", required));
    }
    let mut urls = wish.urls.clone().unwrap_or_default();
    urls.retain(|url| !url.trim().is_empty());
    if urls.is_empty() {
        return Err(invalid("error-invalid-urls", "Invalid URLs", required));
    }
    let mut channel = Vec::new();
    if happening.has_channel() {
        let list = Wish::filled(wish.channel.as_ref())
            .ok_or_else(|| invalid("error-invalid-channel", "Invalid Channel", ""))?;
        channel.extend(list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
        let known =
            |name: &String| name.starts_with(['@', '#']) || SCOPES.contains(&name.to_lowercase().as_str());
        if !channel.iter().all(known) {
            return Err(invalid(
                "error-invalid-channel-start-with-chars",
                "Invalid channel. Start with @ or #",
                "",
            ));
        }
    } else if !ctx.may(Side::Outgoing.manage()) {
        return Err(invalid(
            "error-invalid-permissions",
            "Invalid permission for required Integration creation.",
            "",
        ));
    }
    let user = users::by_username(tx, username).await?.ok_or_else(|| {
        invalid("error-invalid-user", "Invalid user (did you delete the `rocket.cat` user?)", "")
    })?;
    check_rooms(ctx, tx, &mut channel).await?;

    let words = wish.trigger_words.clone().filter(|_| happening.has_trigger_words());
    integration.trigger_words =
        words.map(|words| words.into_iter().filter(|word| !word.trim().is_empty()).collect());
    integration.event = Some(happening.name().to_owned());
    integration.username = user.username.clone().unwrap_or_default();
    integration.user_id.clone_from(&user.id);
    integration.urls = Some(urls);
    integration.channel = channel;
    integration.name = wish.name.clone().unwrap_or_default();
    integration.enabled = wish.enabled.unwrap_or(false);
    integration.alias.clone_from(&wish.alias);
    integration.avatar.clone_from(&wish.avatar);
    integration.emoji.clone_from(&wish.emoji);
    integration.token.clone_from(&wish.token);
    integration.target_room.clone_from(&wish.target_room);
    integration.impersonate_user = wish.impersonate_user;
    integration.trigger_word_anywhere = wish.trigger_word_anywhere;
    integration.run_on_edits = wish.run_on_edits;
    retries(wish, integration);
    rules::set_script(integration, wish);
    integration.updated_at = ctx.now;
    Ok(())
}

fn retries(wish: &Wish, integration: &mut Integration) {
    let count = wish.retry_count.map(|count| count as i64);
    integration.retry_failed_calls = wish.retry_failed_calls;
    if wish.retry_failed_calls == Some(true) {
        integration.retry_count = Some(count.filter(|count| *count > 0).unwrap_or(4));
        let delay = Wish::filled(wish.retry_delay.as_ref()).map(str::to_lowercase);
        integration.retry_delay = Some(delay.unwrap_or_else(|| "powers-of-ten".to_owned()));
    } else {
        integration.retry_count = count;
        integration.retry_delay.clone_from(&wish.retry_delay);
    }
}

/// Everybody who may make outgoing webhooks may listen to public channels; private groups and direct rooms as
/// a whole are for those who manage all integrations.
async fn check_rooms(ctx: &Ctx, tx: &Tx, channel: &mut [String]) -> Result<()> {
    let details = json!({ "function": "validateOutgoing._verifyUserHasPermissionForChannels" });
    let mut named = Vec::new();
    for name in channel {
        let lower = name.to_lowercase();
        if !SCOPES.contains(&lower.as_str()) {
            named.push(name.clone());
            continue;
        }
        if lower != "all_public_channels" && !ctx.may(Side::Outgoing.manage()) {
            return Err(Error::new("error-invalid-channel", "Invalid Channel").with_details(details));
        }
        *name = lower;
    }
    rules::check_channels(ctx, tx, Side::Outgoing, &named, &details).await
}
