//! Custom statuses over DDP.

use gantry_kernel::prelude::*;

use super::change::{self, CustomStatus};

pub(super) fn register(registry: &mut Registry) {
    registry.method::<List>().method::<Save>().method::<Delete>();
}

/// `listCustomUserStatus()`.
#[derive(Deserialize)]
struct List {}

impl Method for List {
    const SPEC: MethodSpec = MethodSpec::new("listCustomUserStatus", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = Vec<CustomStatus>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<CustomStatus>> {
        ctx.read(async move |tx| change::all(tx).await).await
    }
}

/// `insertOrUpdateUserStatus({_id?, name, statusType?})`: answers a new status's id, or true.
#[derive(Deserialize)]
struct Save {
    status: Wish,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
    status_type: Option<String>,
}

impl Method for Save {
    const SPEC: MethodSpec = MethodSpec::new("insertOrUpdateUserStatus", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        let Wish { id, name, status_type } = self.status;
        let id = id.filter(|id| !id.is_empty());
        let new = id.is_none();
        let saved = change::save(ctx, id, name.unwrap_or_default(), status_type).await?;
        Ok(saved.filter(|_| new).map_or_else(|| json!(true), |status| json!(status.id)))
    }
}

/// `deleteCustomUserStatus(id)`.
#[derive(Deserialize)]
struct Delete {
    id: String,
}

impl Method for Delete {
    const SPEC: MethodSpec = MethodSpec::new("deleteCustomUserStatus", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        change::remove(ctx, self.id).await.map(|()| true)
    }
}
