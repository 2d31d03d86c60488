//! What users like. Upstream: `apps/meteor/server/methods/saveUserPreferences.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_protocol::objects::User;
use serde_json::{Map, Value, json};

use super::events::{PreferencesChanged, UserChanged};
use super::{lock, save};

/// Changes some preferences; answers the user afterwards.
///
/// # Errors
/// `error-invalid-user`, `invalid-idle-time-limit-value`.
pub async fn change(ctx: &Ctx, uid: &str, mut chosen: Map<String, Value>) -> Result<User> {
    // Names of before.
    match chosen.get("emailNotificationMode").and_then(Value::as_str) {
        Some("all") => drop(chosen.insert("emailNotificationMode".into(), json!("mentions"))),
        Some("disabled") => drop(chosen.insert("emailNotificationMode".into(), json!("nothing"))),
        _ => {}
    }
    if chosen.get("idleTimeLimit").and_then(Value::as_f64).is_some_and(|seconds| seconds < 60.0) {
        return Err(Error::new("invalid-idle-time-limit-value", "Invalid idleTimeLimit"));
    }
    chosen.retain(|_, value| !value.is_null());
    let (uid, now) = (uid.to_owned(), ctx.now);
    ctx.write(async move |tx| {
        let user = lock(tx, &uid).await?;
        let mut user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
        let before = preferences(&user);
        let mut diff: Map<String, Value> = chosen
            .iter()
            .map(|(name, value)| (format!("settings.preferences.{name}"), value.clone()))
            .collect();
        let mut all = before.clone();
        for (name, value) in &chosen {
            // The language is a field of the user.
            if name == "language" {
                user.language = value.as_str().map(str::to_owned);
                diff.insert("language".into(), value.clone());
            }
            all.insert(name.clone(), value.clone());
        }
        set(&mut user, all);
        user.updated_at = now;
        save(tx, &user).await?;
        tx.emit(PreferencesChanged { user: user.clone(), before, chosen: chosen.clone() });
        tx.emit(UserChanged { uid: user.id.clone(), diff, unset: Vec::new() });
        Ok(user)
    })
    .await
}

/// The preferences that a user chose.
pub fn preferences(user: &User) -> Map<String, Value> {
    let chosen = user.settings.as_ref().and_then(|settings| settings.get("preferences")?.as_object());
    chosen.cloned().unwrap_or_default()
}

fn set(user: &mut User, preferences: Map<String, Value>) {
    let settings = user.settings.get_or_insert_with(|| json!({}));
    if let Value::Object(settings) = settings {
        settings.insert("preferences".into(), Value::Object(preferences));
    }
}

/// The chosen preferences with the language.
pub fn with_language(user: &User) -> Map<String, Value> {
    let mut all = preferences(user);
    if let Some(language) = &user.language {
        all.insert("language".into(), json!(language));
    }
    all
}
