//! Mailed secrets over REST.

use gantry_kernel::prelude::*;

use super::{forgot_password, redeem_login_code, send_confirmation, verify_email};
use crate::mail::{Letter, ensure_configured};
use crate::second_factor::challenge::LoginReply;
use crate::users;

/// Mails a link to set a new password. The answer does not tell whether somebody has the address.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ForgotPassword {
    /// Address.
    email: Option<String>,
}

impl Endpoint for ForgotPassword {
    const SPEC: Spec = Spec::post("users.forgotPassword", "users");
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        if !ctx.settings.get(keys::Accounts_PasswordReset) {
            return Err(Error::message("Password reset is not enabled"));
        }
        let email = self.email.filter(|email| !email.is_empty());
        let email = email.ok_or_else(|| Error::message("The 'email' param is required"))?;
        forgot_password(ctx, &email).await
    }
}

/// Mails a link that confirms an address of the caller or, for those who see addresses, of anybody. Others hear the
/// same of every address that is not their own, and nothing is sent there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendConfirmationEmail {
    /// Address.
    email: String,
}

impl Endpoint for SendConfirmationEmail {
    const SPEC: Spec = Spec::post("users.sendConfirmationEmail", "users").rate(1, 60_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let sees_addresses = users::list::sees_everything(ctx);
        let only = (!sees_addresses).then(|| ctx.uid().to_owned());
        if send_confirmation(ctx, &self.email, only).await? || !sees_addresses {
            return Ok(());
        }
        Err(Error::new("error-invalid-email", "Nobody has this address"))
    }
}

/// Mails a welcome to a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendWelcomeEmail {
    /// The user's address.
    email: String,
}

impl Endpoint for SendWelcomeEmail {
    const SPEC: Spec = Spec::post("users.sendWelcomeEmail", "users").needs_all(&["send-mail"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let parts = self.email.split_once('@');
        if parts.is_none_or(|(name, host)| name.is_empty() || host.is_empty() || host.contains('@')) {
            return Err(Error::invalid_params("must match format \"basic_email\""));
        }
        ensure_configured(ctx)?;
        let (inner, address) = (ctx.clone(), self.email);
        ctx.write(async move |tx| {
            let user = users::by_email(tx, &address).await?;
            let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
            let values = [("name", user.name.as_deref().unwrap_or_default()), ("email", address.as_str())];
            tx.emit(
                Letter {
                    to: &address,
                    subject: "Accounts_UserAddedEmail_Subject",
                    body: "Accounts_UserAddedEmail_Email",
                    values: &values,
                }
                .write(&inner),
            );
            Ok(())
        })
        .await
    }
}

/// Confirms an address with the secret that was mailed to it.
#[derive(Deserialize, JsonSchema)]
pub(super) struct VerifyEmail {
    /// The secret.
    token: String,
}

impl Endpoint for VerifyEmail {
    const SPEC: Spec = Spec::post("users.verifyEmail", "users");
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        verify_email(ctx, &self.token).await.map(drop)
    }
}

/// Exchanges the code that a login by another service ended with for the token of that login. A code works
/// once, for a minute.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RedeemLoginCode {
    /// The code.
    #[schemars(length(min = 64, max = 64))]
    code: String,
}

impl Endpoint for RedeemLoginCode {
    const SPEC: Spec = Spec::post("loginCode.redeem", "authentication").rate(10, 60_000);
    type Guard = Anyone;
    type Reply = LoginReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<LoginReply> {
        let session = redeem_login_code(ctx, &self.code).await?;
        Ok(LoginReply { login_token: session.token, user_id: session.uid })
    }
}
