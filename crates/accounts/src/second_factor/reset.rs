//! Taking an authenticator or the keys of end-to-end encryption away: one's own, or somebody else's who has
//! lost them. Every session of the user ends.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

use crate::mail::{self, Mail};
use crate::users::events::EncryptionKeysReset;
use crate::users::{self, UserSelector, edit};
use crate::{Accounts, tokens};

/// Whose, as the body names them; nobody named is the caller.
async fn chosen(ctx: &Ctx, caller: &Caller, selector: UserSelector) -> Result<(User, bool)> {
    if names_somebody(&selector) {
        return Ok((users::selected(ctx, selector).await?, true));
    }
    let uid = caller.uid.clone();
    let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
    Ok((user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?, false))
}

fn names_somebody(selector: &UserSelector) -> bool {
    selector.user_id.is_some() || selector.username.is_some() || selector.user.is_some()
}

fn not_allowed() -> Error {
    Error::new("error-not-allowed", "Not allowed")
}

fn refuse_federated(user: &User) -> Result<()> {
    if user.federated != Some(true) {
        return Ok(());
    }
    Err(Error::new("error-not-allowed", "Federated Users cant have TOTP")
        .with_details(json!({ "function": "resetTOTP" })))
}

/// Tells the verified addresses of a user what somebody else did.
fn notify(ctx: &Ctx, tx: &Tx, user: &User, subject: &str, text: &str) {
    if !mail::is_configured(ctx) {
        return;
    }
    for email in user.emails.iter().flatten().filter(|email| email.verified) {
        tx.emit(Mail {
            to: email.address.clone(),
            from: None,
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: None,
        });
    }
}

/// Takes the authenticator of a user away, who then logs in without one. Nobody named means the caller.
/// Their sessions end.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ResetTotp {
    /// Whose; the caller's without it.
    #[serde(flatten)]
    user: UserSelector,
}

impl Endpoint for ResetTotp {
    const SPEC: Spec = Spec::post("users.resetTOTP", "users").two_factor(TwoFactor::Always);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        if names_somebody(&self.user) {
            if !ctx.may("edit-other-user-totp") {
                return Err(not_allowed());
            }
            if !ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Enabled) {
                return Err(Error::new(
                    "error-two-factor-not-enabled",
                    "Two factor authentication is not enabled",
                ));
            }
        }
        let (user, by_other) = chosen(ctx, &caller, self.user).await?;
        refuse_federated(&user)?;
        reset_totp(ctx, &user.id, by_other).await
    }
}

async fn reset_totp(ctx: &Ctx, uid: &str, by_other: bool) -> Result<()> {
    let (inner, whose) = (ctx.clone(), uid.to_owned());
    ctx.write(async move |tx| {
        let Some(before) = users::lock(tx, &whose).await? else { return Ok(()) };
        let mut user = before.clone();
        let removed = user.services.as_mut().and_then(|services| services.as_object_mut()?.remove("totp"));
        if removed.is_none() {
            return Ok(());
        }
        edit::store(&inner, tx, &before, &mut user).await?;
        tokens::end_all(tx, &user.id, "the second factor was reset").await?;
        if by_other {
            let text = "An administrator has removed the authenticator app from your account. You can log in \
                        without a code and set it up again. If you did not ask for this, tell your administrator.";
            notify(&inner, tx, &user, "Your authenticator was removed", text);
        }
        Ok(())
    })
    .await?;
    Accounts::of(ctx).sessions.forget_user(uid);
    Ok(())
}

/// Takes the keys of end-to-end encryption of a user away, who makes new ones at the next login. Nobody named
/// means the caller. What was encrypted for the old keys stays unreadable to them until somebody shares the
/// rooms' keys again. Their sessions end.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ResetE2eKey {
    /// Whose; the caller's without it.
    #[serde(flatten)]
    user: UserSelector,
}

impl Endpoint for ResetE2eKey {
    const SPEC: Spec = Spec::post("users.resetE2EKey", "users").two_factor(TwoFactor::Always);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        if names_somebody(&self.user) && !ctx.may("edit-other-user-e2ee") {
            return Err(not_allowed());
        }
        let (user, by_other) = chosen(ctx, &caller, self.user).await?;
        refuse_federated(&user)?;
        reset_e2e_key(ctx, &user.id, by_other).await
    }
}

/// Takes a user's own keys away, to make new ones at the next login. All their sessions end.
///
/// # Errors
/// `error-not-allowed` for a federated user.
pub async fn reset_own_e2e_key(ctx: &Ctx, uid: &str) -> Result<()> {
    let whose = uid.to_owned();
    let user = ctx.read(async move |tx| users::by_id(tx, &whose).await).await?;
    refuse_federated(&user.ok_or_else(Error::unauthenticated)?)?;
    reset_e2e_key(ctx, uid, false).await
}

async fn reset_e2e_key(ctx: &Ctx, uid: &str, by_other: bool) -> Result<()> {
    let (inner, whose) = (ctx.clone(), uid.to_owned());
    ctx.write(async move |tx| {
        let Some(before) = users::lock(tx, &whose).await? else { return Ok(()) };
        let mut user = before.clone();
        user.e2e = None;
        edit::store(&inner, tx, &before, &mut user).await?;
        inner.within.run(&inner, tx, &EncryptionKeysReset { uid: user.id.clone() }).await?;
        tx.emit(crate::devices::LogoutForced { uid: user.id.clone(), session_id: None });
        tokens::end_all(tx, &user.id, "the encryption keys were reset").await?;
        if by_other {
            let text = "An administrator has removed your keys for encrypted rooms. New ones are made when you log \
                        in again. If you did not ask for this, tell your administrator.";
            notify(&inner, tx, &user, "Your encryption keys were removed", text);
        }
        Ok(())
    })
    .await?;
    ctx.kernel.identity().forget(uid);
    Ok(())
}
