//! The second factor: codes of an authenticator, codes by mail, or the password once more.
//! Upstream: `apps/meteor/app/2fa/server/code`.

pub mod challenge;
mod email;
mod endpoints;
mod methods;
mod reset;
mod totp;

pub use reset::reset_own_e2e_key;

use gantry_kernel::caller::{Caller, Ctx, SecondFactor};
use gantry_kernel::error::{Error, Result};
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::keys;
use gantry_kernel::spec::TwoFactor;
use gantry_protocol::objects::User;
use gantry_store::vals;
use serde_json::{Map, Value, json};

use crate::hashing::digest;
use crate::{Accounts, users};

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::EnableEmail>()
        .endpoint::<endpoints::DisableEmail>()
        .endpoint::<endpoints::SendEmailCode>()
        .endpoint::<challenge::SendChallengeCode>()
        .endpoint::<challenge::VerifyChallenge>()
        .endpoint::<reset::ResetTotp>()
        .endpoint::<reset::ResetE2eKey>()
        .method::<methods::Enable>()
        .method::<methods::ValidateTempToken>()
        .method::<methods::Disable>()
        .method::<methods::RegenerateCodes>()
        .method::<methods::CheckCodesRemaining>();
}

/// A way to give a second factor.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Totp,
    Email,
    Password,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Email => "email",
            Self::Password => "password",
        }
    }

    /// Those that the user has switched on, in the order in which they are asked for.
    fn active(ctx: &Ctx, user: &User) -> Vec<Self> {
        let totp = totp::is_enabled(&ctx.settings, user).then_some(Self::Totp);
        let email = email::is_enabled(&ctx.settings, user).then_some(Self::Email);
        totp.into_iter().chain(email).collect()
    }
}

/// How much is asked of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Demand {
    /// Ask although one was given a moment ago, and for the password of those who have nothing else.
    pub(crate) always: bool,
    /// Do not let this one count for later.
    pub(crate) once: bool,
}

/// Demands a second factor of a signed-in user.
///
/// # Errors
/// `totp-required`, `totp-invalid`, `totp-max-attempts`.
pub(crate) async fn demand(ctx: &Ctx, caller: &Caller, demand: TwoFactor) -> Result<()> {
    match demand {
        TwoFactor::No => Ok(()),
        TwoFactor::Remembered => of_caller(ctx, caller, Demand::default()).await,
        TwoFactor::Always => of_caller(ctx, caller, Demand { once: true, ..Demand::default() }).await,
    }
}

/// As [`demand`], for operations that decide by their parameters.
pub(crate) async fn of_caller(ctx: &Ctx, caller: &Caller, demand: Demand) -> Result<()> {
    if !ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Enabled) || (ctx.test_mode && !demand.always)
    {
        return Ok(());
    }
    if !demand.always && (caller.bypass_two_factor || (!demand.once && remembered(ctx, caller).await?)) {
        return Ok(());
    }
    let uid = caller.uid.clone();
    let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
    let user = user.ok_or_else(|| Error::new("totp-user-not-found", "TOTP User not found"))?;
    let fallback =
        demand.always || ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Enforce_Password_Fallback);
    let given = ctx.origin.second_factor.as_ref();
    check(ctx, &user, given, Fallback { password: fallback, forced: demand.always }, |code, text| {
        Error::new(code, text)
    })
    .await?;
    if !demand.once {
        remember(ctx, caller).await?;
    }
    Ok(())
}

/// Demands a second factor of somebody who is logging in with a password that is right.
///
/// # Errors
/// As [`demand`].
pub(crate) async fn at_login(ctx: &Ctx, user: &User, given: Option<&SecondFactor>) -> Result<()> {
    if !ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Enabled) || ctx.test_mode {
        return Ok(());
    }
    check(ctx, user, given, Fallback::default(), Error::sign_in_refused).await
}

/// What is asked of those who have switched on no second factor.
#[derive(Clone, Copy, Debug, Default)]
struct Fallback {
    /// Their password.
    password: bool,
    /// Also of those who have none: they cannot go on.
    forced: bool,
}

async fn check(
    ctx: &Ctx,
    user: &User,
    given: Option<&SecondFactor>,
    fallback: Fallback,
    refuse: fn(&'static str, &'static str) -> Error,
) -> Result<()> {
    let active = Way::active(ctx, user);
    let named = given.and_then(|given| active.iter().copied().find(|way| way.name() == given.method));
    let way = match named.or(active.first().copied()) {
        Some(way) => way,
        None if fallback.password && (fallback.forced || has_password(ctx, user).await?) => Way::Password,
        None => return Ok(()),
    };
    let Some(given) = given.filter(|given| !given.code.is_empty()) else {
        let details = challenge(ctx, user, way, &active, true).await?;
        return Err(refuse("totp-required", "TOTP Required").with_details(details));
    };
    let fits = match way {
        Way::Totp => totp::take(ctx, user, &given.code).await?,
        Way::Email => email::take(ctx, user, &given.code).await?,
        Way::Password => password_fits(ctx, user, &given.code).await?,
    };
    if fits {
        return Ok(());
    }
    let exhausted = way == Way::Email && email::exhausted(ctx, user).await?;
    let details = challenge(ctx, user, way, &active, false).await?;
    let (code, text) = if exhausted {
        ("totp-max-attempts", "TOTP Maximun Failed Attempts Reached")
    } else {
        ("totp-invalid", "TOTP Invalid")
    };
    Err(refuse(code, text).with_details(details))
}

/// What the client is told to do; sends a code where that is the way.
async fn challenge(ctx: &Ctx, user: &User, way: Way, active: &[Way], send: bool) -> Result<Value> {
    let mut details = Map::new();
    details.insert("method".into(), json!(way.name()));
    if way == Way::Email && send {
        details.extend(email::offer(ctx, user).await?);
    } else {
        details.insert("codeGenerated".into(), false.into());
    }
    details.insert("availableMethods".into(), active.iter().map(|way| json!(way.name())).collect());
    Ok(Value::Object(details))
}

async fn has_password(ctx: &Ctx, user: &User) -> Result<bool> {
    let uid = user.id.clone();
    Ok(ctx.read(async move |tx| users::password_hash(tx, &uid).await).await?.is_some())
}

async fn password_fits(ctx: &Ctx, user: &User, code: &str) -> Result<bool> {
    let uid = user.id.clone();
    let stored = ctx.read(async move |tx| users::password_hash(tx, &uid).await).await?;
    Accounts::of(ctx).hashing.verify(code, stored.as_deref()).await
}

/// Tells the same client at the same address again.
fn fingerprint(ctx: &Ctx) -> String {
    digest(&json!([ctx.origin.user_agent, ctx.origin.address.to_string()]).to_string())
}

async fn remembered(ctx: &Ctx, caller: &Caller) -> Result<bool> {
    let (hash, fingerprint, now) = (caller.token_hash.clone(), fingerprint(ctx), ctx.now.millis());
    let seconds = ctx.settings.get(keys::Accounts_TwoFactorAuthentication_RememberFor).max(0);
    ctx.read(async move |tx| {
        let row = tx
            .query_opt(
                "SELECT t.two_factor_until, t.two_factor_hash, u.created_at FROM login_tokens t \
                 JOIN users u ON u.id = t.uid WHERE t.hash = ?1",
                &vals![&hash],
            )
            .await?;
        let Some(row) = row else { return Ok(false) };
        // Who has just registered has no second factor yet.
        if row.int(2)?.saturating_add(seconds * 1000) >= now {
            return Ok(true);
        }
        Ok(row.opt_int(0)?.is_some_and(|until| until >= now) && row.opt_str(1)? == Some(fingerprint.as_str()))
    })
    .await
}

async fn remember(ctx: &Ctx, caller: &Caller) -> Result<()> {
    let seconds = ctx.settings.get(keys::Accounts_TwoFactorAuthentication_RememberFor);
    if seconds <= 0 {
        return Ok(());
    }
    let (hash, fingerprint) = (caller.token_hash.clone(), fingerprint(ctx));
    let until = ctx.now.millis().saturating_add(seconds * 1000);
    ctx.write(async move |tx| {
        tx.exec(
            "UPDATE login_tokens SET two_factor_until = ?2, two_factor_hash = ?3 WHERE hash = ?1",
            &vals![&hash, until, &fingerprint],
        )
        .await?;
        Ok(())
    })
    .await
}
