//! Statistics over REST. Upstream: `apps/meteor/app/api/server/v1/stats.ts`.

use gantry_kernel::prelude::*;

use super::{gather, telemetry};

const TAG: &str = "statistics";

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Statistics>().endpoint::<List>().endpoint::<Telemetry>();
}

fn allow(ctx: &Ctx) -> Result<()> {
    if ctx.may("view-statistics") { Ok(()) } else { Err(Error::message("error-not-allowed")) }
}

/// Shows the workspace in numbers.
#[derive(Deserialize, JsonSchema)]
struct Statistics {
    /// `true` to count now instead of showing what was counted last.
    refresh: Option<String>,
}

impl Endpoint for Statistics {
    const SPEC: Spec = Spec::get("statistics", TAG);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        allow(ctx)?;
        gather::newest(ctx, self.refresh.as_deref() == Some("true")).await
    }
}

/// Lists what was counted before.
#[derive(Deserialize, JsonSchema)]
struct List {
    #[serde(flatten)]
    page: Page,
}

/// A page of statistics.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    statistics: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("statistics.list", TAG);
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        allow(ctx)?;
        let window = self.page.window(ctx);
        let columns = [("createdAt", "created_at"), ("_updatedAt", "created_at")];
        let order = self.page.order_by(&columns, "created_at ASC")?;
        let (statistics, total) = ctx.read(async move |tx| gather::page(tx, &order, window).await).await?;
        Ok(ListReply { count: statistics.len(), statistics, offset: window.offset, total })
    }
}

/// Counts what a client reports of its use.
#[derive(Deserialize, JsonSchema)]
struct Telemetry {
    /// What happened.
    params: Option<Vec<telemetry::Report>>,
}

impl Endpoint for Telemetry {
    const SPEC: Spec = Spec::post("statistics.telemetry", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        telemetry::count(ctx, &self.params.unwrap_or_default()).await
    }
}
