//! What auditors looked at.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_store::vals;

/// Writes down that the caller looked at something.
pub(super) async fn write(ctx: &Ctx, tx: &Tx, results: usize, fields: Value) -> Result<()> {
    let id = ctx.ids.id();
    let user = users::by_id(tx, ctx.uid()).await?.ok_or_else(Error::unauthenticated)?;
    let mut by = json!({ "_id": user.id, "username": user.username });
    if let Some(name) = user.name {
        by["name"] = name.into();
    }
    if let Some(etag) = user.avatar_etag {
        by["avatarETag"] = etag.into();
    }
    let doc = json!({ "_id": id, "ts": ctx.now, "results": results, "u": by, "fields": fields, "_updatedAt": ctx.now });
    tx.exec(
        "INSERT INTO audit_log (id, ts, uid, doc) VALUES (?1, ?2, ?3, ?4)",
        &vals![&id, ctx.now.millis(), ctx.uid(), &doc.to_string()],
    )
    .await?;
    Ok(())
}

/// What was looked at between two times, the oldest first.
pub(super) async fn between(tx: &Tx, start: Timestamp, end: Timestamp) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT doc FROM audit_log WHERE ts > ?1 AND ts < ?2 ORDER BY ts, id",
            &vals![start.millis(), end.millis()],
        )
        .await?;
    rows.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).collect()
}
