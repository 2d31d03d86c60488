//! Setting up an authenticator.

use gantry_kernel::prelude::*;

use super::totp;
use crate::tokens::end_other_logins;
use crate::users;

async fn own(ctx: &Ctx, caller: &Caller) -> Result<gantry_protocol::objects::User> {
    let uid = caller.uid.clone();
    let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
    user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))
}

/// `2fa:enable()`: begins; the secret counts once a code of it was given.
#[derive(Deserialize)]
pub(super) struct Enable {}

/// A secret, and the same as a picture's address.
#[derive(Serialize)]
pub(super) struct Secret {
    secret: String,
    url: String,
}

impl Method for Enable {
    const SPEC: MethodSpec = MethodSpec::new("2fa:enable", "authentication");
    type Guard = LoggedIn;
    type Reply = Secret;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Secret> {
        let user = own(ctx, &caller).await?;
        let refused = |reason: &'static str| {
            Error::new("error-invalid-user", reason).with_details(json!({ "method": "2fa:enable" }))
        };
        let username = user.username.clone().ok_or_else(|| refused("Invalid user"))?;
        if user.emails.iter().flatten().any(|email| !email.verified) {
            return Err(refused("You need to verify your emails before setting up 2FA"));
        }
        if totp::of(&user).and_then(|totp| totp.get("enabled")) == Some(&Value::Bool(true)) {
            return Err(Error::code("error-2fa-already-enabled"));
        }
        let secret = totp::new_secret(ctx);
        let url = totp::address(&secret, &username);
        let stored = secret.clone();
        ctx.write(async move |tx| {
            totp::update(tx, &user.id, |totp| {
                totp.insert("enabled".into(), false.into());
                totp.insert("tempSecret".into(), json!(stored));
            })
            .await
        })
        .await?;
        Ok(Secret { secret, url })
    }
}

/// Backup codes, shown once.
#[derive(Serialize)]
pub(super) struct Codes {
    codes: Vec<String>,
}

/// `2fa:validateTempToken(code)`: the secret counts from now on; other clients are logged out.
#[derive(Deserialize)]
pub(super) struct ValidateTempToken {
    code: String,
}

impl Method for ValidateTempToken {
    const SPEC: MethodSpec = MethodSpec::new("2fa:validateTempToken", "authentication");
    type Guard = LoggedIn;
    type Reply = Codes;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Codes> {
        let user = own(ctx, &caller).await?;
        let secret = totp::text(&user, "tempSecret").ok_or_else(|| Error::code("invalid-totp"))?.to_owned();
        if !totp::fits(ctx, &secret, &self.code) {
            return Err(Error::code("invalid-totp"));
        }
        let (codes, hashes) = totp::new_backup_codes(ctx);
        ctx.write(async move |tx| {
            totp::update(tx, &user.id, |totp| {
                totp.remove("tempSecret");
                totp.insert("enabled".into(), true.into());
                totp.insert("secret".into(), json!(secret));
                totp.insert("hashedBackup".into(), json!(hashes));
            })
            .await
        })
        .await?;
        end_other_logins(ctx, &caller.uid, vec![caller.token_hash.clone()]).await?;
        Ok(Codes { codes })
    }
}

/// `2fa:disable(code)`.
#[derive(Deserialize)]
pub(super) struct Disable {
    code: String,
}

impl Method for Disable {
    const SPEC: MethodSpec = MethodSpec::new("2fa:disable", "authentication");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        let user = own(ctx, &caller).await?;
        if totp::of(&user).is_none() || !totp::take(ctx, &user, &self.code).await? {
            return Ok(false);
        }
        ctx.write(async move |tx| {
            totp::update(tx, &user.id, |totp| {
                totp.clear();
                totp.insert("enabled".into(), false.into());
            })
            .await
        })
        .await?;
        Ok(true)
    }
}

/// `2fa:regenerateCodes(code)`: nothing for a wrong code.
#[derive(Deserialize)]
pub(super) struct RegenerateCodes {
    code: String,
}

impl Method for RegenerateCodes {
    const SPEC: MethodSpec = MethodSpec::new("2fa:regenerateCodes", "authentication");
    type Guard = LoggedIn;
    type Reply = Option<Codes>;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Option<Codes>> {
        let user = own(ctx, &caller).await?;
        enabled(&user)?;
        if !totp::take(ctx, &user, &self.code).await? {
            return Ok(None);
        }
        let (codes, hashes) = totp::new_backup_codes(ctx);
        ctx.write(async move |tx| {
            totp::update(tx, &user.id, |totp| drop(totp.insert("hashedBackup".into(), json!(hashes)))).await
        })
        .await?;
        Ok(Some(Codes { codes }))
    }
}

fn enabled(user: &gantry_protocol::objects::User) -> Result<()> {
    let enabled = totp::of(user).and_then(|totp| totp.get("enabled")) == Some(&Value::Bool(true));
    if enabled { Ok(()) } else { Err(Error::code("invalid-totp")) }
}

/// `2fa:checkCodesRemaining()`.
#[derive(Deserialize)]
pub(super) struct CheckCodesRemaining {}

/// How many backup codes are left.
#[derive(Serialize)]
pub(super) struct Remaining {
    remaining: usize,
}

impl Method for CheckCodesRemaining {
    const SPEC: MethodSpec = MethodSpec::new("2fa:checkCodesRemaining", "authentication");
    type Guard = LoggedIn;
    type Reply = Remaining;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Remaining> {
        let user = own(ctx, &caller).await?;
        enabled(&user)?;
        let left = totp::of(&user).and_then(|totp| totp.get("hashedBackup")?.as_array()).map_or(0, Vec::len);
        Ok(Remaining { remaining: left })
    }
}
