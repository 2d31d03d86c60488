//! Settings over DDP.

use std::sync::OnceLock;

use gantry_kernel::prelude::*;
use gantry_kernel::settings::{Catalogue, Selection, Settings};

use super::{change, oauth};

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<Public>()
        .method::<Private>()
        .method::<SaveSettings>()
        .method::<SaveSetting>()
        .method::<AddOAuthService>()
        .method::<RemoveOAuthService>()
        .method::<RefreshOAuthService>()
        .method::<SetupWizard>()
        .method::<ConfigureLoginService>();
}

/// `public-settings/get(since?)`: what everybody may see, as a list, or what has changed since.
#[derive(Deserialize)]
struct Public {
    since: Option<Timestamp>,
}

impl Method for Public {
    const SPEC: MethodSpec = MethodSpec::new("public-settings/get", "settings");
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        let found = ctx.settings.public(&Selection { since: self.since, ..Selection::default() });
        answer(ctx, found, self.since).await
    }
}

/// `private-settings/get(since?)`: what the caller may see or change.
#[derive(Deserialize)]
struct Private {
    since: Option<Timestamp>,
}

impl Method for Private {
    const SPEC: MethodSpec = MethodSpec::new("private-settings/get", "settings");
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        let everything = ctx.may("view-privileged-setting") || ctx.may("edit-privileged-setting");
        if !everything && !ctx.may("manage-selected-settings") {
            return Ok(json!([]));
        }
        let mut found = ctx.settings.all(&Selection { since: self.since, ..Selection::default() });
        if !everything {
            found.retain(|setting| {
                let id = setting["_id"].as_str().unwrap_or_default();
                ctx.may(&format!("{}{id}", gantry_kernel::permissions::SETTING_PREFIX))
            });
        }
        answer(ctx, found, self.since).await
    }
}

/// A list, or with a date `{update, remove}`.
async fn answer(ctx: &Ctx, found: Vec<Value>, since: Option<Timestamp>) -> Result<Value> {
    let Some(since) = since else { return Ok(Value::Array(found)) };
    let removed = ctx.read(async move |tx| Ok(Settings::removed_since(tx, since).await?)).await?;
    let removed: Vec<Value> =
        removed.into_iter().map(|(id, at)| json!({ "_id": id, "_deletedAt": at })).collect();
    Ok(json!({ "update": found, "remove": removed }))
}

/// `saveSettings([{_id, value}])`.
#[derive(Deserialize)]
struct SaveSettings {
    settings: Option<Vec<NewValue>>,
}

#[derive(Deserialize)]
struct NewValue {
    #[serde(rename = "_id")]
    id: String,
    value: Value,
}

impl Method for SaveSettings {
    const SPEC: MethodSpec = MethodSpec::new("saveSettings", "settings").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let values = self.settings.unwrap_or_default().into_iter().map(|new| (new.id, new.value)).collect();
        change::save_as_caller(ctx, values).await.map_err(as_method)?;
        Ok(true)
    }
}

/// `saveSetting(id, value, editor?)`.
#[derive(Deserialize)]
struct SaveSetting {
    id: String,
    value: Value,
    editor: Option<String>,
}

impl Method for SaveSetting {
    const SPEC: MethodSpec = MethodSpec::new("saveSetting", "settings").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        if !ctx.permissions.may_change_setting(&caller.roles, &self.id) {
            return Err(Error::new("error-action-not-allowed", "Editing settings is not allowed")
                .with_details(json!({ "method": "saveSetting", "settingId": self.id })));
        }
        change::check(ctx, &self.id, &self.value)?;
        let saved = match self.editor {
            Some(editor) => change::save_color(ctx, &self.id, self.value, editor).await,
            None => change::save_one(ctx, &self.id, self.value).await,
        };
        saved.map_err(as_method).map(|()| true)
    }
}

/// Methods say of a value of the wrong type what they say of all parameters.
fn as_method(error: Error) -> Error {
    if error.is("error-invalid-setting-value") { Error::match_failed() } else { error }
}

/// `addOAuthService(name)`.
#[derive(Deserialize)]
struct AddOAuthService {
    name: String,
}

impl Method for AddOAuthService {
    const SPEC: MethodSpec = MethodSpec::new("addOAuthService", "settings");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        oauth::add(ctx, &self.name).await
    }
}

/// `removeOAuthService(name)`.
#[derive(Deserialize)]
struct RemoveOAuthService {
    name: String,
}

impl Method for RemoveOAuthService {
    const SPEC: MethodSpec = MethodSpec::new("removeOAuthService", "settings");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        oauth::remove(ctx, &self.name).await
    }
}

/// `refreshOAuthService()`: the services always follow their settings here, so there is nothing to refresh.
#[derive(Deserialize)]
struct RefreshOAuthService {}

impl Method for RefreshOAuthService {
    const SPEC: MethodSpec = MethodSpec::new("refreshOAuthService", "settings");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        if ctx.may("add-oauth-service") {
            return Ok(());
        }
        Err(Error::new("error-action-not-allowed", "Refresh OAuth Services is not allowed")
            .with_details(json!({ "method": "refreshOAuthService", "action": "Refreshing_OAuth_Services" })))
    }
}

/// `getSetupWizardParameters()`: the settings that the setup wizard asks for. It asks before anybody can log in.
#[derive(Deserialize)]
struct SetupWizard {}

/// What the wizard begins with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WizardParameters {
    settings: Vec<Value>,
    server_already_registered: bool,
}

impl Method for SetupWizard {
    const SPEC: MethodSpec = MethodSpec::new("getSetupWizardParameters", "settings");
    type Guard = Anyone;
    type Reply = WizardParameters;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<WizardParameters> {
        static ASKED: OnceLock<Vec<String>> = OnceLock::new();
        let ids = ASKED.get_or_init(|| {
            let catalogue = Catalogue::builtin();
            let asked = catalogue.definitions().iter().filter(|one| one.extra().contains_key("wizard"));
            asked.map(|definition| definition.id.to_string()).collect()
        });
        // Most of them are nobody's business once the workspace is set up.
        let asking = &*ctx.settings.get(keys::Show_Setup_Wizard) != "completed";
        let settings = if asking || ctx.may("view-privileged-setting") {
            ids.iter().filter_map(|id| ctx.settings.document(id)).collect()
        } else {
            Vec::new()
        };
        let registered = !ctx.settings.text_by_id("Cloud_Workspace_Client_Id").is_empty();
        Ok(WizardParameters { settings, server_already_registered: registered })
    }
}

/// `configureLoginService({service, …})`: Meteor lets anybody configure a service that is known and not yet
/// configured. Here services are configured by the settings alone, so there never is such a one.
#[derive(Deserialize)]
struct ConfigureLoginService {
    options: Service,
}

#[derive(Deserialize)]
struct Service {
    service: String,
}

impl Method for ConfigureLoginService {
    const SPEC: MethodSpec = MethodSpec::new("configureLoginService", "settings");
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        let service = self.options.service;
        let known = oauth::login_services(&ctx.settings).iter().any(|known| known.service == service);
        let text = if known {
            format!("Service {service} already configured")
        } else {
            "Service unknown".to_owned()
        };
        Err(Error::new("403", text).with_status(403))
    }
}
