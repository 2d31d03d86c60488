//! `integrations.*`. Upstream: `apps/meteor/app/api/server/v1/integrations.ts`.

use std::borrow::Cow;

use gantry_kernel::prelude::*;
use schemars::{Schema, SchemaGenerator};

use super::incoming::change as incoming;
use super::outgoing::{change as outgoing, history, replay};
use super::record::{self, Filter, Integration, SORTS, Side};
use super::rules;
use super::wish::{self, Wish};

const TAG: &str = "integrations";
/// Each of these opens the lists.
pub(super) const ANY: &[&str] = &[
    "manage-outgoing-integrations",
    "manage-own-outgoing-integrations",
    "manage-incoming-integrations",
    "manage-own-incoming-integrations",
];
const OUTGOING: &[&str] = &["manage-outgoing-integrations", "manage-own-outgoing-integrations"];

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Create>()
        .endpoint::<Update>()
        .endpoint::<Remove>()
        .endpoint::<Get>()
        .endpoint::<List>()
        .endpoint::<History>()
        .endpoint::<ClearHistory>()
        .endpoint::<ReplayOutgoing>();
}

/// An integration.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct One {
    integration: Integration,
}

macro_rules! wishes {
    ($($name:ident: $schema:path),+ $(,)?) => { $(
        #[derive(Debug, Deserialize)]
        #[serde(transparent)]
        struct $name {
            wish: Wish,
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema()
            }
        }
    )+ };
}

wishes!(Create: wish::create_schema, Update: wish::update_schema, Remove: wish::remove_schema);

fn invalid_type() -> Error {
    Error::message("Invalid integration type.")
}

fn not_found() -> Error {
    Error::message("No integration found.")
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("integrations.create", TAG);
    type Guard = LoggedIn;
    type Reply = One;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<One> {
        let (inner, wish) = (ctx.clone(), self.wish);
        ctx.write(async move |tx| {
            let integration = match wish.kind.as_str() {
                "webhook-outgoing" => outgoing::add(&inner, tx, &wish).await?,
                "webhook-incoming" => incoming::add(&inner, tx, &wish).await?,
                _ => return Err(invalid_type()),
            };
            Ok(One { integration })
        })
        .await
    }
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::put("integrations.update", TAG);
    type Guard = LoggedIn;
    type Reply = One;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<One> {
        let (inner, wish) = (ctx.clone(), self.wish);
        ctx.write(async move |tx| {
            let integration = match wish.kind.as_str() {
                "webhook-outgoing" => {
                    let found = named(tx, &wish).await?.ok_or_else(not_found)?;
                    outgoing::update(&inner, tx, &found.id, &wish).await?
                }
                "webhook-incoming" => {
                    let id = wish.integration_id.as_deref().unwrap_or_default();
                    let found = record::by_id(tx, id).await?.ok_or_else(not_found)?;
                    incoming::update(&inner, tx, &found.id, &wish).await?
                }
                _ => return Err(invalid_type()),
            };
            Ok(One { integration })
        })
        .await
    }
}

impl Endpoint for Remove {
    const SPEC: Spec = Spec::post("integrations.remove", TAG).needs_any(ANY);
    type Guard = LoggedIn;
    type Reply = One;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<One> {
        let (inner, wish) = (ctx.clone(), self.wish);
        ctx.write(async move |tx| {
            let integration = match wish.kind.as_str() {
                "webhook-outgoing" => {
                    let found = named(tx, &wish).await?.ok_or_else(not_found)?;
                    outgoing::remove(&inner, tx, &found.id).await?;
                    found
                }
                "webhook-incoming" => {
                    let id = wish.integration_id.as_deref().unwrap_or_default();
                    let found = record::by_id(tx, id).await?.ok_or_else(not_found)?;
                    incoming::remove(&inner, tx, &found.id).await?;
                    found
                }
                _ => return Err(invalid_type()),
            };
            Ok(One { integration })
        })
        .await
    }
}

/// The integration that an address or an id names.
async fn named(tx: &Tx, wish: &Wish) -> Result<Option<Integration>> {
    match (Wish::filled(wish.target_url.as_ref()), Wish::filled(wish.integration_id.as_ref())) {
        (Some(url), _) => record::by_url(tx, url).await,
        (None, Some(id)) => record::by_id(tx, id).await,
        (None, None) => Ok(None),
    }
}

/// Describes an integration, with its token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Get {
    /// The integration.
    integration_id: String,
    /// Only if this user made it.
    created_by: Option<String>,
}

impl Endpoint for Get {
    const SPEC: Spec = Spec::get("integrations.get", TAG);
    type Guard = LoggedIn;
    type Reply = One;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<One> {
        if self.integration_id.is_empty() {
            return Err(Error::message("The query parameter \"integrationId\" is required."));
        }
        let found = ctx.read(async move |tx| record::by_id(tx, &self.integration_id).await).await?;
        let made_by = |found: &Integration| {
            self.created_by.as_deref().is_none_or(|maker| maker.is_empty() || maker == found.created_by.id)
        };
        let integration =
            found.filter(made_by).ok_or_else(|| Error::message("The integration does not exists."))?;
        if rules::may_manage(ctx, &integration) {
            Ok(One { integration })
        } else {
            Err(Error::message("not-authorized"))
        }
    }
}

/// Lists the integrations that the caller may manage.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct List {
    #[serde(flatten)]
    page: Page,
    /// Part of the name, in any case.
    name: Option<String>,
    /// `webhook-incoming` or `webhook-outgoing`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
}

/// A page of integrations.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Listed {
    pub(super) integrations: Vec<Integration>,
    pub(super) offset: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<usize>,
    pub(super) count: usize,
    pub(super) total: i64,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("integrations.list", TAG).needs_any(ANY);
    type Guard = LoggedIn;
    type Reply = Listed;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Listed> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(SORTS, "i.created_at ASC")?;
        let filter =
            Filter { name: self.name, kind: self.kind.filter(|kind| !kind.is_empty()), channels: None };
        let inner = ctx.clone();
        let (integrations, total) =
            ctx.read(async move |tx| record::visible(&inner, tx, &filter, &order, window).await).await?;
        let count = integrations.len();
        Ok(Listed { integrations, offset: window.offset, items: Some(count), count, total })
    }
}

/// Lists what became of an outgoing integration's calls.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct History {
    /// The integration.
    #[schemars(length(min = 1))]
    id: String,
    #[serde(flatten)]
    page: Page,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
}

/// A page of history entries, newest first.
#[derive(Debug, Serialize, JsonSchema)]
struct Entries {
    history: Vec<Value>,
    offset: i64,
    items: usize,
    count: usize,
    total: i64,
}

impl Endpoint for History {
    const SPEC: Spec = Spec::get("integrations.history", TAG).needs_any(OUTGOING);
    type Guard = LoggedIn;
    type Reply = Entries;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Entries> {
        if self.id.trim().is_empty() {
            return Err(Error::message("Invalid integration id."));
        }
        let window = self.page.window(ctx);
        let columns = &[("_updatedAt", "updated_at"), ("_createdAt", "created_at")];
        let order = self.page.order_by(columns, "updated_at DESC")?;
        let inner = ctx.clone();
        let (history, total) = ctx
            .read(async move |tx| {
                // Who manages only their own sees nothing of others.
                match record::by_id(tx, &self.id).await? {
                    Some(found) if rules::may_manage(&inner, &found) => {
                        history::page(tx, &self.id, &order, window).await
                    }
                    _ => Ok((Vec::new(), 0)),
                }
            })
            .await?;
        let count = history.len();
        Ok(Entries { history, offset: window.offset, items: count, count, total })
    }
}

/// Removes the history of an outgoing integration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ClearHistory {
    /// The integration.
    integration_id: String,
}

impl Endpoint for ClearHistory {
    const SPEC: Spec = Spec::post("integrations.clearHistory", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        clear_history(ctx, self.integration_id).await
    }
}

/// Removes the history and tells who looks on.
pub(super) async fn clear_history(ctx: &Ctx, id: String) -> Result<()> {
    let inner = ctx.clone();
    let cleared = ctx
        .write(async move |tx| {
            rules::managed(&inner, tx, Side::Outgoing, &id, "clearIntegrationHistory").await?;
            history::clear(tx, &id).await?;
            Ok(id.clone())
        })
        .await?;
    history::publish(ctx, &cleared, &json!({ "type": "removed", "id": cleared }));
    Ok(())
}

/// Has a call of an outgoing integration made again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReplayOutgoing {
    /// The integration.
    integration_id: String,
    /// The history entry of the call.
    history_id: String,
}

impl Endpoint for ReplayOutgoing {
    const SPEC: Spec = Spec::post("integrations.replayOutgoing", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| replay::replay(&inner, tx, &self.integration_id, &self.history_id).await)
            .await
    }
}
