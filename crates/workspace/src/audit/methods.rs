//! Auditing over DDP.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;

use super::log;
use super::messages::{self, Question};

const TAG: &str = "audit";

pub(super) fn register(registry: &mut Registry) {
    registry.method::<GetMessages>().method::<GetAuditions>();
}

/// `auditGetMessages({rid, startDate, endDate, users, msg, type})`: answers the messages.
#[derive(Deserialize)]
struct GetMessages {
    question: Question,
}

impl Method for GetMessages {
    const SPEC: MethodSpec = MethodSpec::new("auditGetMessages", TAG).rate(10, 60_000);
    type Guard = LoggedIn;
    type Reply = Vec<RawJson>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<RawJson>> {
        if !ctx.may("can-audit") {
            return Err(Error::code("Not allowed"));
        }
        let question = self.question;
        let (found, fields) = ctx.read(async move |tx| messages::find(tx, &question).await).await?;
        let (inner, results) = (ctx.clone(), found.len());
        // Nobody sees anything that is not written down first.
        ctx.write(async move |tx| log::write(&inner, tx, results, fields.clone()).await).await?;
        if let Err(error) = crate::statistics::count(ctx, &["Message_Auditing_Panel_Load_Count"]).await {
            tracing::warn!(%error, "an audit was not counted");
        }
        Ok(found)
    }
}

/// `auditGetAuditions({startDate, endDate})`: answers what auditors looked at.
#[derive(Deserialize)]
struct GetAuditions {
    period: Period,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Period {
    start_date: Timestamp,
    end_date: Timestamp,
}

impl Method for GetAuditions {
    const SPEC: MethodSpec = MethodSpec::new("auditGetAuditions", TAG).rate(10, 60_000);
    type Guard = LoggedIn;
    type Reply = Vec<Value>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<Value>> {
        if !ctx.may("can-audit-log") {
            return Err(Error::code("Not allowed"));
        }
        let Period { start_date, end_date } = self.period;
        ctx.read(async move |tx| log::between(tx, start_date, end_date).await).await
    }
}
