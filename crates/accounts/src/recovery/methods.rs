//! Mailed secrets over DDP.

use gantry_kernel::prelude::*;

use super::{change_password, forgot_password, reset_password, verify_email};
use crate::login::Password;

fn enabled(ctx: &Ctx) -> Result<()> {
    if ctx.settings.get(keys::Accounts_PasswordReset) {
        return Ok(());
    }
    Err(Error::new("error-not-allowed", "Password reset is not enabled"))
}

/// `sendForgotPasswordEmail(address)`.
#[derive(Deserialize)]
pub(super) struct SendForgotPasswordEmail {
    address: String,
}

impl Method for SendForgotPasswordEmail {
    const SPEC: MethodSpec = MethodSpec::new("sendForgotPasswordEmail", "users");
    type Guard = Anyone;
    type Reply = bool;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<bool> {
        enabled(ctx)?;
        forgot_password(ctx, &self.address).await?;
        Ok(true)
    }
}

#[derive(Deserialize)]
struct Address {
    email: String,
}

/// `forgotPassword({email})`.
#[derive(Deserialize)]
pub(super) struct ForgotPassword {
    options: Address,
}

impl Method for ForgotPassword {
    const SPEC: MethodSpec = MethodSpec::new("forgotPassword", "users").rate(5, 10_000);
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        enabled(ctx)?;
        forgot_password(ctx, &self.options.email).await
    }
}

/// `resetPassword(secret, password)`: logs in with the new password.
#[derive(Deserialize)]
pub(super) struct ResetPassword {
    secret: String,
    password: Value,
}

fn password(value: &Value) -> Result<Password> {
    Password::from_value(value).ok_or_else(Error::match_failed)
}

impl Method for ResetPassword {
    const SPEC: MethodSpec = MethodSpec::new("resetPassword", "users").rate(5, 10_000);
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        Ok(reset_password(ctx, &self.secret, &password(&self.password)?).await?.ddp_result())
    }
}

/// `verifyEmail(secret)`: logs in.
#[derive(Deserialize)]
pub(super) struct VerifyEmail {
    secret: String,
}

impl Method for VerifyEmail {
    const SPEC: MethodSpec = MethodSpec::new("verifyEmail", "users");
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        Ok(verify_email(ctx, &self.secret).await?.ddp_result())
    }
}

/// `changePassword(old, new)`.
#[derive(Deserialize)]
pub(super) struct ChangePassword {
    old: Value,
    new: Value,
}

/// That it was done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    password_changed: bool,
}

impl Method for ChangePassword {
    const SPEC: MethodSpec = MethodSpec::new("changePassword", "users").rate(5, 10_000);
    type Guard = LoggedIn;
    type Reply = Changed;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Changed> {
        change_password(ctx, &password(&self.old)?, &password(&self.new)?).await?;
        Ok(Changed { password_changed: true })
    }
}
