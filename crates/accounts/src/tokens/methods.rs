//! Tokens over DDP.

use gantry_kernel::prelude::*;

use super::{end_other_logins, personal};

/// `createToken(userId)`.
#[derive(Deserialize)]
pub(super) struct CreateToken {
    user_id: String,
}

/// A token of a user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuedToken {
    user_id: String,
    auth_token: String,
}

impl Method for CreateToken {
    const SPEC: MethodSpec = MethodSpec::new("createToken", "users");
    type Guard = LoggedIn;
    type Reply = IssuedToken;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<IssuedToken> {
        super::not_by_application(&caller)?;
        if !ctx.may("user-generate-access-token") {
            return Err(Error::new("error-not-authorized", "Not authorized")
                .with_details(json!({ "method": "createToken" })));
        }
        let uid = self.user_id.clone();
        let known = ctx.read(async move |tx| crate::users::by_id(tx, &uid).await).await?;
        if known.is_none() {
            return Err(Error::new("error-invalid-user", "Invalid user")
                .with_details(json!({ "method": "createToken" })));
        }
        let (auth_token, _) = super::issue(ctx, &self.user_id).await?;
        Ok(IssuedToken { user_id: self.user_id, auth_token })
    }
}

/// Name of a token, and for a new one whether it skips the second factor.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenName {
    token_name: String,
    bypass_two_factor: Option<bool>,
}

/// `personalAccessTokens:generateToken({tokenName, bypassTwoFactor})`.
#[derive(Deserialize)]
pub(super) struct GenerateToken {
    token: TokenName,
}

impl Method for GenerateToken {
    const SPEC: MethodSpec =
        MethodSpec::new("personalAccessTokens:generateToken", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<String> {
        personal::generate(ctx, &caller, &self.token.token_name, self.token.bypass_two_factor == Some(true))
            .await
    }
}

/// `personalAccessTokens:regenerateToken({tokenName})`.
#[derive(Deserialize)]
pub(super) struct RegenerateToken {
    token: TokenName,
}

impl Method for RegenerateToken {
    const SPEC: MethodSpec =
        MethodSpec::new("personalAccessTokens:regenerateToken", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<String> {
        personal::regenerate(ctx, &caller, &self.token.token_name).await
    }
}

/// `personalAccessTokens:removeToken({tokenName})`.
#[derive(Deserialize)]
pub(super) struct RemoveToken {
    token: TokenName,
}

impl Method for RemoveToken {
    const SPEC: MethodSpec =
        MethodSpec::new("personalAccessTokens:removeToken", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        personal::revoke(ctx, &caller, &self.token.token_name).await
    }
}

/// `removeOtherTokens()`.
#[derive(Deserialize)]
pub(super) struct RemoveOtherTokens {}

impl Method for RemoveOtherTokens {
    const SPEC: MethodSpec = MethodSpec::new("removeOtherTokens", "users");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        end_other_logins(ctx, &caller.uid, vec![caller.token_hash.clone()]).await
    }
}

/// `logoutOtherClients()`.
#[derive(Deserialize)]
pub(super) struct LogoutOtherClients {}

/// A token to go on with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemainingSession {
    token: String,
    token_expires: Timestamp,
}

impl Method for LogoutOtherClients {
    const SPEC: MethodSpec = MethodSpec::new("logoutOtherClients", "users");
    type Guard = LoggedIn;
    type Reply = RemainingSession;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<RemainingSession> {
        let (token, token_expires) = super::end_other_clients(ctx, &caller).await?;
        Ok(RemainingSession { token, token_expires })
    }
}

/// `getNewToken()`: another token for the same login, which lasts no longer; the socket goes on with it. The
/// one before works until it is removed.
#[derive(Deserialize)]
pub(super) struct GetNewToken {}

/// A token to go on with, and its user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewToken {
    id: String,
    token: String,
    token_expires: Timestamp,
}

impl Method for GetNewToken {
    const SPEC: MethodSpec = MethodSpec::new("getNewToken", "users");
    type Guard = LoggedIn;
    type Reply = NewToken;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<NewToken> {
        let (token, token_expires) = super::renew(ctx, &caller).await?;
        Ok(NewToken { id: caller.uid.clone(), token, token_expires })
    }
}
