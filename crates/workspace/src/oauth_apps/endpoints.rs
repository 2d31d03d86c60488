//! Applications over REST. Upstream: `apps/meteor/app/api/server/v1/oauthapps.ts`.

use std::borrow::Cow;

use gantry_kernel::prelude::*;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::apps::{self, App, Wish};

const TAG: &str = "oauth-apps";

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<List>()
        .endpoint::<Get>()
        .endpoint::<Create>()
        .endpoint::<Update>()
        .endpoint::<Delete>();
}

/// Lists the applications, with their secrets.
#[derive(Deserialize, JsonSchema)]
struct List {
    /// Not used: every application is listed.
    #[serde(rename = "uid")]
    _uid: Option<String>,
}

/// The applications.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListReply {
    oauth_apps: Vec<App>,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("oauth-apps.list", TAG).needs_all(&["manage-oauth-apps"]);
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        Ok(ListReply { oauth_apps: ctx.read(async move |tx| apps::all(tx).await).await? })
    }
}

/// Shows an application; its secret only to those who may manage applications.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Get {
    #[serde(rename = "_id")]
    id: Option<String>,
    client_id: Option<String>,
    app_id: Option<String>,
}

impl JsonSchema for Get {
    fn schema_name() -> Cow<'static, str> {
        "Get".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let by = |name: &str| {
            json!({
                "type": "object",
                "properties": { name: { "type": "string" } },
                "required": [name],
                "additionalProperties": false,
            })
        };
        json_schema!({
            "description": "Shows an application; its secret only to those who may manage applications.",
            "type": "object",
            "properties": {
                "_id": { "description": "Its id.", "type": "string" },
                "clientId": { "description": "By what it names itself.", "type": "string" },
                "appId": { "description": "Its id, as former versions called it.", "type": "string" },
            },
            "oneOf": [by("_id"), by("clientId"), by("appId")],
        })
    }
}

/// An application.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GetReply {
    oauth_app: App,
}

impl Endpoint for Get {
    const SPEC: Spec = Spec::get("oauth-apps.get", TAG);
    type Guard = LoggedIn;
    type Reply = GetReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<GetReply> {
        let found = ctx
            .read(async move |tx| match (self.id.as_ref().or(self.app_id.as_ref()), &self.client_id) {
                (Some(id), _) => apps::by_id(tx, id).await,
                (None, Some(client)) => apps::by_client(tx, client).await,
                (None, None) => Ok(None),
            })
            .await?;
        let app = found.ok_or_else(|| Error::message("OAuth app not found."))?;
        let manager = ctx.may("manage-oauth-apps");
        Ok(GetReply { oauth_app: if manager { app } else { app.without_secret() } })
    }
}

/// Adds an application.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    /// What people see when they are asked.
    name: String,
    /// Whether it may get and use tokens.
    active: bool,
    /// Where people are sent back to, several separated by commas or lines.
    redirect_uri: String,
}

/// The new application.
#[derive(Serialize, JsonSchema)]
struct CreateReply {
    application: App,
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("oauth-apps.create", TAG).needs_all(&["manage-oauth-apps"]);
    type Guard = LoggedIn;
    type Reply = CreateReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<CreateReply> {
        let wish = Wish { name: self.name, active: self.active, redirect_uri: self.redirect_uri };
        Ok(CreateReply { application: apps::add(ctx, wish).await? })
    }
}

/// Changes an application.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    /// The application's id.
    app_id: String,
    /// What people see when they are asked.
    name: String,
    /// Whether it may get and use tokens.
    active: bool,
    /// Where people are sent back to, several separated by commas or lines.
    redirect_uri: String,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("oauth-apps.update", TAG).needs_all(&["manage-oauth-apps"]);
    type Guard = LoggedIn;
    type Reply = App;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<App> {
        let wish = Wish { name: self.name, active: self.active, redirect_uri: self.redirect_uri };
        apps::update(ctx, self.app_id, wish).await
    }
}

/// Removes an application and all tokens that it got. The whole answer is `true`, as upstream's.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    /// The application's id.
    app_id: String,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("oauth-apps.delete", TAG).needs_all(&["manage-oauth-apps"]).bare();
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        apps::remove(ctx, self.app_id).await.map(|()| true)
    }
}
