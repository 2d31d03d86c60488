//! Changing settings.
//!
//! A change is recorded as [`Written`] in its transaction and takes effect when that event is delivered, so
//! that changes are applied in the order of their commits, whoever made them.

use gantry_kernel::prelude::*;
use gantry_kernel::settings::{Change, Kind, SettingError};

use super::trail;

/// A setting was changed in the database. Its listener makes the change visible to all readers and tells
/// clients; other domains listen to [`gantry_kernel::settings::SettingChanged`].
#[derive(Clone, Debug)]
pub struct Written(pub(super) Change);

impl Written {
    /// To be emitted in the transaction that wrote the change.
    pub fn of(change: Change) -> Self {
        Self(change)
    }
}

/// Changes settings together: all or none. They hold when this returns. Who may do so is the caller's to
/// decide. Not to be called by a listener of events.
///
/// # Errors
/// `error-invalid-setting`, `error-invalid-setting-value`, `error-action-not-allowed` for one that the
/// environment decides; the database's.
pub async fn save(ctx: &Ctx, values: Vec<(String, Value)>) -> Result<()> {
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        for (id, value) in &values {
            set(&inner, tx, id, value.clone()).await?;
        }
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

/// Changes a setting in a transaction, and writes down who did it.
///
/// # Errors
/// As [`save`].
pub async fn set(ctx: &Ctx, tx: &Tx, id: &str, value: Value) -> Result<()> {
    let (before, change) = ctx.settings.replace(tx, id, value, ctx.now).await?;
    if let Some(after) = change.value() {
        trail::write(ctx, tx, id, &before, after).await?;
    }
    tx.emit(Written(change));
    Ok(())
}

/// Changes one setting, as [`save`].
///
/// # Errors
/// As [`save`].
pub async fn save_one(ctx: &Ctx, id: &str, value: Value) -> Result<()> {
    save(ctx, vec![(id.to_owned(), value)]).await
}

/// Changes a colour and how it is edited (`color` or `expression`).
///
/// # Errors
/// As [`save`].
pub(super) async fn save_color(ctx: &Ctx, id: &str, value: Value, editor: String) -> Result<()> {
    let (inner, id) = (ctx.clone(), id.to_owned());
    ctx.write(async move |tx| {
        set(&inner, tx, &id, value.clone()).await?;
        tx.emit(Written(inner.settings.set_editor(tx, &id, &editor, inner.now).await?));
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

/// Changes settings as somebody who may change these only, after a stricter look at the values than the
/// settings themselves take. The name of the workspace follows that of the organisation until somebody gives
/// it one of its own. Upstream: `apps/meteor/app/lib/server/methods/saveSettings.ts`.
///
/// # Errors
/// `error-action-not-allowed` with the settings that the caller may not change, `Match failed`,
/// `Invalid setting value …`, and those of [`save`].
pub(super) async fn save_as_caller(ctx: &Ctx, mut values: Vec<(String, Value)>) -> Result<()> {
    let caller = ctx.caller()?;
    if let Some(name) = values.iter().find(|(id, _)| id == "Organization_Name").map(|(_, name)| name.clone())
        && site_name_follows(ctx)
    {
        values.push(("Site_Name".to_owned(), name));
    }
    let may = |id: &str| ctx.permissions.may_change_setting(&caller.roles, id);
    let refused: Vec<&String> = values.iter().map(|(id, _)| id).filter(|id| !may(id)).collect();
    if !refused.is_empty() {
        return Err(Error::new("error-action-not-allowed", "Editing settings is not allowed")
            .with_details(json!({ "method": "saveSettings", "settingIds": refused })));
    }
    for (id, value) in &values {
        check(ctx, id, value)?;
    }
    save(ctx, values).await
}

fn site_name_follows(ctx: &Ctx) -> bool {
    let Some(definition) = ctx.settings.definition("Site_Name") else { return false };
    let name = ctx.settings.get(keys::Site_Name);
    let is_default =
        serde_json::from_str::<String>(&definition.default).is_ok_and(|default| name == *default);
    is_default || *name == *ctx.settings.get(keys::Organization_Name)
}

/// Whether a value has the setting's own type: forms may send text for numbers, methods may not.
pub(super) fn check(ctx: &Ctx, id: &str, value: &Value) -> Result<()> {
    let Some(definition) = ctx.settings.definition(id) else {
        return Err(SettingError::Unknown { id: id.to_owned() }.into());
    };
    let fits = match definition.kind {
        Kind::Boolean => value.is_boolean(),
        kind if kind.is_number() => match number(value) {
            Some(text) => {
                return Err(Error::new(format!("Invalid setting value {text}"), "Invalid setting value")
                    .with_details(json!({ "method": "saveSettings" })));
            }
            None => value.is_number(),
        },
        kind if kind.is_list() => value.is_array(),
        Kind::RoomPick => value.is_array() || value == "",
        Kind::Asset | Kind::Date | Kind::Action => true,
        _ => value.is_string(),
    };
    if fits { Ok(()) } else { Err(Error::match_failed()) }
}

/// How JavaScript writes a number that is not whole, `None` for one that is and for anything else.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) => match object.get("$InfNaN")?.as_i64()? {
            0 => Some("NaN".to_owned()),
            sign if sign > 0 => Some("Infinity".to_owned()),
            _ => Some("-Infinity".to_owned()),
        },
        Value::Number(number) => {
            number.as_f64().filter(|real| real.fract() != 0.0).map(|real| real.to_string())
        }
        _ => None,
    }
}
