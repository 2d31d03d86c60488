//! Custom statuses as stored, and how they change.
//! Upstream: `apps/meteor/app/user-status/server/methods`.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// A custom status.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomStatus {
    /// Id.
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// What people choose.
    pub(super) name: String,
    /// The status that it stands for: `online`, `away`, `busy` or `offline`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) status_type: String,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub(super) updated_at: Timestamp,
}

/// A status is new or different.
pub(super) struct Changed(pub(super) CustomStatus);

/// A status is gone.
pub(super) struct Removed(pub(super) CustomStatus);

/// What a status stands for.
const TYPES: [&str; 4] = ["online", "away", "busy", "offline"];

fn status(row: &Row) -> Result<CustomStatus> {
    Ok(CustomStatus {
        id: row.text(0)?,
        name: row.text(1)?,
        status_type: row.text(2)?,
        updated_at: Timestamp::from_millis(row.int(3)?),
    })
}

/// All of them, by name.
pub(super) async fn all(tx: &Tx) -> Result<Vec<CustomStatus>> {
    let rows = tx
        .query("SELECT id, name, status_type, updated_at FROM custom_user_statuses ORDER BY name, id", &[])
        .await?;
    rows.iter().map(status).collect()
}

async fn find(tx: &Tx, id: &str) -> Result<Option<CustomStatus>> {
    let row = tx
        .query_opt(
            "SELECT id, name, status_type, updated_at FROM custom_user_statuses WHERE id = ?1 FOR UPDATE",
            &vals![id],
        )
        .await?;
    row.as_ref().map(status).transpose()
}

/// Whether there is a status of that id.
pub(super) async fn exists(tx: &Tx, id: &str) -> Result<bool> {
    let found = tx.query_opt("SELECT 1 FROM custom_user_statuses WHERE id = ?1", &vals![id]).await?;
    Ok(found.is_some())
}

/// Adds a status, or changes the one of that id. `None` if there is no such id.
///
/// # Errors
/// `not_authorized`, `error-the-field-is-required`, `error-input-is-not-a-valid-field`,
/// `Custom_User_Status_Error_Name_Already_In_Use`.
pub(super) async fn save(
    ctx: &Ctx,
    id: Option<String>,
    name: String,
    status_type: Option<String>,
) -> Result<Option<CustomStatus>> {
    allow(ctx)?;
    check(&name, status_type.as_deref())?;
    let (ids, now) = (ctx.ids.clone(), ctx.now);
    ctx.write(async move |tx| {
        let before = match &id {
            None => None,
            Some(id) => match find(tx, id).await? {
                None => return Ok(None),
                found => found,
            },
        };
        let status = CustomStatus {
            id: before.as_ref().map_or_else(|| ids.id(), |before| before.id.clone()),
            name: name.clone(),
            status_type: status_type
                .clone()
                .or_else(|| before.map(|before| before.status_type))
                .unwrap_or_default(),
            updated_at: now,
        };
        store(tx, &status).await?;
        tx.emit(Changed(status.clone()));
        Ok(Some(status))
    })
    .await
}

async fn store(tx: &Tx, status: &CustomStatus) -> Result<()> {
    let taken = tx
        .query_opt(
            "SELECT 1 FROM custom_user_statuses WHERE name = ?1 AND id <> ?2",
            &vals![&status.name, &status.id],
        )
        .await?;
    if taken.is_some() {
        return Err(Error::new(
            "Custom_User_Status_Error_Name_Already_In_Use",
            "The custom user status name is already in use",
        )
        .with_details(json!({ "method": "insertOrUpdateUserStatus" })));
    }
    tx.exec(
        "INSERT INTO custom_user_statuses (id, name, status_type, updated_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, status_type = excluded.status_type, \
         updated_at = excluded.updated_at",
        &vals![&status.id, &status.name, &status.status_type, status.updated_at.millis()],
    )
    .await?;
    Ok(())
}

/// Removes a status.
///
/// # Errors
/// `not_authorized`, `Custom_User_Status_Error_Invalid_User_Status`.
pub(super) async fn remove(ctx: &Ctx, id: String) -> Result<()> {
    allow(ctx)?;
    ctx.write(async move |tx| {
        let status = find(tx, &id).await?.ok_or_else(|| {
            Error::new("Custom_User_Status_Error_Invalid_User_Status", "Invalid user status")
                .with_details(json!({ "method": "deleteCustomUserStatus" }))
        })?;
        tx.exec("DELETE FROM custom_user_statuses WHERE id = ?1", &vals![&id]).await?;
        tx.emit(Removed(status));
        Ok(())
    })
    .await
}

fn allow(ctx: &Ctx) -> Result<()> {
    if ctx.may("manage-user-status") { Ok(()) } else { Err(Error::code("not_authorized")) }
}

fn check(name: &str, status_type: Option<&str>) -> Result<()> {
    let invalid = |input: &str, what: &str, field: &str| {
        Error::new("error-input-is-not-a-valid-field", format!("{input} is not a valid {what}"))
            .with_details(json!({ "method": "insertOrUpdateUserStatus", "input": input, "field": field }))
    };
    if name.trim().is_empty() {
        return Err(Error::new("error-the-field-is-required", "The field Name is required")
            .with_details(json!({ "method": "insertOrUpdateUserStatus", "field": "Name" })));
    }
    if name.contains(['>', '<', '&', '"', '\'']) {
        return Err(invalid(name, "name", "Name"));
    }
    match status_type {
        None | Some("") => Ok(()),
        Some(word) if TYPES.contains(&word) => Ok(()),
        Some(word) => Err(invalid(word, "status type", "StatusType")),
    }
}
