//! `login`, `logout` and `me` over REST.

use gantry_kernel::prelude::*;
use serde_json::Map;

use super::{LoginRequest, login, logout};
use crate::users::{self, view};

/// Logs in: with `user` (a username or an address) or `username` or `email`, and `password`; with
/// `resume`, a token from before; or with any options of the DDP method `login`. `code` carries a second
/// factor, as the header `X-2FA-Code` does.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Login {
    /// What the login needs.
    #[serde(flatten)]
    body: Map<String, Value>,
}

/// The session and its user.
#[derive(Serialize, JsonSchema)]
pub(super) struct LoginReply {
    status: &'static str,
    data: LoginData,
}

/// The session and its user.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoginData {
    user_id: String,
    auth_token: String,
    me: Value,
}

impl Endpoint for Login {
    const SPEC: Spec = Spec::post("login", "authentication").bare();
    type Guard = Anyone;
    type Reply = LoginReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<LoginReply> {
        let session = login(ctx, LoginRequest::from_body(&self.body)).await?;
        let me = me(ctx, session.uid.clone()).await?;
        let data = LoginData { user_id: session.uid, auth_token: session.token, me };
        Ok(LoginReply { status: "success", data })
    }
}

async fn me(ctx: &Ctx, uid: String) -> Result<Value> {
    let found = ctx
        .read(async move |tx| {
            let user = users::by_id(tx, &uid).await?;
            let password = users::password_hash(tx, &uid).await?;
            Ok(user.map(|user| (user, password.is_some())))
        })
        .await?;
    let (user, has_password) = found.ok_or_else(Error::unauthenticated)?;
    view::me(ctx, &user, has_password)
}

/// Ends the session that the call came with.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Logout {}

/// Says that the session ended.
#[derive(Serialize, JsonSchema)]
pub(super) struct LogoutReply {
    status: &'static str,
    data: LogoutData,
}

/// A sentence.
#[derive(Serialize, JsonSchema)]
pub(super) struct LogoutData {
    message: &'static str,
}

impl Endpoint for Logout {
    const SPEC: Spec = Spec::post("logout", "authentication").bare();
    type Guard = LoggedIn;
    type Reply = LogoutReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<LogoutReply> {
        end(ctx, &caller).await
    }
}

async fn end(ctx: &Ctx, caller: &Caller) -> Result<LogoutReply> {
    logout(ctx, caller).await?;
    Ok(LogoutReply { status: "success", data: LogoutData { message: "You've been logged out!" } })
}

/// Ends the session that the call came with, as old clients ask for it.
#[derive(Deserialize, JsonSchema)]
pub(super) struct LogoutByGet {}

impl Endpoint for LogoutByGet {
    const SPEC: Spec =
        Spec::get("logout", "authentication").bare().deprecated("9.0.0", "POST /api/v1/logout");
    type Guard = LoggedIn;
    type Reply = LogoutReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<LogoutReply> {
        end(ctx, &caller).await
    }
}

/// The caller's own user, with all preferences.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Me {}

impl Endpoint for Me {
    const SPEC: Spec = Spec::get("me", "authentication");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Value> {
        me(ctx, caller.uid.clone()).await
    }
}
