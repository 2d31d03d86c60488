//! What clients report of their use. Upstream: `apps/meteor/app/statistics/server/lib/telemetryEvents.ts`.

use std::collections::BTreeMap;

use gantry_accounts::settings::Written;
use gantry_kernel::prelude::*;

/// One thing that happened in a client.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// `otrStats`, `slashCommandsStats` or `updateCounter`.
    event_name: String,
    /// The setting that counts, of `updateCounter`.
    settings_id: Option<String>,
    /// The command, of `slashCommandsStats`.
    command: Option<String>,
}

impl Report {
    /// The setting that counts it; `None` for what nobody counts.
    ///
    /// # Errors
    /// A sentence for an unknown event.
    fn counter(&self) -> Result<Option<&str>> {
        match self.event_name.as_str() {
            "otrStats" => Ok(Some("OTR_Count")),
            "slashCommandsStats" => {
                Ok((self.command.as_deref() == Some("jitsi")).then_some("Jitsi_Start_SlashCommands_Count"))
            }
            "updateCounter" => Ok(self.settings_id.as_deref()),
            _ => Err(Error::message("event not found")),
        }
    }
}

/// Counts what clients report. Only settings that are counters count: a report changes nothing else.
pub(super) async fn count(ctx: &Ctx, reports: &[Report]) -> Result<()> {
    let mut counters = Vec::new();
    for report in reports {
        if let Some(id) = report.counter()?
            && is_counter(ctx, id)
        {
            counters.push(id.to_owned());
        }
    }
    let counters: Vec<&str> = counters.iter().map(String::as_str).collect();
    increment(ctx, &counters).await
}

/// Adds one to each of these settings, as often as it is named.
///
/// # Errors
/// The database's.
pub(crate) async fn increment(ctx: &Ctx, counters: &[&str]) -> Result<()> {
    if counters.is_empty() {
        return Ok(());
    }
    // In one order, so that two calls do not wait for each other.
    let mut times: BTreeMap<String, i64> = BTreeMap::new();
    for id in counters {
        *times.entry((*id).to_owned()).or_default() += 1;
    }
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        for (id, times) in &times {
            tx.emit(Written::of(inner.settings.add(tx, id, *times, inner.now).await?));
        }
        Ok(())
    })
    .await
}

fn is_counter(ctx: &Ctx, id: &str) -> bool {
    id.ends_with("_Count")
        && ctx.settings.definition(id).is_some_and(|definition| definition.hidden && !definition.public)
        && ctx.settings.value(id).is_some_and(|value| value.is_i64())
}
