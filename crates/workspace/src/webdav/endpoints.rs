//! Accounts on file servers over REST. Upstream: `apps/meteor/app/api/server/v1/webdav.ts`.

use gantry_kernel::prelude::*;

use super::accounts::{self, Shown};

const TAG: &str = "webdav";

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Mine>().endpoint::<Remove>();
}

/// Lists the caller's accounts, without their passwords.
#[derive(Deserialize, JsonSchema)]
struct Mine {}

/// Accounts.
#[derive(Serialize, JsonSchema)]
struct MineReply {
    accounts: Vec<Shown>,
}

impl Endpoint for Mine {
    const SPEC: Spec = Spec::get("webdav.getMyAccounts", TAG);
    type Guard = LoggedIn;
    type Reply = MineReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<MineReply> {
        let found = ctx.read(async move |tx| accounts::of_user(tx, &caller.uid).await).await?;
        Ok(MineReply { accounts: found.iter().map(Shown::from).collect() })
    }
}

/// Removes an account of the caller.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Remove {
    /// The account.
    account_id: String,
}

/// What was removed.
#[derive(Serialize, JsonSchema)]
struct RemoveReply {
    result: Removed,
}

/// A deletion, as the database of upstream tells of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Removed {
    acknowledged: bool,
    deleted_count: i64,
}

impl Endpoint for Remove {
    const SPEC: Spec = Spec::post("webdav.removeWebdavAccount", TAG);
    type Guard = LoggedIn;
    type Reply = RemoveReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<RemoveReply> {
        let id = self.account_id;
        let removed = ctx.write(async move |tx| accounts::remove(tx, &id, &caller.uid).await).await?;
        Ok(RemoveReply { result: Removed { acknowledged: true, deleted_count: i64::from(removed) } })
    }
}
