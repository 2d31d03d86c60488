//! Integrations over DDP.

use gantry_kernel::prelude::*;

use super::incoming::change as incoming;
use super::outgoing::{change as outgoing, replay};
use super::record::Integration;
use super::wish::Wish;
use super::{endpoints, rules};

const TAG: &str = "integrations";

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<AddIncoming>()
        .method::<UpdateIncoming>()
        .method::<DeleteIncoming>()
        .method::<AddOutgoing>()
        .method::<UpdateOutgoing>()
        .method::<DeleteOutgoing>()
        .method::<Replay>()
        .method::<ClearHistory>();
}

/// Makes an integration of one kind, changes it, removes it.
macro_rules! changes {
    ($add:ident, $update:ident, $delete:ident, $module:ident, $names:expr) => {
        #[derive(Deserialize)]
        struct $add {
            integration: Wish,
        }

        impl Method for $add {
            const SPEC: MethodSpec = MethodSpec::new($names[0], TAG);
            type Guard = LoggedIn;
            type Reply = Integration;

            async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Integration> {
                let inner = ctx.clone();
                ctx.write(async move |tx| $module::add(&inner, tx, &self.integration).await).await
            }
        }

        #[derive(Deserialize)]
        struct $update {
            id: String,
            integration: Wish,
        }

        impl Method for $update {
            const SPEC: MethodSpec = MethodSpec::new($names[1], TAG);
            type Guard = LoggedIn;
            type Reply = Integration;

            async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Integration> {
                let inner = ctx.clone();
                ctx.write(async move |tx| $module::update(&inner, tx, &self.id, &self.integration).await)
                    .await
            }
        }

        #[derive(Deserialize)]
        struct $delete {
            id: String,
        }

        impl Method for $delete {
            const SPEC: MethodSpec = MethodSpec::new($names[2], TAG);
            type Guard = LoggedIn;
            type Reply = bool;

            async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
                let inner = ctx.clone();
                ctx.write(async move |tx| $module::remove(&inner, tx, &self.id).await).await.map(|()| true)
            }
        }
    };
}

changes!(
    AddIncoming,
    UpdateIncoming,
    DeleteIncoming,
    incoming,
    ["addIncomingIntegration", "updateIncomingIntegration", "deleteIncomingIntegration"]
);
changes!(
    AddOutgoing,
    UpdateOutgoing,
    DeleteOutgoing,
    outgoing,
    ["addOutgoingIntegration", "updateOutgoingIntegration", "deleteOutgoingIntegration"]
);

/// `replayOutgoingIntegration({integrationId, historyId})`.
#[derive(Deserialize)]
struct Replay {
    which: Which,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Which {
    integration_id: String,
    history_id: String,
}

impl Method for Replay {
    const SPEC: MethodSpec = MethodSpec::new("replayOutgoingIntegration", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let (inner, which) = (ctx.clone(), self.which);
        ctx.write(async move |tx| replay::replay(&inner, tx, &which.integration_id, &which.history_id).await)
            .await?;
        Ok(true)
    }
}

/// `clearIntegrationHistory(integrationId)`.
#[derive(Deserialize)]
struct ClearHistory {
    id: String,
}

impl Method for ClearHistory {
    const SPEC: MethodSpec = MethodSpec::new("clearIntegrationHistory", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        rules::may_add(ctx, super::record::Side::Outgoing, "clearIntegrationHistory")?;
        endpoints::clear_history(ctx, self.id).await.map(|()| true)
    }
}
