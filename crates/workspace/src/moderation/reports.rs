//! Reading reports. Upstream: `apps/meteor/server/models/raw/ModerationReports.ts`.

use std::collections::{BTreeMap, HashSet};

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;
use gantry_store::{dialect::escape_like, vals};

/// One page of a list of reports, and how long the whole list is.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) entries: Vec<Value>,
    pub(super) total: i64,
}

/// Open reports of one kind in a stretch of time.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// `message` or `user`.
    pub(super) kind: &'static str,
    /// Before this time.
    pub(super) latest: i64,
    /// After this time.
    pub(super) oldest: i64,
    /// Text in the reported message, the description or the names.
    pub(super) selector: String,
}

/// A pattern that finds `selector` anywhere, in any case.
fn pattern(selector: &str) -> String {
    format!("%{}%", escape_like(&users::fold(selector)))
}

fn document(row: &Row, column: usize) -> Result<Value> {
    serde_json::from_str(row.str(column)?).map_err(Error::internal)
}

/// The reported people: the newest report of each and how many there are. `order` names columns of
/// `grouped` and `u` only.
pub(super) async fn by_person(tx: &Tx, query: &Query, order: &str, window: Window) -> Result<Listed> {
    let pattern = pattern(&query.selector);
    let sql = format!(
        "SELECT grouped.doc, grouped.n, grouped.uid, u.id FROM (\
         SELECT r.doc, r.ts, r.uid, COUNT(*) OVER (PARTITION BY r.uid) AS n, \
         ROW_NUMBER() OVER (PARTITION BY r.uid ORDER BY r.ts DESC, r.id) AS place \
         FROM moderation_reports r WHERE r.kind = ?1 AND NOT r.hidden AND r.ts < ?2 AND r.ts > ?3 \
         AND r.search LIKE ?4 ESCAPE '\\') AS grouped LEFT JOIN users u ON u.id = grouped.uid \
         WHERE grouped.place = 1 ORDER BY {order}, grouped.uid LIMIT ?5 OFFSET ?6"
    );
    let rows = tx
        .query_dyn(
            &sql,
            &vals![query.kind, query.latest, query.oldest, &pattern, window.count, window.offset],
        )
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    let uids: Vec<String> = rows.iter().map(|row| Ok(row.text(2)?)).collect::<Result<_>>()?;
    let mut rooms = if query.kind == "message" { rooms_of(tx, query, &uids).await? } else { BTreeMap::new() };
    for row in &rows {
        let (report, count) = (document(row, 0)?, row.int(1)?);
        entries.push(if query.kind == "message" {
            let message = &report["message"];
            let mut entry = json!({
                "message": message["msg"],
                "msgId": message["_id"],
                "ts": report["ts"],
                "username": message["u"]["username"],
                "userId": message["u"]["_id"],
                "isUserDeleted": row.is_null(3)?,
                "count": count,
                "rooms": rooms.remove(row.str(2)?).unwrap_or_default(),
            });
            if let Some(name) = message["u"].get("name") {
                entry["name"] = name.clone();
            }
            entry
        } else {
            json!({ "reportedUser": report["reportedUser"], "ts": report["ts"], "count": count })
        });
    }
    let total = tx
        .query_opt(
            "SELECT COUNT(DISTINCT r.uid) FROM moderation_reports r WHERE r.kind = ?1 AND NOT r.hidden \
             AND r.ts < ?2 AND r.ts > ?3 AND r.search LIKE ?4 ESCAPE '\\'",
            &vals![query.kind, query.latest, query.oldest, &pattern],
        )
        .await?;
    Ok(Listed { entries, total: total.map_or(Ok(0), |row| row.int(0))? })
}

/// The rooms in which messages of these people were reported, as the newest reports describe them.
async fn rooms_of(tx: &Tx, query: &Query, uids: &[String]) -> Result<BTreeMap<String, Vec<Value>>> {
    let rows = tx
        .query(
            "SELECT uid, doc FROM (SELECT r.uid, r.doc, r.ts, r.id, \
             ROW_NUMBER() OVER (PARTITION BY r.uid, r.rid ORDER BY r.ts DESC, r.id) AS place \
             FROM moderation_reports r WHERE r.kind = 'message' AND NOT r.hidden AND r.ts < ?1 AND r.ts > ?2 \
             AND r.search LIKE ?3 ESCAPE '\\' AND r.uid IN list(?4)) AS grouped \
             WHERE place = 1 ORDER BY ts DESC, id",
            &vals![query.latest, query.oldest, &pattern(&query.selector), uids],
        )
        .await?;
    let mut rooms: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in &rows {
        let mut report = document(row, 1)?;
        rooms.entry(row.text(0)?).or_default().push(report["room"].take());
    }
    Ok(rooms)
}

/// The fields that a list shows of a report.
fn only(report: &Value, fields: &[&str]) -> Value {
    let shown = fields.iter().filter_map(|name| Some(((*name).to_owned(), report.get(name)?.clone())));
    Value::Object(shown.collect())
}

/// Which reports a list is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    /// Messages of a person, searched by their text.
    MessagesOf,
    /// A person.
    Person,
    /// A message.
    Message,
}

/// The open reports about `id`, newest first unless `order` says otherwise.
pub(super) async fn about(
    tx: &Tx,
    what: About,
    id: &str,
    selector: &str,
    order: &str,
    window: Window,
) -> Result<Listed> {
    let (condition, fields): (&str, &[&str]) = match what {
        About::MessagesOf => (
            "r.kind = 'message' AND r.uid = ?1 AND r.search_text LIKE ?2 ESCAPE '\\'",
            &["_id", "message", "ts", "room"],
        ),
        About::Person => (
            "r.kind = 'user' AND r.uid = ?1 AND r.search LIKE ?2 ESCAPE '\\'",
            &["_id", "description", "ts", "reportedBy", "reportedUser"],
        ),
        About::Message => (
            "r.kind = 'message' AND r.mid = ?1 AND r.search LIKE ?2 ESCAPE '\\'",
            &["_id", "description", "reportedBy", "ts", "room"],
        ),
    };
    let pattern = pattern(selector);
    let from = format!("FROM moderation_reports r WHERE NOT r.hidden AND {condition}");
    let rows = tx
        .query_dyn(
            &format!("SELECT r.doc {from} ORDER BY {order}, r.id LIMIT ?3 OFFSET ?4"),
            &vals![id, &pattern, window.count, window.offset],
        )
        .await?;
    let entries =
        rows.iter().map(|row| Ok(only(&document(row, 0)?, fields))).collect::<Result<Vec<Value>>>()?;
    let total = tx.query_dyn(&format!("SELECT COUNT(*) {from}"), &vals![id, &pattern]).await?;
    Ok(Listed { entries, total: total.first().map_or(Ok(0), |row| row.int(0))? })
}

/// The first report of each message.
pub(super) fn unique_messages(reports: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    reports.into_iter().filter(|report| seen.insert(report["message"]["_id"].clone())).collect()
}

/// A report with what became of it.
pub(super) async fn by_id(tx: &Tx, id: &str) -> Result<Option<Value>> {
    let row =
        tx.query_opt("SELECT doc, hidden, outcome FROM moderation_reports WHERE id = ?1", &vals![id]).await?;
    let Some(row) = row else { return Ok(None) };
    let mut report = document(&row, 0)?;
    if row.bool(1)? {
        report["_hidden"] = true.into();
        if !row.is_null(2)? {
            report["moderationInfo"] = document(&row, 2)?;
        }
    }
    Ok(Some(report))
}

/// What moderators see of a reported person. The addresses are those that the reports name.
pub(super) fn person(user: &User, reports: &[Value]) -> Value {
    let mut emails: BTreeMap<String, Value> = BTreeMap::new();
    for report in reports {
        if let Some(email) = report["reportedUser"]["emails"].get(0) {
            emails.insert(email["address"].as_str().unwrap_or_default().to_owned(), email.clone());
        }
    }
    let emails: Vec<Value> = emails.into_values().collect();
    known(json!({
        "_id": user.id, "username": user.username, "name": user.name, "avatarETag": user.avatar_etag,
        "active": user.active, "roles": user.roles, "emails": emails, "createdAt": user.created_at,
    }))
}

/// An object without the fields that have no value.
pub(super) fn known(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.retain(|_, value| !value.is_null());
    }
    object
}
