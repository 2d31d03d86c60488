//! Who changed which setting, from where, and what it was before.
//!
//! Upstream: `apps/meteor/server/settings/lib/auditedSettingUpdates.ts`, which shows the beginnings of secrets.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// What is shown for a secret.
const MASK: &str = "********";

/// What changes to list. Everything absent fits all.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// The setting.
    pub setting: Option<String>,
    /// From when, in milliseconds.
    pub from: i64,
    /// Until when, in milliseconds.
    pub until: i64,
    /// `user` or `system`.
    pub actor: Option<String>,
    /// Id of the user who made the change.
    pub uid: Option<String>,
    /// Username at that time.
    pub username: Option<String>,
    /// Address from which it came.
    pub address: Option<String>,
    /// `User-Agent` of the client.
    pub user_agent: Option<String>,
    /// Why the system did it.
    pub reason: Option<String>,
}

/// Writes a change down, if it is one. `before` and `after` are the setting's values.
pub(super) async fn write(ctx: &Ctx, tx: &Tx, id: &str, before: &Value, after: &Value) -> Result<()> {
    if before == after {
        return Ok(());
    }
    let secret = ctx.settings.definition(id).is_some_and(|definition| definition.is_secret());
    let shown = |value: &Value| match value {
        Value::String(text) if secret && !text.is_empty() => format!("\"{MASK}\""),
        value if secret && !value.is_string() && !value.is_null() => format!("\"{MASK}\""),
        value => value.to_string(),
    };
    let caller = ctx.caller.as_deref();
    let by_user = caller.map(|_| ctx.origin.address.to_string());
    let at = moment(tx, ctx.now.millis()).await?;
    tx.exec(
        "INSERT INTO setting_changes (id, ts, setting, actor, uid, username, address, user_agent, reason, before, \
         after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &vals![
            &ctx.ids.id(),
            at,
            id,
            if caller.is_some() { "user" } else { "system" },
            caller.map(|caller| caller.uid.as_str()),
            caller.map(|caller| caller.username.as_str()),
            by_user.as_deref(),
            caller.map(|_| ctx.origin.user_agent.as_str()),
            if caller.is_some() { None } else { Some("server") },
            &shown(before),
            &shown(after),
        ],
    )
    .await?;
    Ok(())
}

/// When a change is said to be made: after the one before it, even within one millisecond, so that the order of
/// times is the order of changes. A clock that was set back further than a second is believed.
async fn moment(tx: &Tx, now: i64) -> Result<i64> {
    let last = tx
        .query_opt("SELECT ts FROM setting_changes WHERE ts >= ?1 ORDER BY ts DESC LIMIT 1", &vals![now])
        .await?
        .map_or(Ok(0), |row| row.int(0))?;
    Ok(if (now..now + 1000).contains(&last) { last + 1 } else { now })
}

fn change(row: &Row) -> Result<Value> {
    let value = |column: usize| -> Result<Value> {
        serde_json::from_str(row.opt_str(column)?.unwrap_or("null")).map_err(Error::internal)
    };
    let actor = match row.str(3)? {
        "user" => json!({
            "type": "user",
            "_id": row.opt_str(4)?,
            "username": row.opt_str(5)?,
            "ip": row.opt_str(6)?,
            "useragent": row.opt_str(7)?,
        }),
        kind => json!({ "type": kind, "reason": row.opt_str(8)? }),
    };
    let at = Timestamp::from_millis(row.int(1)?);
    Ok(json!({
        "_id": row.str(0)?,
        "t": "settings.changed",
        "ts": at,
        "actor": actor,
        "data": [
            { "key": "id", "value": row.str(2)? },
            { "key": "previous", "value": value(9)? },
            { "key": "current", "value": value(10)? },
        ],
        "_updatedAt": at,
    }))
}

/// A page of changes, the newest first unless `oldest_first`, and how many there are.
///
/// # Errors
/// The database's.
pub async fn page(tx: &Tx, sought: &Sought, oldest_first: bool, window: Window) -> Result<(Vec<Value>, i64)> {
    let fits = "ts >= ?1 AND ts <= ?2 AND (setting = ?3 OR ?3 IS NULL) AND (actor = ?4 OR ?4 IS NULL) \
         AND (uid = ?5 OR ?5 IS NULL) AND (username = ?6 OR ?6 IS NULL) AND (address = ?7 OR ?7 IS NULL) \
         AND (user_agent = ?8 OR ?8 IS NULL) AND (reason = ?9 OR ?9 IS NULL)";
    let mut values = vec![Val::Int(sought.from), Val::Int(sought.until)];
    for term in [
        &sought.setting,
        &sought.actor,
        &sought.uid,
        &sought.username,
        &sought.address,
        &sought.user_agent,
        &sought.reason,
    ] {
        values.push(term.as_deref().map_or(Val::Null, Val::Text));
    }
    let count = format!("SELECT COUNT(*) FROM setting_changes WHERE {fits}");
    let total = tx.query_dyn(&count, &values).await?.first().map_or(Ok(0), |row| row.int(0))?;
    values.extend([Val::Int(window.count), Val::Int(window.offset)]);
    let order = if oldest_first { "ts, id" } else { "ts DESC, id DESC" };
    let rows = tx
        .query_dyn(
            &format!(
                "SELECT id, ts, setting, actor, uid, username, address, user_agent, reason, before, after \
                 FROM setting_changes WHERE {fits} ORDER BY {order} LIMIT ?10 OFFSET ?11"
            ),
            &values,
        )
        .await?;
    Ok((rows.iter().map(change).collect::<Result<_>>()?, total))
}
