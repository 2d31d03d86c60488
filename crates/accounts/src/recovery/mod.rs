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
use crate::users::{self, edit, password_history};
use crate::{Accounts, avatars, tokens};

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::ForgotPassword>()
        .endpoint::<endpoints::SendConfirmationEmail>()
        .endpoint::<endpoints::SendWelcomeEmail>()
        .endpoint::<endpoints::VerifyEmail>()
        .endpoint::<endpoints::RedeemLoginCode>()
        .method::<methods::SendForgotPasswordEmail>()
        .method::<methods::ForgotPassword>()
        .method::<methods::ResetPassword>()
        .method::<methods::VerifyEmail>()
        .method::<methods::ChangePassword>();
}

/// Mails a link to set a new password. Neither the answer nor its time tells whether somebody has the address:
/// the same is written for nobody, and taken back.
pub(crate) async fn forgot_password(ctx: &Ctx, address: &str) -> Result<()> {
    let (inner, address) = (ctx.clone(), address.trim().to_owned());
    let secret = ctx.ids.secret();
    ctx.write(async move |tx| {
        let found = users::by_email(tx, &address).await?;
        let uid = found.as_ref().map_or("", |user| user.id.as_str());
        let has_password = users::password_hash(tx, uid).await?.is_some();
        let may = has_password || inner.settings.get(keys::Accounts_AllowPasswordChangeForOAuthUsers);
        let known = found.is_some() && may;
        let user = found.unwrap_or_default();
        codes::store(tx, Purpose::Reset, &secret, &user.id, &address, inner.now).await?;
        let site = inner.settings.get(keys::Site_Url);
        let link = format!("{}/reset-password/{secret}", site.trim_end_matches('/'));
        let values = [("name", name(&user)), ("email", &address), ("Forgot_Password_Url", &link)];
        let letter = Letter {
            to: &address,
            subject: "Forgot_Password_Email_Subject",
            body: "Forgot_Password_Email",
            values: &values,
        };
        let mail = letter.write(&inner);
        if known {
            tx.emit(mail);
        } else {
            codes::take(tx, Purpose::Reset, &secret, inner.now).await?;
        }
        Ok(())
    })
    .await
}

fn name(user: &User) -> &str {
    user.name.as_deref().or(user.username.as_deref()).unwrap_or_default()
}

/// Mails a link that confirms an address, of anybody or of one user only. Answers whether it was sent.
pub(crate) async fn send_confirmation(ctx: &Ctx, address: &str, only: Option<String>) -> Result<bool> {
    let (inner, address) = (ctx.clone(), address.trim().to_owned());
    let secret = ctx.ids.secret();
    ctx.write(async move |tx| {
        let user = users::by_email(tx, &address).await?;
        let wanted = |user: &User| only.as_ref().is_none_or(|uid| *uid == user.id);
        let Some(user) = user.filter(wanted) else { return Ok(false) };
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
    avatars::look_for(&ctx.kernel, &user.id);
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
            password_history::replace(&inner, tx, &user.id, &hash, inner.now).await?;
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
    password_history::check(ctx, &caller.uid, &new.digest(), "changePassword").await?;
    let hash = hashing.hash(&new.digest()).await?;
    let (inner, uid, keep) = (ctx.clone(), caller.uid.clone(), vec![caller.token_hash.clone()]);
    let ended = ctx
        .write(async move |tx| {
            password_history::replace(&inner, tx, &uid, &hash, inner.now).await?;
            tokens::end_others(tx, &uid, &keep, "the password was changed").await
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(&ended);
    Ok(())
}

/// A code that a browser exchanges for the token of a login that another service has vouched for: it may stand
/// in an address, where a token must not.
///
/// # Errors
/// If the database fails.
pub async fn login_code(ctx: &Ctx, uid: &str) -> Result<String> {
    let mut bytes = [0; 32];
    ctx.ids.fill(&mut bytes);
    let (code, uid, now) = (hex::encode(bytes), uid.to_owned(), ctx.now);
    let stored = code.clone();
    ctx.write(async move |tx| codes::store(tx, Purpose::Login, &stored, &uid, "", now).await).await?;
    Ok(code)
}

/// Logs in with a code of [`login_code`]; the code is used up.
pub(crate) async fn redeem_login_code(ctx: &Ctx, code: &str) -> Result<LoggedIn> {
    let (code, now) = (code.to_owned(), ctx.now);
    let user = ctx
        .write(async move |tx| match codes::take(tx, Purpose::Login, &code, now).await? {
            Some(code) => users::by_id(tx, &code.uid).await,
            None => Ok(None),
        })
        .await?;
    let user = user.ok_or_else(|| Error::message("error-invalid-code"))?;
    login::start_if_admitted(ctx, &user).await
}
