//! Devices in the database: columns of the login tokens, so that an ended login is no device any more.

use gantry_kernel::caller::Origin;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::page::Window;
use gantry_protocol::Timestamp;
use gantry_store::dialect::escape_like;
use gantry_store::{Row, Tx, Val, vals};
use serde_json::Value;

use super::agent;
use crate::users::fold;

/// A login on a device.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) uid: String,
    /// Stored hash of its token.
    pub(super) hash: String,
    pub(super) device: Value,
    pub(super) host: String,
    pub(super) address: String,
    pub(super) login_at: Timestamp,
    pub(super) created_at: Timestamp,
    /// The user's username, name and picture; all absent for a user who is gone.
    pub(super) user: [Option<String>; 3],
    /// Global roles of the user.
    pub(super) roles: Value,
}

const COLUMNS: &str = "t.session_id, t.uid, t.hash, t.device, t.host, t.address, t.login_at, t.created_at, \
     u.username, u.name, u.avatar_etag, u.roles FROM login_tokens t JOIN users u ON u.id = t.uid";

fn session(row: &Row) -> Result<Session> {
    let json = |text: Option<&str>| serde_json::from_str(text.unwrap_or("null")).map_err(Error::internal);
    Ok(Session {
        id: row.text(0)?,
        uid: row.text(1)?,
        hash: row.text(2)?,
        device: json(row.opt_str(3)?)?,
        host: row.opt_text(4)?.unwrap_or_default(),
        address: row.opt_text(5)?.unwrap_or_default(),
        login_at: Timestamp::from_millis(row.int(6)?),
        created_at: Timestamp::from_millis(row.int(7)?),
        user: [row.opt_text(8)?, row.opt_text(9)?, row.opt_text(10)?],
        roles: json(row.opt_str(11)?)?,
    })
}

/// Writes down from where a login is used. `fresh_id` becomes the session's id if it has none yet.
pub(crate) async fn note(
    tx: &Tx,
    uid: &str,
    hash: &str,
    fresh_id: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let device = agent::device(&origin.user_agent);
    let told = !origin.user_agent.is_empty();
    let shown = told.then(|| serde_json::to_string(&device)).transpose().map_err(Error::internal)?;
    let (name, os) = (device.name, device.os);
    let search = fold(&[name.as_str(), &device.kind, &os.name, uid].join("\n"));
    tx.exec(
        "UPDATE login_tokens SET session_id = COALESCE(session_id, ?3), login_at = ?4, host = ?5, device = ?6, \
         device_name = ?7, os_name = ?8, os_version = ?9, session_search = ?10, user_agent = ?11, address = ?12 \
         WHERE uid = ?1 AND hash = ?2 AND kind = 'login'",
        &vals![
            uid,
            hash,
            fresh_id,
            now.millis(),
            &origin.host,
            shown.as_deref(),
            &name,
            &os.name,
            &os.version,
            &search,
            &origin.user_agent,
            &origin.address.to_string(),
        ],
    )
    .await?;
    Ok(())
}

/// The session of that id, of one user or of anybody.
pub(super) async fn by_id(tx: &Tx, id: &str, uid: Option<&str>) -> Result<Option<Session>> {
    let sql = format!("SELECT {COLUMNS} WHERE t.session_id = ?1");
    let row = tx.query_dyn(&sql, &vals![id]).await?.into_iter().next();
    let found = row.as_ref().map(session).transpose()?;
    Ok(found.filter(|session| uid.is_none_or(|uid| uid == session.uid)))
}

/// Which sessions to list.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// Of this user.
    pub(super) uid: Option<String>,
    /// Words of the device, its system, an id.
    pub(super) search: Option<String>,
    /// The search also finds the sessions of users whose name fits.
    pub(super) by_name: bool,
}

/// A page of sessions, and how many there are.
pub(super) async fn page(
    tx: &Tx,
    filter: &Filter,
    order: &str,
    window: Window,
) -> Result<(Vec<Session>, i64)> {
    let mut terms = vec!["t.session_id IS NOT NULL".to_owned()];
    let mut values: Vec<Val<'_>> = Vec::new();
    if let Some(uid) = &filter.uid {
        values.push(Val::Text(uid));
        terms.push(format!("t.uid = ?{}", values.len()));
    }
    let pattern = filter.search.as_deref().filter(|text| !text.is_empty());
    let pattern = pattern.map(|text| format!("%{}%", escape_like(&fold(text))));
    if let Some(pattern) = &pattern {
        values.push(Val::Text(pattern));
        let n = values.len();
        let fits = |column: &str| format!("{column} LIKE ?{n} ESCAPE '\\'");
        let mut ways = vec![fits("t.session_search"), fits("LOWER(t.session_id)")];
        if filter.by_name {
            ways.extend([fits("u.username_folded"), fits("u.name_folded")]);
        }
        terms.push(format!("({})", ways.join(" OR ")));
    }
    let wanted = terms.join(" AND ");
    let count = format!("SELECT COUNT(*) FROM login_tokens t JOIN users u ON u.id = t.uid WHERE {wanted}");
    let total = tx.query_dyn(&count, &values).await?.first().map_or(Ok(0), |row| row.int(0))?;
    values.extend([Val::Int(window.count), Val::Int(window.offset)]);
    let (limit, offset) = (values.len() - 1, values.len());
    let sql = format!(
        "SELECT {COLUMNS} WHERE {wanted} ORDER BY {order}, t.session_id LIMIT ?{limit} OFFSET ?{offset}"
    );
    let rows = tx.query_dyn(&sql, &values).await?;
    Ok((rows.iter().map(session).collect::<Result<_>>()?, total))
}
