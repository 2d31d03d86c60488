//! Tokens over REST.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Needs;

use super::personal::PersonalToken;
use super::{end_all, end_other_logins, issue, personal};
use crate::Accounts;
use crate::users::{self, UserSelector};

/// A login token of another user, for whoever may speak for others.
#[derive(Deserialize, JsonSchema)]
pub(super) struct CreateToken {
    /// Whose token.
    #[serde(flatten)]
    user: UserSelector,
    /// A shared secret of the server's environment, for callers without the permission.
    #[expect(dead_code, reason = "accepted; this server has no such secret")]
    secret: Option<String>,
}

/// A token of a user.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuedToken {
    user_id: String,
    auth_token: String,
}

/// Answer that wraps another in `data`.
#[derive(Serialize, JsonSchema)]
pub(super) struct Data<T> {
    data: T,
}

impl Endpoint for CreateToken {
    const SPEC: Spec = Spec::post("users.createToken", "users").deprecated("8.0.0", "");
    type Guard = LoggedIn;
    type Reply = Data<IssuedToken>;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        super::not_by_application(&caller)?;
        let user = users::selected(ctx, self.user).await?;
        if !ctx.may("user-generate-access-token") {
            return Err(Error::new("error-not-authorized", "Not authorized"));
        }
        let (auth_token, _) = issue(ctx, &user.id).await?;
        Ok(Data { data: IssuedToken { user_id: user.id, auth_token } })
    }
}

/// Makes a personal access token. It is shown this once.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerateToken {
    /// Name of the new token.
    token_name: Option<String>,
    /// Whether calls with it need no second factor.
    bypass_two_factor: Option<bool>,
}

/// A token, shown once.
#[derive(Serialize, JsonSchema)]
pub(super) struct NewTokenReply {
    token: String,
}

impl Endpoint for GenerateToken {
    const SPEC: Spec =
        Spec::post("users.generatePersonalAccessToken", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = NewTokenReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<NewTokenReply> {
        let name = named(self.token_name)?;
        let token = personal::generate(ctx, &caller, &name, self.bypass_two_factor == Some(true)).await?;
        Ok(NewTokenReply { token })
    }
}

fn named(name: Option<String>) -> Result<String> {
    name.filter(|name| !name.is_empty()).ok_or_else(|| Error::message("The 'tokenName' param is required"))
}

/// Replaces a personal access token by a new one of the same name.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegenerateToken {
    /// Name of the token.
    token_name: Option<String>,
}

impl Endpoint for RegenerateToken {
    const SPEC: Spec =
        Spec::post("users.regeneratePersonalAccessToken", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = NewTokenReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<NewTokenReply> {
        Ok(NewTokenReply { token: personal::regenerate(ctx, &caller, &named(self.token_name)?).await? })
    }
}

/// Removes a personal access token.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoveToken {
    /// Name of the token.
    token_name: Option<String>,
}

impl Endpoint for RemoveToken {
    const SPEC: Spec =
        Spec::post("users.removePersonalAccessToken", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        personal::revoke(ctx, &caller, &named(self.token_name)?).await
    }
}

/// The caller's personal access tokens.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ListTokens {}

/// Personal access tokens, without their secrets.
#[derive(Serialize, JsonSchema)]
pub(super) struct ListTokensReply {
    tokens: Vec<PersonalToken>,
}

impl Endpoint for ListTokens {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["create-personal-access-tokens"]),
        ..Spec::get("users.getPersonalAccessTokens", "users")
    };
    type Guard = LoggedIn;
    type Reply = ListTokensReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<ListTokensReply> {
        let tokens = ctx.read(async move |tx| personal::list(tx, &caller.uid).await).await?;
        Ok(ListTokensReply { tokens })
    }
}

/// Ends all sessions of the caller or, with the permission, of another user.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogoutUser {
    /// Whose sessions; the caller's without it.
    user_id: Option<String>,
}

/// What was done.
#[derive(Serialize, JsonSchema)]
pub(super) struct MessageReply {
    message: String,
}

impl Endpoint for LogoutUser {
    const SPEC: Spec = Spec::post("users.logout", "users");
    type Guard = LoggedIn;
    type Reply = MessageReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<MessageReply> {
        let uid = self.user_id.unwrap_or_else(|| caller.uid.clone());
        if uid != caller.uid && !ctx.may("logout-other-user") {
            return Err(Error::unauthorized());
        }
        let whose = uid.clone();
        ctx.write(async move |tx| {
            if users::by_id(tx, &whose).await?.is_none() {
                return Err(Error::new("error-invalid-user-id", "Invalid user id"));
            }
            end_all(tx, &whose, "logged out").await
        })
        .await?;
        Accounts::of(ctx).sessions.forget_user(&uid);
        Ok(MessageReply { message: format!("User {uid} has been logged out!") })
    }
}

/// Ends all logins of the caller but this one.
#[derive(Deserialize, JsonSchema)]
pub(super) struct LogoutOtherClients {}

/// The session that stays.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemainingSession {
    token: String,
    token_expires: Timestamp,
}

impl Endpoint for LogoutOtherClients {
    const SPEC: Spec = Spec::post("users.logoutOtherClients", "users");
    type Guard = LoggedIn;
    type Reply = RemainingSession;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<RemainingSession> {
        let (token, expires) = super::end_other_clients(ctx, &caller).await?;
        Ok(RemainingSession { token, token_expires: expires })
    }
}

/// Ends all logins of the caller but this one.
#[derive(Deserialize, JsonSchema)]
pub(super) struct RemoveOtherTokens {}

impl Endpoint for RemoveOtherTokens {
    const SPEC: Spec = Spec::post("users.removeOtherTokens", "users");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        end_other_logins(ctx, &caller.uid, vec![caller.token_hash.clone()]).await
    }
}
