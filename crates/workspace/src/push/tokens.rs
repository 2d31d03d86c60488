//! Devices. Upstream: `apps/meteor/app/push/server/methods.ts`.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// A device as clients see it: without the login that it uses.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Id.
    #[serde(rename = "_id")]
    pub id: String,
    /// `{apn: "…"}` or `{gcm: "…"}`.
    pub token: Value,
    /// Which app.
    pub app_name: String,
    /// Whose device it is.
    pub user_id: Option<String>,
    /// Whether it wants notifications.
    pub enabled: bool,
    /// For calls on Apple devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voip_token: Option<String>,
    /// What the app said of itself.
    pub metadata: Value,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(rename = "_updatedAt")]
    stored_at: Timestamp,
}

/// What a device says of itself.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    /// The device, if it was here before.
    pub(super) id: Option<String>,
    /// `apn` or `gcm`.
    pub(super) kind: &'static str,
    /// What the gateway knows it by.
    pub(super) value: String,
    pub(super) app_name: String,
    /// Whether the device is the caller's; else nobody's.
    pub(super) owned: bool,
    /// The hash of the login that it uses.
    pub(super) login: String,
    pub(super) voip_token: Option<String>,
    pub(super) metadata: Option<Value>,
}

fn device(row: &Row) -> Result<Device> {
    let metadata = row.opt_str(6)?.map_or(Ok(json!({})), serde_json::from_str).map_err(Error::internal)?;
    Ok(Device {
        id: row.text(0)?,
        token: json!({ row.str(1)?: row.str(2)? }),
        app_name: row.text(3)?,
        user_id: row.opt_text(4)?,
        enabled: row.bool(5)?,
        metadata,
        voip_token: row.opt_text(7)?,
        created_at: Timestamp::from_millis(row.int(8)?),
        updated_at: Timestamp::from_millis(row.int(9)?),
        stored_at: Timestamp::from_millis(row.int(9)?),
    })
}

/// Devices that one person can have: those that are heard of least go.
const DEVICES: i64 = 100;

/// The longest texts that a device may say of itself, in bytes. Tokens of gateways have about 200.
const LONGEST: usize = 4096;

async fn by_id(tx: &Tx, id: &str) -> Result<Option<Device>> {
    let row = tx
        .query_opt(
            "SELECT id, kind, value, app_name, uid, enabled, metadata, voip_token, created_at, updated_at \
             FROM push_tokens WHERE id = ?1",
            &vals![id],
        )
        .await?;
    row.as_ref().map(device).transpose()
}

/// Stores a device, or what is new of it. A gateway's token belongs to the one who said it last: a phone that
/// changed hands does not get its former owner's messages. The record of somebody else's device is not
/// touched by naming its id.
///
/// # Errors
/// `403` for somebody else's device, `error-token-param-not-valid` for texts that are too long.
pub(super) async fn register(ctx: &Ctx, tx: &Tx, given: &Registration) -> Result<Device> {
    let uid = ctx.uid();
    let metadata = given.metadata.as_ref().map(Value::to_string);
    let texts = [given.id.as_ref(), Some(&given.value), Some(&given.app_name), metadata.as_ref()];
    if texts.into_iter().chain([given.voip_token.as_ref()]).flatten().any(|text| text.len() > LONGEST) {
        return Err(Error::new("error-token-param-not-valid", "What the device says of itself is too long"));
    }
    let owner = given.owned.then_some(uid);
    let known = match &given.id {
        Some(id) => by_id(tx, id).await?,
        None => None,
    };
    let mine = |device: &Device| device.user_id.as_deref().is_none_or(|owner| owner == uid);
    if known.as_ref().is_some_and(|device| !mine(device)) {
        return Err(Error::new("403", "Forbidden access"));
    }
    let id = match (known, &given.id) {
        (Some(device), _) => device.id,
        (None, Some(id)) => id.clone(),
        (None, None) => ctx.ids.id(),
    };
    tx.exec(
        "DELETE FROM push_tokens WHERE kind = ?1 AND value = ?2 AND app_name = ?3 AND id <> ?4",
        &vals![given.kind, &given.value, &given.app_name, &id],
    )
    .await?;
    tx.exec(
        "INSERT INTO push_tokens (id, kind, value, app_name, uid, auth_token, enabled, voip_token, metadata, created_at, \
         updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, TRUE, ?7, ?8, ?9, ?9) ON CONFLICT (id) DO UPDATE SET \
         kind = excluded.kind, value = excluded.value, app_name = excluded.app_name, uid = excluded.uid, \
         auth_token = excluded.auth_token, voip_token = excluded.voip_token, updated_at = excluded.updated_at",
        &vals![
            &id,
            given.kind,
            &given.value,
            &given.app_name,
            owner,
            &given.login,
            &given.voip_token,
            metadata.as_deref(),
            ctx.now.millis(),
        ],
    )
    .await?;
    if owner.is_some() {
        tx.exec(
            "DELETE FROM push_tokens WHERE uid = ?1 AND id <> ?2 AND id NOT IN (SELECT id FROM push_tokens \
             WHERE uid = ?1 ORDER BY updated_at DESC, id LIMIT ?3)",
            &vals![uid, &id, DEVICES],
        )
        .await?;
    }
    by_id(tx, &id).await?.ok_or_else(|| Error::internal("a device that was just stored is not there"))
}

/// Makes a device that belongs to nobody the caller's.
pub(super) async fn take(ctx: &Ctx, tx: &Tx, id: &str) -> Result<()> {
    tx.exec(
        "UPDATE push_tokens SET uid = ?2, updated_at = ?3 WHERE id = ?1 AND uid IS NULL",
        &vals![id, ctx.uid(), ctx.now.millis()],
    )
    .await?;
    Ok(())
}

/// Removes the caller's devices with that token; answers whether there was one.
pub(super) async fn remove(ctx: &Ctx, tx: &Tx, value: &str) -> Result<bool> {
    let removed =
        tx.exec("DELETE FROM push_tokens WHERE value = ?1 AND uid = ?2", &vals![value, ctx.uid()]).await?;
    Ok(removed > 0)
}

/// The devices of a person that want notifications, at most `count`, those that were heard of last.
pub(super) async fn of_user(tx: &Tx, uid: &str, count: i64) -> Result<Vec<Device>> {
    let rows = tx
        .query(
            "SELECT id, kind, value, app_name, uid, enabled, metadata, voip_token, created_at, updated_at \
             FROM push_tokens WHERE uid = ?1 AND enabled ORDER BY updated_at DESC, id LIMIT ?2",
            &vals![uid, count],
        )
        .await?;
    rows.iter().map(device).collect()
}

/// How many devices a person has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, uid: &str) -> Result<i64> {
    let row =
        tx.query_opt("SELECT COUNT(*) FROM push_tokens WHERE uid = ?1 AND enabled", &vals![uid]).await?;
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

/// Removes all devices of a person.
///
/// # Errors
/// The database's.
pub async fn remove_all(tx: &Tx, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM push_tokens WHERE uid = ?1", &vals![uid]).await?;
    Ok(())
}
