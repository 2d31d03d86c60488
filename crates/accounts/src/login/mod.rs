//! Logging in and out: one function behind REST, DDP and the bridge.
//!
//! # For the DDP adapter
//! [`login`] answers what the `login` method returns ([`LoggedIn::ddp_result`]) and the caller. The adapter
//! then identifies the connection in the hub with the caller's uid, username and token hash, sends
//! `added` for the `users` document of [`crate::session::own_user_document`], the `result`, and tells
//! [`crate::presence::connected`]. The caller of a connection must be asked anew for every call
//! (`kernel.identity().authenticate`, which is a look-up in memory): roles and names change.
//! [`logout`] ends the token; the connection goes on as nobody's.

mod attempts;
mod checks;
mod endpoints;
mod methods;
mod request;

use std::sync::Arc;

use gantry_kernel::caller::{Caller, Ctx, SecondFactor, Transport};
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_kernel::registry::Registry;
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use gantry_store::{Tx, vals};
use serde_json::{Value, json};

pub(crate) use attempts::Attempts;
pub use request::{KINDS, LoginRequest, Password, Who};

use crate::hashing::token_hash;
use crate::tokens::{self, NewToken};
use crate::{Accounts, activity, devices, second_factor, users};

/// A login that was accepted.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// User id.
    pub uid: String,
    /// The token, in the clear.
    pub token: String,
    /// When it stops working; `None` for never.
    pub token_expires: Option<Timestamp>,
    /// `password` or `resume`.
    pub kind: &'static str,
    /// The user, as calls see them.
    pub caller: Arc<Caller>,
}

impl LoggedIn {
    /// What the `login` method answers.
    pub fn ddp_result(&self) -> Value {
        let mut result = json!({ "id": self.uid, "token": self.token, "type": self.kind });
        if let Some(expires) = self.token_expires {
            result["tokenExpires"] = json!(expires);
        }
        result
    }
}

/// Somebody logged in.
#[derive(Clone, Debug)]
pub struct UserLoggedIn {
    /// User id.
    pub uid: String,
    /// `password` or `resume`.
    pub kind: &'static str,
    /// Stored hash of the token.
    pub token_hash: String,
    /// Client address.
    pub address: std::net::IpAddr,
    /// Client program.
    pub user_agent: String,
    /// Whether the login came over a socket.
    pub connection: Option<String>,
}

/// Somebody logged out.
#[derive(Clone, Debug)]
pub struct UserLoggedOut {
    /// User id.
    pub uid: String,
}

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::Login>()
        .endpoint::<endpoints::Logout>()
        .endpoint::<endpoints::LogoutByGet>()
        .endpoint::<endpoints::Me>()
        .method::<methods::Login>()
        .method::<methods::Logout>()
        .method::<methods::LogoutCleanUp>();
}

/// Logs in.
///
/// # Errors
/// Wrong credentials of every kind are one answer: `401 User not found` on DDP, `Unauthorized` on REST.
/// Others are in `reference` order: `error-login-blocked-for-ip`, `error-login-blocked-for-user`,
/// `error-app-user-is-not-allowed-to-login`, `error-user-is-not-activated`, `error-user-has-no-roles`,
/// `error-invalid-email`, `totp-required`, `totp-invalid`.
pub async fn login(ctx: &Ctx, request: LoginRequest) -> Result<LoggedIn> {
    match request {
        LoginRequest::Password { who, password } => {
            with_password(ctx, &who, &password, ctx.origin.second_factor.clone()).await
        }
        LoginRequest::WithCode { login, code } => match *login {
            LoginRequest::Password { who, password } => {
                let method =
                    ctx.origin.second_factor.as_ref().map(|given| given.method.clone()).unwrap_or_default();
                with_password(ctx, &who, &password, Some(SecondFactor { code, method })).await
            }
            LoginRequest::Resume(token) => resume(ctx, &token).await,
            _ => Err(unknown(ctx)),
        },
        LoginRequest::Resume(token) => resume(ctx, &token).await,
        LoginRequest::Unknown => Err(unknown(ctx)),
    }
}

async fn with_password(
    ctx: &Ctx,
    who: &Who,
    password: &Password,
    factor: Option<SecondFactor>,
) -> Result<LoggedIn> {
    let accounts = Accounts::of(ctx);
    accounts.attempts.check(ctx, who)?;
    let sought = who.clone();
    let found = ctx.read(async move |tx| find(tx, &sought).await).await?;
    let stored = found.as_ref().and_then(|(_, hash)| hash.as_deref());
    let fits = accounts.hashing.verify(&password.digest(), stored).await?;
    let shown = |user: &User| !matches!(who, Who::Email(address) if checks::unconfirmed(ctx, user, address));
    let Some((user, _)) = found.filter(|(user, _)| fits && shown(user)) else {
        accounts.attempts.failed(ctx, who);
        return Err(unknown(ctx));
    };
    checks::admit(ctx, &user, true)?;
    second_factor::at_login(ctx, &user, factor.as_ref()).await.inspect_err(|error| {
        // Guessing codes is guessing too.
        if error.is("totp-invalid") {
            accounts.attempts.failed(ctx, who);
        }
    })?;
    accounts.attempts.succeeded(ctx, who);
    start(ctx, &user, "password").await
}

/// Logs in somebody who has shown otherwise who they are, if they may log in at all.
pub(crate) async fn start_if_admitted(ctx: &Ctx, user: &User) -> Result<LoggedIn> {
    checks::admit(ctx, user, false)?;
    start(ctx, user, "password").await
}

/// Stores a new session and makes it known.
async fn start(ctx: &Ctx, user: &User, kind: &'static str) -> Result<LoggedIn> {
    let token = ctx.ids.secret();
    let hash = token_hash(&token);
    let (origin, now) = (ctx.origin.clone(), ctx.now);
    let (uid, stored_hash, session_id) = (user.id.clone(), hash.clone(), ctx.ids.id());
    let evicted = ctx
        .write(async move |tx| {
            let address = origin.address.to_string();
            let token = NewToken {
                user_agent: &origin.user_agent,
                address: &address,
                ..NewToken::login(&stored_hash, &uid, now)
            };
            let evicted = tokens::insert(tx, &token).await?;
            devices::note(tx, &uid, &stored_hash, &session_id, &origin, now).await?;
            note(tx, &uid, now).await?;
            tx.emit(UserLoggedIn {
                uid: uid.clone(),
                kind,
                token_hash: stored_hash.clone(),
                address: origin.address,
                user_agent: origin.user_agent.clone(),
                connection: origin.connection.as_ref().map(|connection| connection.id().to_owned()),
            });
            Ok(evicted)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(&evicted);
    finish(ctx, token, kind).await
}

/// Goes on with a token from before.
async fn resume(ctx: &Ctx, token: &str) -> Result<LoggedIn> {
    let Some(caller) = Accounts::of(ctx).sessions.find(&ctx.kernel, token).await? else {
        return Err(unknown(ctx));
    };
    let uid = caller.uid.clone();
    let Some(user) = ctx.read(async move |tx| users::by_id(tx, &uid).await).await? else {
        return Err(unknown(ctx));
    };
    checks::admit(ctx, &user, false)?;
    let (origin, now, session_id) = (ctx.origin.clone(), ctx.now, ctx.ids.id());
    ctx.write(async move |tx| {
        devices::note(tx, &caller.uid, &caller.token_hash, &session_id, &origin, now).await?;
        note(tx, &caller.uid, now).await?;
        tx.emit(UserLoggedIn {
            uid: caller.uid.clone(),
            kind: "resume",
            token_hash: caller.token_hash.clone(),
            address: origin.address,
            user_agent: origin.user_agent.clone(),
            connection: origin.connection.as_ref().map(|connection| connection.id().to_owned()),
        });
        Ok(())
    })
    .await?;
    finish(ctx, token.to_owned(), "resume").await
}

async fn finish(ctx: &Ctx, token: String, kind: &'static str) -> Result<LoggedIn> {
    let session = Accounts::of(ctx).sessions.session(&ctx.kernel, &token).await?;
    // Gone already when the user was deactivated this very moment.
    let session = session.ok_or_else(|| unknown(ctx))?;
    let token_expires = session.expires(ctx);
    Ok(LoggedIn { uid: session.caller.uid.clone(), token, token_expires, kind, caller: session.caller })
}

/// Ends the caller's session.
///
/// # Errors
/// If the database fails.
pub async fn logout(ctx: &Ctx, caller: &Caller) -> Result<()> {
    let (uid, hash) = (caller.uid.clone(), caller.token_hash.clone());
    let socket = ctx.origin.connection.as_ref().map(|connection| connection.id().to_owned());
    ctx.write(async move |tx| {
        tokens::end_one(tx, &uid, &hash, "logged out", socket.as_deref()).await?;
        tx.emit(UserLoggedOut { uid: uid.clone() });
        Ok(())
    })
    .await?;
    Accounts::of(ctx).sessions.forget_hashes(std::slice::from_ref(&caller.token_hash));
    Ok(())
}

/// The user whom a login names, with the password's hash.
async fn find(tx: &Tx, who: &Who) -> Result<Option<(User, Option<String>)>> {
    let user = match who {
        Who::Id(uid) => users::by_id(tx, uid).await?,
        Who::Username(name) => users::by_username(tx, name).await?,
        Who::Email(address) => users::by_email(tx, address).await?,
    };
    let Some(user) = user else { return Ok(None) };
    let hash = users::password_hash(tx, &user.id).await?;
    Ok(Some((user, hash)))
}

async fn note(tx: &Tx, uid: &str, now: Timestamp) -> Result<()> {
    tx.exec("UPDATE users SET last_login = ?2 WHERE id = ?1", &vals![uid, now.millis()]).await?;
    activity::note(tx, uid, now).await
}

/// The one answer to wrong credentials. Upstream hides which part was wrong behind this text, and REST
/// behind another.
pub(crate) fn unknown(ctx: &Ctx) -> Error {
    if ctx.origin.transport == Transport::Rest {
        Error::sign_in_refused("Unauthorized", "Unauthorized")
    } else {
        Error::new("401", "User not found").with_status(401)
    }
}
