//! Presence over DDP.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::UserStatus;

use super::set_connection;
use crate::users::status::set_own;

/// `UserPresence:online()`: this connection is in use.
#[derive(Deserialize)]
pub(super) struct Online {}

impl Method for Online {
    const SPEC: MethodSpec = MethodSpec::new("UserPresence:online", "presence");
    type Guard = Anyone;
    type Reply = Option<bool>;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Option<bool>> {
        heard(ctx, UserStatus::Online).await
    }
}

/// `UserPresence:away()`: this connection is idle.
#[derive(Deserialize)]
pub(super) struct Away {}

impl Method for Away {
    const SPEC: MethodSpec = MethodSpec::new("UserPresence:away", "presence");
    type Guard = Anyone;
    type Reply = Option<bool>;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Option<bool>> {
        heard(ctx, UserStatus::Away).await
    }
}

async fn heard(ctx: &Ctx, status: UserStatus) -> Result<Option<bool>> {
    if ctx.caller.is_none() || ctx.origin.connection.is_none() {
        return Ok(None);
    }
    set_connection(ctx, status).await.map(Some)
}

/// `UserPresence:setDefaultStatus(status)`.
#[derive(Deserialize)]
pub(super) struct SetDefaultStatus {
    status: UserStatus,
}

impl Method for SetDefaultStatus {
    const SPEC: MethodSpec = MethodSpec::new("UserPresence:setDefaultStatus", "presence");
    type Guard = Anyone;
    type Reply = Option<bool>;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Option<bool>> {
        if ctx.caller.is_none() {
            return Ok(None);
        }
        set_own(ctx, Some(self.status), None).await.map(Some)
    }
}

/// `setUserStatus(status, text)`.
#[derive(Deserialize)]
pub(super) struct SetUserStatus {
    status: Option<UserStatus>,
    text: Option<String>,
}

impl Method for SetUserStatus {
    const SPEC: MethodSpec = MethodSpec::new("setUserStatus", "presence").rate(1, 1_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        set_own(ctx, self.status, self.text.as_deref()).await?;
        Ok(())
    }
}

/// `getUserStatusText(uid)`.
#[derive(Deserialize)]
pub(super) struct GetUserStatusText {
    user_id: String,
}

impl Method for GetUserStatusText {
    const SPEC: MethodSpec = MethodSpec::new("getUserStatusText", "presence");
    type Guard = LoggedIn;
    type Reply = Option<String>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Option<String>> {
        let user = ctx.read(async move |tx| crate::users::by_id(tx, &self.user_id).await).await?;
        Ok(user.and_then(|user| user.status_text))
    }
}
