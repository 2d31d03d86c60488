//! Custom statuses over REST. Upstream: `apps/meteor/app/api/server/v1/custom-user-status.ts`.

use gantry_kernel::prelude::*;
use serde_json::Map;

use super::change::{self, CustomStatus};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<List>().endpoint::<Create>().endpoint::<Update>().endpoint::<Delete>();
}

/// The custom statuses.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct List {
    #[serde(flatten)]
    page: Page,
    /// Only those with this in their name, in any case.
    name: Option<String>,
    /// Only the one of this id.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
}

/// A page of custom statuses.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    statuses: Vec<CustomStatus>,
    count: usize,
    offset: i64,
    total: usize,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("custom-user-status.list", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(&[("name", "name"), ("statusType", "statusType")], "name ASC")?;
        let mut found = ctx.read(async move |tx| change::all(tx).await).await?;
        let part = self.name.unwrap_or_default().to_lowercase();
        found.retain(|status| {
            status.name.to_lowercase().contains(&part) && self.id.as_ref().is_none_or(|id| *id == status.id)
        });
        if order.starts_with("statusType") {
            found.sort_by(|a, b| a.status_type.cmp(&b.status_type));
        }
        if order.ends_with("DESC") {
            found.reverse();
        }
        let total = found.len();
        let skip = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(window.count).unwrap_or(usize::MAX);
        let statuses: Vec<_> = found.into_iter().skip(skip).take(take).collect();
        Ok(ListReply { count: statuses.len(), statuses, offset: window.offset, total })
    }
}

/// A custom status.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OneReply {
    custom_user_status: CustomStatus,
}

/// A parameter that is text if it is there. Upstream checks these by hand, and says so in other words than
/// elsewhere.
fn text(value: Option<Value>, key: &str) -> Result<Option<String>> {
    let kind = match value {
        None => return Ok(None),
        Some(Value::String(text)) => return Ok(Some(text)),
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(_) => "object",
    };
    Err(Error::message(format!("Match error: Expected string, got {kind} in field {key}")))
}

/// A parameter that must be there.
fn needed(value: Option<Value>, key: &str) -> Result<String> {
    text(value, key)?.ok_or_else(|| Error::message(format!("Match error: Missing key '{key}'")))
}

/// Refuses parameters that nobody knows.
fn nothing_else(others: &Map<String, Value>) -> Result<()> {
    match others.keys().next() {
        None => Ok(()),
        Some(key) => Err(Error::message(format!("Match error: Unknown key in field {key}"))),
    }
}

/// Adds a custom status.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Create {
    /// What people choose.
    name: Option<Value>,
    /// The status that it stands for: `online`, `away`, `busy` or `offline`.
    status_type: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("custom-user-status.create", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = OneReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneReply> {
        nothing_else(&self.others)?;
        let status_type = text(self.status_type, "statusType")?;
        let saved = change::save(ctx, None, needed(self.name, "name")?, status_type).await?;
        let error = "error-creating-custom-user-status";
        let status = saved.ok_or_else(|| Error::new(error, "Error creating custom user status"))?;
        Ok(OneReply { custom_user_status: status })
    }
}

/// Changes a custom status.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Update {
    /// The status.
    #[serde(rename = "_id")]
    id: Option<Value>,
    /// What people choose.
    name: Option<Value>,
    /// The status that it stands for; what it stood for if it is left out.
    status_type: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("custom-user-status.update", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = OneReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneReply> {
        nothing_else(&self.others)?;
        let status_type = text(self.status_type, "statusType")?;
        let (id, name) = (needed(self.id, "_id")?, needed(self.name, "name")?);
        let unknown = || Error::message(format!("No custom user status found with the id of \"{id}\"."));
        let sought = id.clone();
        // All people may see which statuses there are, so this may be said before the rights are looked at.
        if !ctx.read(async move |tx| change::exists(tx, &sought).await).await? {
            return Err(unknown());
        }
        let saved = change::save(ctx, Some(id.clone()), name, status_type).await?;
        let status = saved.ok_or_else(unknown)?;
        Ok(OneReply { custom_user_status: status })
    }
}

/// Removes a custom status.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Delete {
    /// The status.
    custom_user_status_id: Option<String>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("custom-user-status.delete", "custom-user-status");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        match self.custom_user_status_id.filter(|id| !id.is_empty()) {
            Some(id) => change::remove(ctx, id).await,
            None => Err(Error::message("The \"customUserStatusId\" params is required!")),
        }
    }
}
