//! What is shown of a user, by who looks.

use gantry_kernel::Kernel;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use serde_json::{Map, Value, json};

use super::custom_fields;

/// What users see of themselves. Upstream:
/// `apps/meteor/app/utils/server/functions/getBaseUserFields.ts`.
const OWN: &[&str] = &[
    "_id",
    "name",
    "username",
    "nickname",
    "emails",
    "status",
    "statusDefault",
    "statusText",
    "statusConnection",
    "bio",
    "avatarOrigin",
    "utcOffset",
    "language",
    "settings",
    "enableAutoAway",
    "idleTimeLimit",
    "roles",
    "active",
    "defaultRoom",
    "customFields",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "statusLivechat",
    "banners",
    "_updatedAt",
    "avatarETag",
    "openBusinessHours",
    "abacAttributes",
];

/// What everybody sees. Upstream: `apps/meteor/app/lib/server/functions/getFullUserData.ts`.
const OTHERS: &[&str] = &[
    "_id",
    "name",
    "username",
    "nickname",
    "status",
    "utcOffset",
    "type",
    "active",
    "bio",
    "reason",
    "statusText",
    "avatarETag",
    "federated",
    "statusLivechat",
];

/// What those see besides who may see everything.
const PRIVILEGED: &[&str] = &[
    "emails",
    "phone",
    "statusConnection",
    "createdAt",
    "lastLogin",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "importIds",
    "freeSwitchExtension",
];

/// What no list or answer shows.
const HIDDEN: &[&str] = &["services", "inviteToken", "e2e", "importIds", "oauth", "roomRolePriorities"];

/// What answers about users leave out for those who may not see everything.
const RESTRICTED: &[&str] = &[
    "avatarOrigin",
    "emails",
    "phone",
    "statusConnection",
    "createdAt",
    "lastLogin",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "statusDefault",
    "_updatedAt",
    "settings",
];

/// The whole user as JSON.
///
/// # Errors
/// 500 if it cannot be written.
pub fn document(user: &User) -> Result<Map<String, Value>> {
    match serde_json::to_value(user) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(Error::internal("a user is not an object")),
        Err(error) => Err(Error::internal(error)),
    }
}

fn only(user: &User, fields: &[&str]) -> Result<Map<String, Value>> {
    let mut document = document(user)?;
    document.retain(|field, _| fields.contains(&field.as_str()));
    Ok(document)
}

/// Whether a second factor is on, without its secrets.
fn factors(user: &User) -> Map<String, Value> {
    let mut shown = Map::new();
    for factor in ["totp", "email2fa"] {
        let enabled = user.services.as_ref().and_then(|services| services.get(factor)?.get("enabled"));
        if let Some(enabled) = enabled {
            shown.insert(factor.to_owned(), json!({ "enabled": enabled }));
        }
    }
    shown
}

/// The caller's own user in the answers of `login` and `me`. Upstream:
/// `apps/meteor/app/api/server/helpers/getUserInfo.ts`.
///
/// # Errors
/// 500 if it cannot be written.
pub fn me(kernel: &Kernel, user: &User, has_password: bool) -> Result<Value> {
    let mut shown = only(user, OWN)?;
    let mut services = factors(user);
    services.insert("password".into(), json!({ "exists": has_password }));
    shown.insert("services".into(), Value::Object(services));
    if let Some(email) = user.emails.iter().flatten().find(|email| email.verified) {
        shown.insert("email".into(), json!(email.address));
    }
    let mut preferences = default_preferences(kernel);
    if let Some(Value::Object(chosen)) =
        user.settings.as_ref().and_then(|settings| settings.get("preferences"))
    {
        preferences.extend(chosen.clone());
    }
    shown.insert("settings".into(), json!({ "profile": {}, "preferences": preferences }));
    shown.insert("avatarUrl".into(), json!(avatar_url(kernel, user.username.as_deref().unwrap_or_default())));
    shown.insert("isOAuthUser".into(), json!(user.is_oauth_user.unwrap_or(false)));
    Ok(Value::Object(shown))
}

/// The address of a user's picture.
pub fn avatar_url(kernel: &Kernel, username: &str) -> String {
    let site = kernel.settings.get(keys::Site_Url);
    format!("{}/avatar/{username}", site.trim_end_matches('/'))
}

/// The preferences of those who chose none: what `Accounts_Default_User_Preferences_…` say.
pub fn default_preferences(kernel: &Kernel) -> Map<String, Value> {
    let chosen = kernel.settings.values_below("Accounts_Default_User_Preferences_");
    chosen.into_iter().map(|(name, value)| (name, Value::clone(&value))).collect()
}

/// A preference of a user, or else the workspace's default.
pub fn preference(kernel: &Kernel, user: &User, name: &str) -> Option<Value> {
    let chosen = user.settings.as_ref().and_then(|settings| settings.get("preferences")?.get(name).cloned());
    chosen.or_else(|| {
        let default = kernel.settings.value(&format!("Accounts_Default_User_Preferences_{name}"))?;
        Some(Value::clone(&default))
    })
}

/// The fields of the `users` document that a socket gets when it logs in. Upstream leaves the status out:
/// clients know it from presence.
///
/// # Errors
/// 500 if it cannot be written.
pub fn own_fields(user: &User) -> Result<Value> {
    let mut shown = only(user, OWN)?;
    shown.remove("_id");
    shown.remove("status");
    let services = factors(user);
    if !services.is_empty() {
        shown.insert("services".into(), Value::Object(services));
    }
    if let Some(clients) = user.oauth.as_ref().and_then(|oauth| oauth.get("authorizedClients")) {
        shown.insert("oauth".into(), json!({ "authorizedClients": clients }));
    }
    Ok(Value::Object(shown))
}

/// A user as `users.info` shows them.
///
/// # Errors
/// 500 if it cannot be written.
pub fn info(
    kernel: &Kernel,
    user: &User,
    everything: bool,
    myself: bool,
    has_password: bool,
) -> Result<Value> {
    let mut document = document(user)?;
    let services = document.remove("services");
    let values = document.remove("customFields");
    document.retain(|field, _| {
        OTHERS.contains(&field.as_str()) || (everything && PRIVILEGED.contains(&field.as_str()))
    });
    if let Some(Value::Object(values)) = values {
        let values = custom_fields::shown(&kernel.settings, &values, everything);
        if !values.is_empty() {
            document.insert("customFields".into(), Value::Object(values));
        }
    }
    if myself {
        let mut shown = own_services(services);
        if has_password {
            shown.insert("password".into(), Value::Bool(true));
        }
        shown.insert("resume".into(), json!({}));
        document.insert("services".into(), Value::Object(shown));
    }
    document.insert("canViewAllInfo".into(), everything.into());
    Ok(Value::Object(document))
}

/// The own services without what is secret in them.
fn own_services(services: Option<Value>) -> Map<String, Value> {
    let Some(Value::Object(mut services)) = services else { return Map::new() };
    for secrets in services.values_mut().filter_map(Value::as_object_mut) {
        secrets.retain(|field, _| {
            matches!(field.as_str(), "enabled" | "changedAt" | "id" | "username" | "email" | "name")
        });
    }
    services
}

/// A user in the answer of an operation that changed them.
///
/// # Errors
/// 500 if it cannot be written.
pub fn answer(user: &User, everything: bool) -> Result<Value> {
    let mut shown = document(user)?;
    shown.retain(|field, _| {
        !HIDDEN.contains(&field.as_str()) && (everything || !RESTRICTED.contains(&field.as_str()))
    });
    Ok(Value::Object(shown))
}

/// A user in a list: the named fields, as far as the viewer may see them.
///
/// # Errors
/// 500 if it cannot be written.
pub fn listed(user: &User, fields: &[String], everything: bool) -> Result<Value> {
    let mut shown = document(user)?;
    shown.retain(|field, _| {
        (field == "_id" || fields.contains(field))
            && !HIDDEN.contains(&field.as_str())
            && (everything || !RESTRICTED.contains(&field.as_str()))
    });
    Ok(Value::Object(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> User {
        serde_json::from_value(json!({
            "_id": "u1", "username": "ann", "type": "user", "active": true, "roles": ["user"],
            "emails": [{ "address": "ann@example.com", "verified": true }],
            "services": { "totp": { "enabled": true, "secret": "S3CRET" }, "github": { "id": 1, "accessToken": "S3CRET" } },
            "e2e": { "private_key": "S3CRET" }, "inviteToken": "S3CRET"
        }))
        .unwrap()
    }

    #[test]
    fn no_view_shows_secrets() {
        let fields: Vec<String> = document(&ann()).unwrap().keys().cloned().collect();
        for view in [
            own_fields(&ann()).unwrap(),
            answer(&ann(), true).unwrap(),
            listed(&ann(), &fields, true).unwrap(),
            Value::Object(own_services(ann().services)),
        ] {
            assert!(!view.to_string().contains("S3CRET"), "{view}");
        }
    }

    #[test]
    fn strangers_see_no_addresses_and_roles() {
        let shown = answer(&ann(), false).unwrap();
        assert!(shown.get("emails").is_none() && shown.get("roles").is_none());
        assert_eq!(shown["username"], "ann");
    }

    #[test]
    fn the_own_document_tells_whether_a_second_factor_is_on() {
        assert_eq!(own_fields(&ann()).unwrap()["services"], json!({ "totp": { "enabled": true } }));
    }
}
