//! Getting back in, and showing that an address is one's own: secrets that are mailed and used once.

mod codes;
mod endpoints;
mod methods;

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use gantry_store::Tx;
use serde_json::json;

use codes::Purpose;

use crate::login::{self, LoggedIn, Password};
use crate::mail::Letter;
use crate::users::password_policy::PasswordPolicy;
use crate::users::{self, edit};
use crate::{Accounts, tokens};

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::ForgotPassword>()
        .endpoint::<endpoints::SendConfirmationEmail>()
        .endpoint::<endpoints::SendWelcomeEmail>()
        .endpoint::<endpoints::VerifyEmail>()
        .method::<methods::SendForgotPasswordEmail>()
        .method::<methods::ForgotPassword>()
        .method::<methods::ResetPassword>()
        .method::<methods::VerifyEmail>()
        .method::<methods::ChangePassword>();
}

/// Mails a link to set a new password. Answers whether one could be sent to such a user; whether there is one
/// is not told.
pub(crate) async fn forgot_password(ctx: &Ctx, address: &str) -> Result<bool> {
    let (inner, address) = (ctx.clone(), address.trim().to_owned());
    let secret = ctx.ids.secret();
    ctx.write(async move |tx| {
        let Some(user) = users::by_email(tx, &address).await? else { return Ok(true) };
        let has_password = users::password_hash(tx, &user.id).await?.is_some();
        if !has_password && !inner.settings.get(keys::Accounts_AllowPasswordChangeForOAuthUsers) {
            return Ok(false);
        }
        codes::store(tx, Purpose::Reset, &secret, &user.id, &address, inner.now).await?;
        let site = inner.settings.get(keys::Site_Url);
        let link = format!("{}/reset-password/{secret}", site.trim_end_matches('/'));
        let values = [("name", name(&user)), ("email", &address), ("Forgot_Password_Url", &link)];
        tx.emit(
            Letter {
                to: &address,
                subject: "Forgot_Password_Email_Subject",
                body: "Forgot_Password_Email",
                values: &values,
            }
            .write(&inner),
        );
        Ok(true)
    })
    .await
}

fn name(user: &User) -> &str {
    user.name.as_deref().or(user.username.as_deref()).unwrap_or_default()
}

/// Mails a link that confirms an address. Answers whether somebody has the address.
pub(crate) async fn send_confirmation(ctx: &Ctx, address: &str) -> Result<bool> {
    let (inner, address) = (ctx.clone(), address.trim().to_owned());
    let secret = ctx.ids.secret();
    ctx.write(async move |tx| {
        let Some(user) = users::by_email(tx, &address).await? else { return Ok(false) };
        confirm(&inner, tx, &user, &address, &secret).await?;
        Ok(true)
    })
    .await
}

/// Mails a link that confirms an address of a user.
pub(crate) async fn confirm(ctx: &Ctx, tx: &Tx, user: &User, address: &str, secret: &str) -> Result<()> {
    codes::store(tx, Purpose::Verify, secret, &user.id, address, ctx.now).await?;
    let site = ctx.settings.get(keys::Site_Url);
    let link = format!("{}/#/verify-email/{secret}", site.trim_end_matches('/'));
    let values = [("name", name(user)), ("email", address), ("Verification_Url", &link)];
    tx.emit(
        Letter {
            to: address,
            subject: "Verification_Email_Subject",
            body: "Verification_Email",
            values: &values,
        }
        .write(ctx),
    );
    Ok(())
}

fn expired() -> Error {
    Error::new("403", "Token expired").with_status(403)
}

/// Notes that an address is its user's, as the mailed secret shows; logs the user in.
pub(crate) async fn verify_email(ctx: &Ctx, secret: &str) -> Result<LoggedIn> {
    let (inner, secret) = (ctx.clone(), secret.to_owned());
    let user = ctx
        .write(async move |tx| {
            let code = codes::take(tx, Purpose::Verify, &secret, inner.now).await?;
            let code = code.ok_or_else(|| Error::new("403", "Verify email link expired").with_status(403))?;
            let before = users::lock(tx, &code.uid).await?.ok_or_else(expired)?;
            let mut user = before.clone();
            let sought = users::fold(&code.address);
            let emails = user.emails.iter_mut().flatten();
            let email =
                emails.into_iter().find(|email| users::fold(&email.address) == sought).ok_or_else(|| {
                    Error::new("403", "Verify email link is for unknown address").with_status(403)
                })?;
            email.verified = true;
            edit::store(&inner, tx, &before, &mut user).await?;
            Ok(user)
        })
        .await?;
    login::start_if_admitted(ctx, &user).await
}

/// Sets a new password with a mailed secret, ends all sessions and logs in.
pub(crate) async fn reset_password(ctx: &Ctx, secret: &str, password: &Password) -> Result<LoggedIn> {
    if let Password::Plain(text) = password {
        PasswordPolicy::of(&ctx.settings).check(text)?;
    }
    let hash = Accounts::of(ctx).hashing.hash(&password.digest()).await?;
    let (inner, secret) = (ctx.clone(), secret.to_owned());
    let user = ctx
        .write(async move |tx| {
            let code = codes::take(tx, Purpose::Reset, &secret, inner.now).await?.ok_or_else(expired)?;
            let before = users::lock(tx, &code.uid).await?.ok_or_else(expired)?;
            let mut user = before.clone();
            // Who has read the mail owns the address.
            let sought = users::fold(&code.address);
            for email in
                user.emails.iter_mut().flatten().filter(|email| users::fold(&email.address) == sought)
            {
                email.verified = true;
            }
            user.require_password_change = None;
            user.require_password_change_reason = None;
            edit::store(&inner, tx, &before, &mut user).await?;
            users::set_password_hash(tx, &user.id, Some(&hash)).await?;
            tokens::end_all(tx, &user.id, "the password was changed").await?;
            Ok(user)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_user(&user.id);
    login::start_if_admitted(ctx, &user).await
}

/// Changes the caller's password with the old one.
pub(crate) async fn change_password(ctx: &Ctx, old: &Password, new: &Password) -> Result<()> {
    let caller = ctx.caller()?.clone();
    if !ctx.settings.get(keys::Accounts_AllowPasswordChange) {
        return Err(Error::new("error-not-allowed", "Not allowed")
            .with_details(json!({ "method": "changePassword" })));
    }
    let uid = caller.uid.clone();
    let stored = ctx.read(async move |tx| users::password_hash(tx, &uid).await).await?;
    let hashing = &Accounts::of(ctx).hashing;
    if !hashing.verify(&old.digest(), stored.as_deref()).await? {
        return Err(Error::new("403", "Incorrect password").with_status(403));
    }
    if let Password::Plain(text) = new {
        PasswordPolicy::of(&ctx.settings).check(text)?;
    }
    let hash = hashing.hash(&new.digest()).await?;
    let (uid, keep) = (caller.uid.clone(), vec![caller.token_hash.clone()]);
    let ended = ctx
        .write(async move |tx| {
            users::set_password_hash(tx, &uid, Some(&hash)).await?;
            tokens::end_others(tx, &uid, &keep, "the password was changed").await
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(&ended);
    Ok(())
}
