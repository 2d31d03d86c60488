//! Counting. Upstream: `apps/meteor/app/statistics/server/lib/statistics.ts`.

use gantry_kernel::COMPATIBLE_VERSION;
use gantry_kernel::prelude::*;
use gantry_store::{Engine, Row, vals};
use serde_json::Map;

use super::machine;

/// How long gathered numbers are kept, in milliseconds: a year and a day.
const KEPT_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// The number that a statement counts.
fn number(row: Option<Row>) -> Result<i64> {
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

/// Adds the people to `doc`.
async fn people(tx: &Tx, doc: &mut Map<String, Value>) -> Result<()> {
    let rows = tx
        .query(
            "SELECT type, active, status, COUNT(*) FROM users GROUP BY type, active, status ORDER BY type, active, status",
            &[],
        )
        .await?;
    let (mut total, mut inactive, mut apps) = (0, 0, 0);
    let (mut online, mut away, mut busy) = (0, 0, 0);
    for row in &rows {
        let n = row.int(3)?;
        total += n;
        inactive += if row.bool(1)? { 0 } else { n };
        apps += if row.str(0)? == "app" { n } else { 0 };
        match row.str(2)? {
            "online" => online += n,
            "away" => away += n,
            "busy" => busy += n,
            _ => {}
        }
    }
    let guests = number(tx.query_opt("SELECT COUNT(*) FROM user_roles r JOIN users u ON u.id = r.uid WHERE r.role = 'guest' AND u.active", &[]).await?)?;
    let agents =
        number(tx.query_opt("SELECT COUNT(*) FROM user_roles WHERE role = 'livechat-agent'", &[]).await?)?;
    let managers =
        number(tx.query_opt("SELECT COUNT(*) FROM user_roles WHERE role = 'livechat-manager'", &[]).await?)?;
    let last = tx.query_opt("SELECT MAX(last_login) FROM users", &[]).await?;
    let last = last.map_or(Ok(None), |row| row.opt_int(0))?;
    for (name, n) in [
        ("totalUsers", total),
        ("activeUsers", crate::licenses::active_users(tx).await?),
        ("activeGuests", guests),
        ("nonActiveUsers", inactive),
        ("appUsers", apps),
        ("onlineUsers", online),
        ("awayUsers", away),
        ("busyUsers", busy),
        ("totalConnectedUsers", online + away),
        ("offlineUsers", total - online - away - busy),
        ("totalLivechatAgents", agents),
        ("totalLivechatManagers", managers),
    ] {
        doc.insert(name.to_owned(), n.into());
    }
    let last = last.map(|millis| Timestamp::from_millis(millis).to_iso()).unwrap_or_default();
    doc.insert("lastLogin".to_owned(), last.into());
    Ok(())
}

/// Adds rooms and messages to `doc`. Messages are added up from the rooms' counters: their number does not
/// matter for how long this takes.
async fn rooms(tx: &Tx, doc: &mut Map<String, Value>) -> Result<()> {
    let rows = tx
        .query(
            "SELECT t, prid IS NOT NULL, team_main, broadcast, COUNT(*), CAST(SUM(msgs) AS BIGINT) FROM rooms \
             GROUP BY t, prid IS NOT NULL, team_main, broadcast ORDER BY t",
            &[],
        )
        .await?;
    let mut sums: Map<String, Value> = Map::new();
    let mut add = |name: &str, n: i64| {
        let slot = sums.entry(name.to_owned()).or_insert_with(|| 0.into());
        *slot = (slot.as_i64().unwrap_or(0) + n).into();
    };
    for row in &rows {
        let (kind, n, messages) = (row.str(0)?, row.int(4)?, row.opt_int(5)?.unwrap_or(0));
        add("totalRooms", n);
        add("totalMessages", messages);
        let (rooms, sent) = match kind {
            "c" => ("totalChannels", "totalChannelMessages"),
            "p" => ("totalPrivateGroups", "totalPrivateGroupMessages"),
            "d" => ("totalDirect", "totalDirectMessages"),
            _ => ("totalLivechat", "totalLivechatMessages"),
        };
        add(rooms, n);
        let discussion = row.bool(1)?;
        add("totalDiscussions", if discussion { n } else { 0 });
        add(if discussion { "totalDiscussionsMessages" } else { sent }, messages);
        add(sent, 0);
        add("totalDiscussionsMessages", 0);
        add("totalBroadcastRooms", if row.bool(3)? { n } else { 0 });
        add("totalTeams", if row.bool(2)? { n } else { 0 });
    }
    let teams = sums.remove("totalTeams").unwrap_or_else(|| 0.into());
    for name in [
        "totalRooms",
        "totalChannels",
        "totalPrivateGroups",
        "totalDirect",
        "totalLivechat",
        "totalMessages",
        "totalChannelMessages",
        "totalPrivateGroupMessages",
        "totalDirectMessages",
        "totalLivechatMessages",
    ] {
        doc.insert(name.to_owned(), 0.into());
    }
    doc.append(&mut sums);
    doc.insert("teams".to_owned(), json!({ "totalTeams": teams }));
    for (name, sql) in [
        ("totalThreads", "SELECT COUNT(*) FROM messages WHERE tcount > 0"),
        ("totalPinned", "SELECT COUNT(*) FROM messages WHERE pinned"),
        ("totalRoomsWithPinned", "SELECT COUNT(DISTINCT rid) FROM messages WHERE pinned"),
        ("totalStarred", "SELECT COUNT(DISTINCT mid) FROM message_stars"),
        ("totalRoomsWithStarred", "SELECT COUNT(DISTINCT rid) FROM message_stars"),
    ] {
        doc.insert(name.to_owned(), count_dyn(tx, sql).await?.into());
    }
    let last = tx.query_opt("SELECT MAX(lm) FROM rooms", &[]).await?;
    let last = last.map_or(Ok(None), |row| row.opt_int(0))?;
    if let Some(last) = last {
        doc.insert("lastMessageSentAt".to_owned(), json!(Timestamp::from_millis(last)));
    }
    let seen = tx.query_opt("SELECT MAX(ls) FROM subscriptions", &[]).await?;
    let seen = seen.map_or(Ok(None), |row| row.opt_int(0))?;
    let seen = seen.map(|millis| Timestamp::from_millis(millis).to_iso()).unwrap_or_default();
    doc.insert("lastSeenSubscription".to_owned(), seen.into());
    Ok(())
}

async fn count_dyn(tx: &Tx, sql: &str) -> Result<i64> {
    Ok(tx.query_dyn(sql, &[]).await?.first().map_or(Ok(0), |row| row.int(0))?)
}

/// Settings that are shown as they are: field, setting.
const SETTINGS: [(&str, &str); 21] = [
    ("deploymentFingerprintHash", "Deployment_FingerPrint_Hash"),
    ("deploymentFingerprintVerified", "Deployment_FingerPrint_Verified"),
    ("livechatEnabled", "Livechat_enabled"),
    ("routingAlgorithm", "Livechat_Routing_Method"),
    ("readReceiptsEnabled", "Message_Read_Receipt_Enabled"),
    ("readReceiptsDetailed", "Message_Read_Receipt_Store_Users"),
    ("fileStoreType", "FileUpload_Storage_Type"),
    ("dashboardCount", "Engagement_Dashboard_Load_Count"),
    ("messageAuditApply", "Message_Auditing_Apply_Count"),
    ("messageAuditLoad", "Message_Auditing_Panel_Load_Count"),
    ("joinJitsiButton", "Jitsi_Click_To_Join_Count"),
    ("slashCommandsJitsi", "Jitsi_Start_SlashCommands_Count"),
    ("totalOTR", "OTR_Count"),
    ("totalTriggeredEmails", "Triggered_Emails_Count"),
    ("totalEmailInvitation", "Invitation_Email_Count"),
    ("showHomeButton", "Layout_Show_Home_Button"),
    ("totalManuallyAddedUsers", "Manual_Entry_User_Count"),
    ("totalWebRTCCalls", "WebRTC_Calls_Count"),
    ("uncaughtExceptionsCount", "Uncaught_Exceptions_Count"),
    ("pushSecured", "Push_request_content_from_server"),
    ("webRTCEnabled", "WebRTC_Enabled"),
];

/// What the setup wizard asked: field, setting.
const WIZARD: [(&str, &str); 7] = [
    ("organizationType", "Organization_Type"),
    ("industry", "Industry"),
    ("size", "Size"),
    ("country", "Country"),
    ("language", "Language"),
    ("serverType", "Server_Type"),
    ("registerServer", "Register_Server"),
];

fn named(ctx: &Ctx, names: &[(&str, &str)]) -> Map<String, Value> {
    let value = |id: &str| ctx.settings.value(id).map_or(Value::Null, |value| Value::clone(&value));
    names.iter().map(|(field, id)| ((*field).to_owned(), value(id))).collect()
}

/// The numbers as they are now, without an id.
async fn numbers(ctx: &Ctx, tx: &Tx) -> Result<Map<String, Value>> {
    let mut doc = named(ctx, &SETTINGS);
    doc.insert("wizard".to_owned(), Value::Object(named(ctx, &WIZARD)));
    let engine = match tx.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    };
    for (field, value) in [
        ("uniqueId", json!(ctx.settings.get(keys::uniqueID).to_string())),
        ("installedAt", json!(ctx.settings.installed_at().to_iso())),
        ("version", json!(COMPATIBLE_VERSION)),
        ("tag", Value::Null),
        ("branch", Value::Null),
        ("os", machine::system()),
        ("process", machine::process(ctx)),
        ("deploy", json!({ "method": "binary", "platform": "gantry" })),
        ("enterpriseReady", true.into()),
        ("enterprise", json!({ "modules": crate::licenses::MODULES, "tags": [], "seatRequests": 0 })),
        ("instanceCount", 1.into()),
        ("msEnabled", false.into()),
        ("oplogEnabled", false.into()),
        ("mongoVersion", "".into()),
        ("mongoStorageEngine", engine.into()),
        ("push", i64::from(ctx.settings.flag_by_id("Push_enable")).into()),
    ] {
        doc.insert(field.to_owned(), value);
    }
    people(tx, &mut doc).await?;
    rooms(tx, &mut doc).await?;
    Ok(doc)
}

/// Gathers the numbers and keeps them.
pub(super) async fn save(ctx: &Ctx) -> Result<Value> {
    let inner = ctx.clone();
    let mut doc = ctx.read(async move |tx| numbers(&inner, tx).await).await?;
    let (id, now) = (ctx.ids.id(), ctx.now);
    doc.insert("_id".to_owned(), id.clone().into());
    doc.insert("createdAt".to_owned(), json!(now));
    doc.insert("_updatedAt".to_owned(), json!(now));
    let doc = Value::Object(doc);
    let text = doc.to_string();
    ctx.write(async move |tx| {
        tx.exec("DELETE FROM statistics WHERE created_at < ?1", &vals![now.millis() - KEPT_MS]).await?;
        tx.exec(
            "INSERT INTO statistics (id, created_at, doc) VALUES (?1, ?2, ?3)",
            &vals![&id, now.millis(), &text],
        )
        .await?;
        Ok(())
    })
    .await?;
    Ok(doc)
}

/// The newest numbers, or fresh ones.
pub(super) async fn newest(ctx: &Ctx, refresh: bool) -> Result<Value> {
    if refresh {
        return save(ctx).await;
    }
    let found = ctx
        .read(async move |tx| {
            Ok(tx.query_opt("SELECT doc FROM statistics ORDER BY created_at DESC, id LIMIT 1", &[]).await?)
        })
        .await?;
    match found {
        Some(row) => serde_json::from_str(row.str(0)?).map_err(Error::internal),
        None => save(ctx).await,
    }
}

/// One page of what was gathered, and how much that is. `order` names columns of `statistics` only.
pub(super) async fn page(tx: &Tx, order: &str, window: Window) -> Result<(Vec<Value>, i64)> {
    let sql = format!("SELECT doc FROM statistics ORDER BY {order}, id LIMIT ?1 OFFSET ?2");
    let rows = tx.query_dyn(&sql, &vals![window.count, window.offset]).await?;
    let docs = rows.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal));
    Ok((docs.collect::<Result<_>>()?, number(tx.query_opt("SELECT COUNT(*) FROM statistics", &[]).await?)?))
}
