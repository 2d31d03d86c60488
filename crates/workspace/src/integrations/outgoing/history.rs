//! What became of each call, step by step.
//! Upstream: `apps/meteor/app/integrations/server/lib/updateHistory.ts`.

use gantry_kernel::prelude::*;
use gantry_store::vals;
use serde_json::Map;

use super::super::record::Integration;

/// How long entries are kept, in milliseconds: 30 days.
const KEPT: i64 = 30 * 24 * 3_600_000;

/// An entry that is being written.
pub(crate) struct Entry {
    pub(crate) id: String,
    integration: String,
    doc: Map<String, Value>,
}

/// Tells who looks on.
pub(crate) fn publish(kernel: &Kernel, integration: &str, what: &Value) {
    kernel.hub.publish("integrationHistory", integration, &[&what.to_string()]);
}

impl Entry {
    /// Begins an entry.
    pub(crate) async fn begin(ctx: &Ctx, integration: &Integration, event: &str) -> Result<Self> {
        let now = ctx.clock.now();
        let id = ctx.ids.id();
        let Value::Object(doc) = json!({
            "_id": id,
            "type": "outgoing-webhook",
            "step": "start-execute-trigger-url",
            "integration": integration,
            "event": event,
            "data": {},
            "_createdAt": now,
            "_updatedAt": now,
        }) else {
            return Err(Error::internal("an entry is an object"));
        };
        let entry = Self { id, integration: integration.id.clone(), doc };
        let text = Value::Object(entry.doc.clone()).to_string();
        let (key, of) = (entry.id.clone(), entry.integration.clone());
        ctx.write(async move |tx| {
            tx.exec(
                "INSERT INTO integration_history (id, integration, created_at, updated_at, doc) \
                 VALUES (?1, ?2, ?3, ?3, ?4)",
                &vals![&key, &of, now.millis(), &text],
            )
            .await?;
            Ok(())
        })
        .await?;
        publish(ctx, &entry.integration, &json!({ "type": "inserted", "data": entry.doc }));
        Ok(entry)
    }

    /// Adds a step and what is known with it.
    pub(crate) async fn step(&mut self, ctx: &Ctx, step: &str, fields: Value) -> Result<()> {
        let now = ctx.clock.now();
        let Value::Object(mut diff) = fields else { return Err(Error::internal("fields are an object")) };
        diff.insert("step".into(), step.into());
        diff.insert("_updatedAt".into(), json!(now));
        self.doc.extend(diff.clone());
        let text = Value::Object(self.doc.clone()).to_string();
        let key = self.id.clone();
        ctx.write(async move |tx| {
            tx.exec(
                "UPDATE integration_history SET updated_at = ?2, doc = ?3 WHERE id = ?1",
                &vals![&key, now.millis(), &text],
            )
            .await?;
            Ok(())
        })
        .await?;
        publish(ctx, &self.integration, &json!({ "type": "updated", "id": self.id, "diff": diff }));
        Ok(())
    }
}

/// A page of an integration's entries, newest first unless `order` says otherwise, and how many there are.
pub(crate) async fn page(
    tx: &Tx,
    integration: &str,
    order: &str,
    window: Window,
) -> Result<(Vec<Value>, i64)> {
    let sql = format!(
        "SELECT doc FROM integration_history WHERE integration = ?1 ORDER BY {order}, id LIMIT ?2 OFFSET ?3"
    );
    let rows = tx.query_dyn(&sql, &vals![integration, window.count, window.offset]).await?;
    let total = tx
        .query_opt("SELECT COUNT(*) FROM integration_history WHERE integration = ?1", &vals![integration])
        .await?;
    let entries = rows
        .iter()
        .map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal))
        .collect::<Result<_>>()?;
    Ok((entries, total.map(|row| row.int(0)).transpose()?.unwrap_or_default()))
}

/// One entry of an integration.
pub(crate) async fn find(tx: &Tx, integration: &str, id: &str) -> Result<Option<Value>> {
    let row = tx
        .query_opt(
            "SELECT doc FROM integration_history WHERE integration = ?1 AND id = ?2",
            &vals![integration, id],
        )
        .await?;
    row.map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).transpose()
}

/// Removes all entries of an integration.
pub(crate) async fn clear(tx: &Tx, integration: &str) -> Result<()> {
    tx.exec("DELETE FROM integration_history WHERE integration = ?1", &vals![integration]).await?;
    Ok(())
}

/// Removes entries that nobody touched for 30 days.
pub(crate) async fn forget_old(ctx: &Ctx) -> Result<()> {
    let before = ctx.now.millis() - KEPT;
    ctx.write(async move |tx| {
        tx.exec("DELETE FROM integration_history WHERE updated_at < ?1", &vals![before]).await?;
        Ok(())
    })
    .await
}
