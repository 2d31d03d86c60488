//! The services that people can sign in with, as the settings say.

use gantry_kernel::prelude::*;
use gantry_kernel::settings::{Catalogue, Selection, Settings};

use super::Written;

const CUSTOM: &str = "Accounts_OAuth_Custom-";

/// A sign-in service that is switched on. Upstream: `apps/meteor/server/lib/oauth/updateOAuthServices.ts`.
#[derive(Clone, Debug)]
pub struct LoginService {
    /// Id of the configuration: the service's name, so that clients keep it apart over restarts.
    pub id: String,
    /// Name of the service.
    pub service: String,
    /// Somebody added it to this workspace.
    pub custom: bool,
    /// The rest of the configuration as clients know it; never the secret.
    rest: serde_json::Map<String, Value>,
}

impl LoginService {
    /// The configuration without its id.
    pub fn fields(&self) -> Value {
        let mut fields = self.rest.clone();
        fields.insert("service".into(), json!(self.service));
        if self.custom {
            fields.insert("custom".into(), true.into());
        }
        Value::Object(fields)
    }

    /// The whole configuration.
    pub fn document(&self) -> Value {
        let mut document = self.fields();
        document["_id"] = json!(self.id);
        document
    }

    /// The configuration as `settings.oauth` shows it.
    pub(super) fn summary(&self) -> Value {
        if self.custom {
            return self.document();
        }
        let text = |field: &str| self.rest.get(field).cloned().unwrap_or_else(|| "".into());
        let client = ["appId", "clientId", "consumerKey"].iter().find_map(|field| self.rest.get(*field));
        json!({
            "_id": self.id,
            "name": self.service,
            "clientId": client,
            "buttonLabelText": text("buttonLabelText"),
            "buttonColor": text("buttonColor"),
            "buttonLabelColor": text("buttonLabelColor"),
            "custom": false,
        })
    }
}

/// What a custom service's configuration takes from which of its settings.
const CUSTOM_FIELDS: &[(&str, &str)] = &[
    ("clientId", "id"),
    ("serverURL", "url"),
    ("tokenPath", "token_path"),
    ("identityPath", "identity_path"),
    ("authorizePath", "authorize_path"),
    ("scope", "scope"),
    ("accessTokenParam", "access_token_param"),
    ("buttonLabelText", "button_label_text"),
    ("buttonLabelColor", "button_label_color"),
    ("buttonColor", "button_color"),
    ("loginStyle", "login_style"),
    ("tokenSentVia", "token_sent_via"),
    ("identityTokenSentVia", "identity_token_sent_via"),
    ("keyField", "key_field"),
    ("usernameField", "username_field"),
    ("emailField", "email_field"),
    ("nameField", "name_field"),
    ("avatarField", "avatar_field"),
    ("rolesClaim", "roles_claim"),
    ("groupsClaim", "groups_claim"),
    ("channelsMap", "groups_channel_map"),
    ("channelsAdmin", "channels_admin"),
    ("mergeUsers", "merge_users"),
    ("mergeUsersDistinctServices", "merge_users_distinct_services"),
    ("mapChannels", "map_channels"),
    ("mergeRoles", "merge_roles"),
    ("rolesToSync", "roles_to_sync"),
    ("showButton", "show_button"),
];

/// The services that are switched on, by name.
pub fn login_services(settings: &Settings) -> Vec<LoginService> {
    let all = settings.all(&Selection { hidden: true, ..Selection::default() });
    let on =
        all.iter().filter(|setting| setting["value"] == true).filter_map(|setting| setting["_id"].as_str());
    let mut services: Vec<LoginService> = on.filter_map(|id| service(settings, id)).collect();
    services.sort_by(|a, b| a.id.cmp(&b.id));
    services
}

/// The service that a switch stands for, `None` for other settings.
fn service(settings: &Settings, switch: &str) -> Option<LoginService> {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = |id: String| settings.value(&id).map(|value| Value::clone(&value));
    let mut rest = serde_json::Map::new();
    let mut put = |field: &str, value: Option<Value>| value.map(|value| rest.insert(field.to_owned(), value));
    if let Some(name) = switch.strip_prefix(CUSTOM).filter(|name| plain(name)) {
        for (field, setting) in CUSTOM_FIELDS {
            put(field, value(format!("{switch}-{setting}")));
        }
        let id = name.to_lowercase();
        return Some(LoginService { service: id.clone(), id, custom: true, rest });
    }
    let name = switch.strip_prefix("Accounts_OAuth_").filter(|name| plain(name))?;
    let client = match name {
        "Facebook" => "appId",
        "Twitter" => "consumerKey",
        _ => "clientId",
    };
    // Switches among a service's own settings have no client of their own.
    put(client, Some(value(format!("{switch}_id"))?));
    match name {
        "Linkedin" => {
            let permissions = json!({ "requestPermissions": ["openid", "email", "profile"] });
            put("clientConfig", Some(permissions));
        }
        "Nextcloud" => {
            for (field, setting) in [
                ("buttonLabelText", "button_label_text"),
                ("buttonLabelColor", "button_label_color"),
                ("buttonColor", "button_color"),
            ] {
                put(field, value(format!("{switch}_{setting}")));
            }
        }
        _ => {}
    }
    let id = if name == "Meteor" { "meteor-developer".to_owned() } else { name.to_lowercase() };
    Some(LoginService { service: id.clone(), id, custom: false, rest })
}

/// The name by which a custom service's settings are known: `My-IdP` is `Myidp`.
fn setting_name(name: &str) -> Option<String> {
    let plain: String =
        name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let mut chars = plain.chars();
    let first = chars.next()?;
    Some(first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// Adds the settings of a custom service.
///
/// # Errors
/// `error-action-not-allowed` without the permission, `error-invalid-name` for a name without letters.
pub(super) async fn add(ctx: &Ctx, name: &str) -> Result<()> {
    if !ctx.may("add-oauth-service") {
        return Err(Error::new("error-action-not-allowed", "Adding OAuth Services is not allowed")
            .with_details(json!({ "method": "addOAuthService", "action": "Adding_OAuth_Services" })));
    }
    let name = setting_name(name).ok_or_else(|| Error::new("error-invalid-name", "Invalid name"))?;
    let (settings, now) = (ctx.settings.clone(), ctx.now);
    ctx.write(async move |tx| {
        for change in settings.register(tx, Catalogue::custom_oauth(&name), now).await? {
            tx.emit(Written::of(change));
        }
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

/// Removes the settings of a custom service.
///
/// # Errors
/// `error-not-allowed` without the permission.
pub(super) async fn remove(ctx: &Ctx, name: &str) -> Result<()> {
    if !ctx.may("add-oauth-service") {
        return Err(Error::new("error-not-allowed", "Not allowed")
            .with_details(json!({ "method": "removeOAuthService" })));
    }
    let Some(name) = setting_name(name) else { return Ok(()) };
    let ids: Vec<String> =
        Catalogue::custom_oauth(&name).iter().map(|setting| setting.id.to_string()).collect();
    let (settings, now) = (ctx.settings.clone(), ctx.now);
    ctx.write(async move |tx| {
        let known: Vec<String> = ids.iter().filter(|id| settings.exists(id)).cloned().collect();
        for change in settings.unregister(tx, &known, now).await? {
            tx.emit(Written::of(change));
        }
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::setting_name;

    #[test]
    fn a_custom_service_is_named_like_upstream_names_it() {
        assert_eq!(setting_name("My-IdP 2").as_deref(), Some("Myidp2"));
        assert_eq!(setting_name("key_cloak").as_deref(), Some("Key_cloak"));
        assert_eq!(setting_name("-- "), None);
    }
}
