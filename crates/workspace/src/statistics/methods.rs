//! Statistics over DDP.

use gantry_kernel::prelude::*;

use super::gather;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<GetStatistics>();
}

/// `getStatistics(refresh?)`.
#[derive(Deserialize)]
struct GetStatistics {
    refresh: Option<bool>,
}

impl Method for GetStatistics {
    const SPEC: MethodSpec = MethodSpec::new("getStatistics", "statistics");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        if !ctx.may("view-statistics") {
            return Err(Error::new("error-not-allowed", "Not allowed")
                .with_details(json!({ "method": "getStatistics" })));
        }
        gather::newest(ctx, self.refresh.unwrap_or(false)).await
    }
}
