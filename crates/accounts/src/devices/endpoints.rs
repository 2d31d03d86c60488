//! Devices over REST.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Needs;

use super::LogoutForced;
use super::rows::{self, Filter, Session};
use crate::{Accounts, tokens};

/// A device as lists show it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    #[serde(rename = "_id")]
    id: String,
    session_id: String,
    user_id: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    device: Value,
    host: String,
    ip: String,
    login_at: Timestamp,
    /// Whether the call came from this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<bool>,
    /// The user, for administrators.
    #[serde(rename = "_user", skip_serializing_if = "Value::is_null")]
    user: Value,
}

impl Shown {
    fn own(session: Session, caller: &Caller) -> Self {
        let current = session.hash == caller.token_hash;
        Self { current: Some(current), user: Value::Null, ..Self::any(session) }
    }

    fn any(session: Session) -> Self {
        let [username, name, etag] = session.user;
        let mut user = json!({ "username": username, "name": name, "avatarETag": etag });
        if let Value::Object(user) = &mut user {
            user.retain(|_, value| !value.is_null());
        }
        Self {
            id: session.id.clone(),
            session_id: session.id,
            user_id: session.uid,
            device: session.device,
            host: session.host,
            ip: session.address,
            login_at: session.login_at,
            current: None,
            user,
        }
    }
}

/// A page of devices.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionsReply {
    sessions: Vec<Shown>,
    total: i64,
    count: i64,
    offset: i64,
}

/// What lists can be sorted by.
const SORTS: &[(&str, &str)] = &[
    ("loginAt", "t.login_at"),
    ("device.name", "COALESCE(t.device_name, '')"),
    ("device.os.name", "COALESCE(t.os_name, '')"),
    ("device.os.version", "COALESCE(t.os_version, '')"),
    ("_user.name", "COALESCE(u.name_folded, '')"),
    ("_user.username", "COALESCE(u.username_folded, '')"),
];

fn order(page: &Page) -> Result<String> {
    let text = page.sort.as_deref().filter(|text| !text.is_empty());
    let fields = text.and_then(|text| serde_json::from_str::<serde_json::Map<String, Value>>(text).ok());
    let known = |field: &String| SORTS.iter().any(|(name, _)| name == field);
    if fields.is_some_and(|fields| !fields.keys().all(known)) {
        return Err(Error::message("error-invalid-sort-keys"));
    }
    page.order_by(SORTS, "t.login_at DESC")
}

async fn list(ctx: &Ctx, filter: Filter, page: Page) -> Result<(Vec<Session>, i64, Window)> {
    let (order, window) = (order(&page)?, page.window(ctx));
    let (sessions, total) = ctx.read(async move |tx| rows::page(tx, &filter, &order, window).await).await?;
    Ok((sessions, total, window))
}

/// Devices on which the caller is signed in, the last used first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// Part of the browser's or app's name, of its system or of a session id.
    filter: Option<String>,
    /// Entries to skip.
    offset: Option<i64>,
    /// Entries to return.
    count: Option<i64>,
    /// Sort order as JSON, by `loginAt`, `device.name`, `device.os.name` or `device.os.version`.
    sort: Option<String>,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("sessions/list", "settings");
    type Guard = LoggedIn;
    type Reply = SessionsReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<SessionsReply> {
        let filter = Filter { uid: Some(caller.uid.clone()), search: self.filter, by_name: false };
        let page = Page { offset: self.offset, count: self.count, sort: self.sort };
        let (sessions, total, window) = list(ctx, filter, page).await?;
        let sessions = sessions.into_iter().map(|session| Shown::own(session, &caller)).collect();
        Ok(SessionsReply { sessions, total, count: window.count, offset: window.offset })
    }
}

/// Devices on which anybody is signed in, the last used first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListAll {
    /// Part of the browser's or app's name, of its system, of a session id or of a user's name.
    filter: Option<String>,
    /// Entries to skip.
    offset: Option<i64>,
    /// Entries to return.
    count: Option<i64>,
    /// Sort order as JSON, as for one's own devices, and by `_user.name` or `_user.username`.
    sort: Option<String>,
}

impl Endpoint for ListAll {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["view-device-management"]),
        ..Spec::get("sessions/list.all", "settings").two_factor(TwoFactor::Remembered)
    };
    type Guard = LoggedIn;
    type Reply = SessionsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<SessionsReply> {
        let filter = Filter { uid: None, search: self.filter, by_name: true };
        let page = Page { offset: self.offset, count: self.count, sort: self.sort };
        let (sessions, total, window) = list(ctx, filter, page).await?;
        let sessions = sessions.into_iter().map(Shown::any).collect();
        Ok(SessionsReply { sessions, total, count: window.count, offset: window.offset })
    }
}

fn not_found() -> Error {
    Error::not_found("Session not found")
}

/// One of the devices on which the caller is signed in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Info {
    /// Id of the session.
    session_id: String,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("sessions/info", "settings");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Value> {
        let uid = caller.uid.clone();
        let found = ctx.read(async move |tx| rows::by_id(tx, &self.session_id, Some(&uid)).await).await?;
        let session = found.ok_or_else(not_found)?;
        // Upstream answers its stored record, the token's hash included; that one stays here.
        let mut shown =
            serde_json::to_value(Shown::own(session.clone(), &caller)).map_err(Error::internal)?;
        shown["type"] = json!("session");
        shown["instanceId"] = json!(&*ctx.settings.get(keys::uniqueID));
        shown["roles"] = session.roles;
        shown["createdAt"] = json!(session.created_at);
        shown["_updatedAt"] = json!(session.login_at);
        Ok(shown)
    }
}

/// A device on which somebody is signed in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct InfoForAdministrators {
    /// Id of the session.
    session_id: String,
}

impl Endpoint for InfoForAdministrators {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["view-device-management"]),
        ..Spec::get("sessions/info.admin", "settings").two_factor(TwoFactor::Remembered)
    };
    type Guard = LoggedIn;
    type Reply = Shown;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Shown> {
        let found = ctx.read(async move |tx| rows::by_id(tx, &self.session_id, None).await).await?;
        found.map(Shown::any).ok_or_else(not_found)
    }
}

/// The session that ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    session_id: String,
}

/// Ends a session, of one user or of anybody.
async fn end(ctx: &Ctx, id: String, uid: Option<String>) -> Result<Ended> {
    let sought = id.clone();
    let session = ctx
        .write(async move |tx| {
            let found = rows::by_id(tx, &sought, uid.as_deref()).await?.ok_or_else(not_found)?;
            tx.emit(LogoutForced { uid: found.uid.clone(), session_id: Some(found.id.clone()) });
            tokens::end_one(tx, &found.uid, &found.hash, "logged out from the list of devices", None).await?;
            Ok(found)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(std::slice::from_ref(&session.hash));
    Ok(Ended { session_id: id })
}

/// Signs one of the caller's devices out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LogoutOwn {
    /// Id of the session.
    session_id: String,
}

impl Endpoint for LogoutOwn {
    const SPEC: Spec = Spec::post("sessions/logout.me", "settings");
    type Guard = LoggedIn;
    type Reply = Ended;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Ended> {
        end(ctx, self.session_id, Some(caller.uid.clone())).await
    }
}

/// Signs a device of any user out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Logout {
    /// Id of the session.
    session_id: String,
}

impl Endpoint for Logout {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["logout-device-management"]),
        ..Spec::post("sessions/logout", "settings").two_factor(TwoFactor::Remembered)
    };
    type Guard = LoggedIn;
    type Reply = Ended;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Ended> {
        end(ctx, self.session_id, None).await
    }
}
