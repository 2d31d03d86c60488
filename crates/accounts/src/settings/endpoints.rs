//! Settings over REST. Upstream: `apps/meteor/app/api/server/v1/settings.ts`.

use gantry_kernel::dispatch;
use gantry_kernel::prelude::*;
use gantry_kernel::settings::Kind;
use serde::Deserializer;

use super::list::{self, Listed, Scope};
use super::{change, login_services, oauth};
use crate::users::password_policy::PasswordPolicy;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Public>()
        .endpoint::<All>()
        .endpoint::<SaveMany>()
        .endpoint::<One>()
        .endpoint::<SaveOne>()
        .endpoint::<OAuth>()
        .endpoint::<AddCustomOAuth>()
        .endpoint::<ServiceConfigurations>()
        .endpoint::<Policy>();
}

/// The settings that everybody may see.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Public {
    #[serde(flatten)]
    page: Page,
    /// Ids, separated by commas; all without it.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// `{"_id": {"$in": […]}}`, as older apps name the settings that they need.
    query: Option<String>,
}

impl Endpoint for Public {
    const SPEC: Spec = Spec::get("settings.public", "settings");
    type Guard = Anyone;
    type Reply = Listed;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Listed> {
        let ids = list::ids(self.id.as_deref(), self.query.as_deref());
        list::list(ctx, &self.page, ids, &Scope { public_only: true, defaults: false })
    }
}

/// All settings that are not hidden, or the public ones without the permission `view-privileged-setting`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct All {
    #[serde(flatten)]
    page: Page,
    /// Ids, separated by commas; all without it.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// `{"_id": {"$in": […]}}`.
    query: Option<String>,
    /// Show the values before anybody changed them too, as `packageValue`.
    include_defaults: Option<bool>,
}

impl Endpoint for All {
    const SPEC: Spec = Spec::get("settings", "settings");
    type Guard = LoggedIn;
    type Reply = Listed;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Listed> {
        let ids = list::ids(self.id.as_deref(), self.query.as_deref());
        let scope = Scope {
            public_only: !ctx.may("view-privileged-setting"),
            defaults: self.include_defaults.unwrap_or(false),
        };
        list::list(ctx, &self.page, ids, &scope)
    }
}

/// Changes several settings: all or none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveMany {
    /// The settings and their new values.
    #[schemars(length(min = 1))]
    settings: Vec<NewValue>,
}

/// A setting and its new value.
#[derive(Deserialize, JsonSchema)]
struct NewValue {
    /// The setting.
    #[serde(rename = "_id")]
    id: String,
    /// Of the setting's own type.
    value: Value,
}

impl Endpoint for SaveMany {
    const SPEC: Spec = Spec::post("settings", "settings").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let values = self.settings.into_iter().map(|new| (new.id, new.value)).collect();
        change::save_as_caller(ctx, values).await.map_err(|error| {
            if error.is("error-action-not-allowed") { error.with_status(403) } else { error }
        })
    }
}

/// The value of one setting.
#[derive(Deserialize, JsonSchema)]
struct One {
    /// The setting.
    #[serde(rename = "_id")]
    id: String,
}

/// A setting's value.
#[derive(Serialize, JsonSchema)]
struct OneReply {
    #[serde(rename = "_id")]
    id: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    value: Value,
}

impl Endpoint for One {
    const SPEC: Spec = Spec::get("settings/:_id", "settings").needs_all(&["view-privileged-setting"]);
    type Guard = LoggedIn;
    type Reply = OneReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneReply> {
        shown(ctx, &self.id)?;
        let value = ctx.settings.value(&self.id).map(|value| Value::clone(&value)).unwrap_or_default();
        Ok(OneReply { id: self.id, value })
    }
}

/// The kind of a setting that people can see.
///
/// # Errors
/// An empty refusal for one that does not exist or is hidden.
fn shown(ctx: &Ctx, id: &str) -> Result<Kind> {
    let definition = ctx.settings.definition(id).filter(|_| !ctx.settings.is_hidden(id));
    definition.map(|definition| definition.kind).ok_or_else(Error::nothing)
}

/// Changes one setting, or runs what an action setting stands for.
#[derive(Deserialize, JsonSchema)]
struct SaveOne {
    /// The setting.
    #[serde(rename = "_id")]
    id: String,
    /// The new value. Numbers and booleans may be written as text; null empties the setting.
    #[serde(default, deserialize_with = "given")]
    value: Option<Value>,
    /// The new value of a colour, when `value` is absent.
    color: Option<String>,
    /// How a colour is edited from now on: `color` or `expression`.
    editor: Option<String>,
    /// Run the action.
    execute: Option<bool>,
}

impl Endpoint for SaveOne {
    const SPEC: Spec = Spec::post("settings/:_id", "settings")
        .needs_all(&["edit-privileged-setting"])
        .two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let kind = shown(ctx, &self.id)?;
        if kind == Kind::Action && self.execute == Some(true) {
            return run(ctx, &self.id).await;
        }
        let color = self.color.filter(|_| kind == Kind::Color).map(Value::from);
        let value = self.value.or(color).ok_or_else(Error::nothing)?;
        let value = if value.is_null() { empty(kind) } else { value };
        match self.editor {
            Some(editor) if kind == Kind::Color => change::save_color(ctx, &self.id, value, editor).await,
            _ => change::save_one(ctx, &self.id, value).await,
        }
    }
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(input: D) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}

/// What a setting of this kind is without a value.
fn empty(kind: Kind) -> Value {
    match kind {
        Kind::Boolean => false.into(),
        kind if kind.is_number() => 0.into(),
        kind if kind.is_list() => json!([]),
        Kind::Asset => json!({}),
        _ => "".into(),
    }
}

/// Calls the method that an action setting names.
async fn run(ctx: &Ctx, id: &str) -> Result<()> {
    let value = ctx.settings.value(id).unwrap_or_default();
    let method = value.as_str().or_else(|| value["method"].as_str()).ok_or_else(Error::nothing)?;
    dispatch::call_method(method, Vec::new(), &mut ctx.clone()).await?;
    Ok(())
}

/// The sign-in services as apps show them.
#[derive(Deserialize, JsonSchema)]
struct OAuth {}

/// Sign-in services that are switched on.
#[derive(Serialize, JsonSchema)]
struct OAuthReply {
    services: Vec<Value>,
}

impl Endpoint for OAuth {
    const SPEC: Spec = Spec::get("settings.oauth", "settings");
    type Guard = Anyone;
    type Reply = OAuthReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<OAuthReply> {
        let services = login_services(&ctx.settings);
        Ok(OAuthReply { services: services.iter().map(|service| service.summary()).collect() })
    }
}

/// Adds the settings of a custom sign-in service.
#[derive(Deserialize, JsonSchema)]
struct AddCustomOAuth {
    /// Name of the service.
    name: Option<String>,
}

impl Endpoint for AddCustomOAuth {
    const SPEC: Spec = Spec::post("settings.addCustomOAuth", "settings").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        match self.name.filter(|name| !name.trim().is_empty()) {
            Some(name) => oauth::add(ctx, &name).await,
            None => Err(Error::new("error-name-param-not-provided", "The parameter \"name\" is required")),
        }
    }
}

/// The configurations of the sign-in services, without their secrets.
#[derive(Deserialize, JsonSchema)]
struct ServiceConfigurations {}

/// Configurations of sign-in services.
#[derive(Serialize, JsonSchema)]
struct ServiceConfigurationsReply {
    configurations: Vec<Value>,
}

impl Endpoint for ServiceConfigurations {
    const SPEC: Spec = Spec::get("service.configurations", "settings");
    type Guard = Anyone;
    type Reply = ServiceConfigurationsReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<ServiceConfigurationsReply> {
        let services = login_services(&ctx.settings);
        let configurations = services.iter().map(|service| service.document()).collect();
        Ok(ServiceConfigurationsReply { configurations })
    }
}

/// What passwords have to fulfil.
#[derive(Deserialize, JsonSchema)]
struct Policy {}

impl Endpoint for Policy {
    const SPEC: Spec = Spec::get("pw.getPolicy", "settings");
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        Ok(PasswordPolicy::of(&ctx.settings).describe())
    }
}
