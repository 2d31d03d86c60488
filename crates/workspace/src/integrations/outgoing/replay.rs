//! Making a call again from its history.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::messages::rows as messages;
use gantry_messaging::rooms::rows as rooms;

use super::super::record::Side;
use super::super::rules::{self, refuse};
use super::facts::{Facts, Happening, shown};
use super::{history, queue};

/// The caller has a call of an outgoing webhook made again, with what happened looked up anew.
///
/// # Errors
/// `error-invalid-integration`, `error-invalid-integration-history`, `history-data-must-be-defined`.
pub(crate) async fn replay(ctx: &Ctx, tx: &Tx, integration: &str, entry: &str) -> Result<()> {
    const METHOD: &str = "replayOutgoingIntegration";
    let integration = rules::managed(ctx, tx, Side::Outgoing, integration, METHOD)
        .await
        .map_err(|error| if error.is("not_authorized") { invalid() } else { error })?;
    let entry = history::find(tx, &integration.id, entry)
        .await?
        .ok_or_else(|| refuse("error-invalid-integration-history", "Invalid Integration History", METHOD))?;
    let data = entry.get("data").filter(|data| data.as_object().is_some_and(|data| !data.is_empty()));
    let Some(data) = data else {
        return Err(Error::new(
            "history-data-must-be-defined",
            "The history data must be defined to replay an integration.",
        ));
    };
    let event = entry.get("event").and_then(Value::as_str).and_then(Happening::named);
    let event = event.ok_or_else(invalid)?;
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut facts = Facts::new(event, ctx.now);
    facts.message = messages::by_id(tx, &text(data, "message_id")).await?;
    facts.room = rooms::by_id(tx, &text(data, "channel_id")).await?;
    let user = users::by_id(tx, &text(data, "user_id")).await?;
    facts.user = user.as_ref().map(shown).transpose()?;
    if let Some(owner) = data.get("owner") {
        let owner = users::by_id(tx, &text(owner, "_id")).await?;
        facts.owner = owner.as_ref().map(shown).transpose()?;
    }
    let url = Some(text(&entry, "url")).filter(|url| !url.is_empty());
    let urls = match url {
        Some(url) => vec![url],
        None => integration.urls.clone().unwrap_or_default(),
    };
    queue::add(ctx, tx, &integration, &urls, &facts).await
}

fn invalid() -> Error {
    refuse("error-invalid-integration", "Invalid integration", "replayOutgoingIntegration")
}
