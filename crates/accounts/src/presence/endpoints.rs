//! Presence over REST.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Needs;
use gantry_protocol::objects::{User, UserStatus};

use crate::Accounts;
use crate::settings::save_one;
use crate::users::{self, UserSelector, status};

/// Connections up to which upstream tells of presence without a licence. This server has no limit; clients
/// show the number.
const UPSTREAM_LIMIT: u32 = 200;

/// The users who are not offline, or those of `ids` who are not, or those who changed since `from`.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Presence {
    /// Time since when; more than ten minutes ago asks for everybody.
    from: Option<String>,
    /// User ids, separated by commas or repeated.
    ids: Option<Value>,
}

/// What is shown of a user who is not offline.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Present {
    #[serde(rename = "_id")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    status: UserStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utc_offset: Option<serde_json::Number>,
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    avatar_etag: Option<String>,
}

impl From<User> for Present {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            name: user.name,
            status: user.status.unwrap_or_default(),
            status_text: user.status_text.filter(|text| !text.is_empty()),
            utc_offset: user.utc_offset,
            avatar_etag: user.avatar_etag,
        }
    }
}

/// Users, and whether these are all who are not offline.
#[derive(Serialize, JsonSchema)]
pub(super) struct PresenceReply {
    users: Vec<Present>,
    full: bool,
}

impl Endpoint for Presence {
    const SPEC: Spec = Spec::get("users.presence", "presence");
    type Guard = LoggedIn;
    type Reply = PresenceReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<PresenceReply> {
        if ctx.settings.get(keys::Presence_broadcast_disabled) {
            return Ok(PresenceReply { users: Vec::new(), full: true });
        }
        let ids = self.ids.map(ids);
        let recently = ctx.now.millis() - 10 * 60 * 1000;
        let from =
            self.from.as_deref().and_then(Timestamp::parse_iso).filter(|from| from.millis() > recently);
        let full = ids.is_none() && from.is_none();
        let users = ctx
            .read(async move |tx| match (&ids, from) {
                (Some(ids), _) => users::list::not_offline_of(tx, ids).await,
                (None, Some(from)) => users::list::changed_since(tx, &caller.uid, from).await,
                (None, None) => users::list::not_offline(tx).await,
            })
            .await?;
        Ok(PresenceReply { users: users.into_iter().map(Present::from).collect(), full })
    }
}

fn ids(value: Value) -> Vec<String> {
    match value {
        Value::String(text) => text.split(',').map(str::to_owned).collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The presence of a user; the caller's own with its connections.
#[derive(Deserialize, JsonSchema)]
pub(super) struct GetPresence {
    #[serde(flatten)]
    user: UserSelector,
}

/// Whether somebody is here.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetPresenceReply {
    presence: UserStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_status: Option<UserStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login: Option<Timestamp>,
}

impl Endpoint for GetPresence {
    const SPEC: Spec = Spec::get("users.getPresence", "presence");
    type Guard = LoggedIn;
    type Reply = GetPresenceReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<GetPresenceReply> {
        let own = self.user.is_caller(ctx);
        let user = users::selected(ctx, own_or(own, &caller, self.user)).await?;
        Ok(GetPresenceReply {
            presence: user.status.unwrap_or_default(),
            connection_status: own.then(|| user.status_connection.unwrap_or_default()),
            last_login: user.last_login.filter(|_| own),
        })
    }
}

fn own_or(own: bool, caller: &Caller, selector: UserSelector) -> UserSelector {
    if own { UserSelector { user_id: Some(caller.uid.clone()), ..UserSelector::default() } } else { selector }
}

/// The status of a user.
#[derive(Deserialize, JsonSchema)]
pub(super) struct GetStatus {
    #[serde(flatten)]
    user: UserSelector,
}

/// A user's status; the caller's own with its connections.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetStatusReply {
    #[serde(rename = "_id")]
    id: String,
    status: UserStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_status: Option<UserStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Endpoint for GetStatus {
    const SPEC: Spec = Spec::get("users.getStatus", "presence");
    type Guard = LoggedIn;
    type Reply = GetStatusReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<GetStatusReply> {
        let own = self.user.is_caller(ctx);
        let user = users::selected(ctx, own_or(own, &caller, self.user)).await?;
        Ok(GetStatusReply {
            id: user.id,
            status: user.status.unwrap_or_default(),
            connection_status: own.then(|| user.status_connection.unwrap_or_default()),
            message: user.status_text,
        })
    }
}

/// Sets the status or the status text of the caller or, with the permission, of another user.
#[derive(Deserialize, JsonSchema)]
pub(super) struct SetStatus {
    #[serde(flatten)]
    user: UserSelector,
    /// `online`, `away`, `busy` or `offline`. One of the two has to be there, and both are texts.
    status: Option<Value>,
    /// Text beside the status.
    message: Option<Value>,
}

/// A text, or nothing. Upstream checks these by hand, and takes no number for a text.
fn text(value: Option<Value>) -> Result<Option<String>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(no_status()),
    }
}

fn no_status() -> Error {
    Error::message("Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation")
}

impl Endpoint for SetStatus {
    const SPEC: Spec = Spec::post("users.setStatus", "presence").rate(5, 60_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        let (status, message) = (text(self.status)?, text(self.message)?);
        if status.is_none() && message.is_none() {
            return Err(no_status());
        }
        let own = self.user.is_caller(ctx);
        if !own && !ctx.may("edit-other-user-info") {
            status::check_text_allowed(ctx, "users.setStatus", "Change status is not allowed")?;
            return Err(Error::unauthorized());
        }
        status::check_text_allowed(ctx, "users.setStatus", "Change status is not allowed")?;
        let user = users::selected(ctx, own_or(own, &caller, self.user)).await?;
        let wish =
            status.filter(|status| !status.is_empty()).map(|word| status::wish(ctx, &word)).transpose()?;
        let inner = ctx.clone();
        ctx.write(async move |tx| super::put_status(&inner, tx, &user.id, wish, message.as_deref()).await)
            .await?;
        Ok(())
    }
}

/// How many users are connected.
#[derive(Deserialize, JsonSchema)]
pub(super) struct GetConnections {}

/// Connections, and how many upstream allows without a licence.
#[derive(Serialize, JsonSchema)]
pub(super) struct GetConnectionsReply {
    current: usize,
    max: u32,
}

impl Endpoint for GetConnections {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["manage-user-status"]),
        ..Spec::get("presence.getConnections", "presence")
    };
    type Guard = LoggedIn;
    type Reply = GetConnectionsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<GetConnectionsReply> {
        Ok(GetConnectionsReply { current: Accounts::of(ctx).presence.count(), max: UPSTREAM_LIMIT })
    }
}

/// Tells of presence again after it was switched off.
#[derive(Deserialize, JsonSchema)]
pub(super) struct EnableBroadcast {}

impl Endpoint for EnableBroadcast {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["manage-user-status"]),
        two_factor: TwoFactor::Remembered,
        ..Spec::post("presence.enableBroadcast", "presence")
    };
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        save_one(ctx, "Presence_broadcast_disabled", json!(false)).await
    }
}
