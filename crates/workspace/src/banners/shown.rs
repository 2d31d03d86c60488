//! Which banners a person sees. Upstream: `apps/meteor/server/services/banner/service.ts`.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// A banner is new, different, or switched off.
#[derive(Clone, Debug)]
pub struct BannerChanged {
    /// Its id.
    pub id: String,
}

/// Where banners are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Browsers and the desktop app.
    Web,
    /// The mobile apps.
    Mobile,
}

impl Platform {
    const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mobile => "mobile",
        }
    }
}

/// Stores a banner: a document with `_id`, `platform`, `startAt`, `expireAt`, `view` and perhaps `roles`.
/// Its `active` is true unless it says otherwise.
///
/// # Errors
/// A sentence if it could never be shown; the database's.
pub async fn put(tx: &Tx, mut banner: Value, now: Timestamp) -> Result<()> {
    let time = |field: &str| -> Result<i64> {
        let value = banner.get(field).cloned().unwrap_or_default();
        let time: Timestamp = serde_json::from_value(value).map_err(Error::internal)?;
        Ok(time.millis())
    };
    let (start, expire) = (time("startAt")?, time("expireAt")?);
    if start > expire {
        return Err(Error::message("Start date cannot be later than expire date"));
    }
    if expire < now.millis() {
        return Err(Error::message("Cannot create banner already expired"));
    }
    let id = banner["_id"].as_str().unwrap_or_default().to_owned();
    let active = banner.get("active") != Some(&Value::Bool(false));
    banner["_updatedAt"] = json!(now);
    tx.exec(
        "INSERT INTO banners (id, active, start_at, expire_at, doc) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (id) DO UPDATE SET active = excluded.active, start_at = excluded.start_at, \
         expire_at = excluded.expire_at, doc = excluded.doc",
        &vals![&id, active, start, expire, &banner.to_string()],
    )
    .await?;
    tx.emit(BannerChanged { id });
    Ok(())
}

/// The banners that the caller sees now, or the one of `id` if they see it.
///
/// # Errors
/// The database's.
pub async fn of_caller(ctx: &Ctx, tx: &Tx, platform: Platform, id: Option<&str>) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT b.id, b.doc FROM banners b WHERE b.active AND b.start_at <= ?1 AND b.expire_at >= ?1 \
             AND NOT EXISTS (SELECT 1 FROM banner_dismissals d WHERE d.uid = ?2 AND d.banner = b.id) \
             ORDER BY b.start_at, b.id",
            &vals![ctx.now.millis(), ctx.uid()],
        )
        .await?;
    let roles = ctx.caller.as_ref().map(|caller| caller.roles.clone()).unwrap_or_default();
    let mut banners = Vec::new();
    for row in &rows {
        let banner: Value = serde_json::from_str(row.str(1)?).map_err(Error::internal)?;
        if id.is_none_or(|id| row.str(0).is_ok_and(|known| known == id)) && meant(&banner, platform, &roles) {
            banners.push(complete(banner));
        }
    }
    Ok(banners)
}

/// Whether a banner is for that platform and somebody with these roles.
fn meant(banner: &Value, platform: Platform, roles: &[String]) -> bool {
    let platforms = banner["platform"].as_array();
    let here = platforms.is_some_and(|list| list.iter().any(|name| name == platform.name()));
    let chosen = banner.get("roles").and_then(Value::as_array);
    here && chosen.is_none_or(|list| list.iter().any(|role| roles.iter().any(|own| role == own.as_str())))
}

/// Fills in what banners of former versions lack.
fn complete(mut banner: Value) -> Value {
    if banner["view"]["viewId"].as_str().is_none_or(str::is_empty) {
        banner["view"]["viewId"] = banner["_id"].clone();
    }
    if banner["surface"].as_str().is_none_or(str::is_empty) {
        banner["surface"] = "banner".into();
    }
    banner
}

/// The caller does not want to see a banner again.
///
/// # Errors
/// A sentence if there is no such banner.
pub async fn dismiss(ctx: &Ctx, tx: &Tx, id: &str) -> Result<()> {
    if tx.query_opt("SELECT 1 FROM banners WHERE id = ?1", &vals![id]).await?.is_none() {
        return Err(Error::message("Banner not found"));
    }
    tx.exec(
        "INSERT INTO banner_dismissals (uid, banner, ts) VALUES (?1, ?2, ?3) ON CONFLICT (uid, banner) DO NOTHING",
        &vals![ctx.uid(), id, ctx.now.millis()],
    )
    .await?;
    Ok(())
}
