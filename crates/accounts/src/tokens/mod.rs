//! Login tokens and personal access tokens.

mod endpoints;
mod methods;
mod personal;
mod queries;

use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::error::{Error, Result};
use gantry_kernel::registry::Registry;
use gantry_protocol::Timestamp;
use gantry_store::vals;

pub(crate) use queries::{NewToken, drop_expired, insert};
pub use queries::{end_all, end_one, end_others};

use crate::Accounts;
use crate::devices;
use crate::hashing::token_hash;

/// Sessions of a user ended: their tokens work no more.
#[derive(Clone, Debug)]
pub struct SessionsEnded {
    /// Whose.
    pub uid: String,
    /// Stored hashes of the tokens.
    pub hashes: Vec<String>,
    /// What the clients are told.
    pub reason: &'static str,
    /// A socket that stays open, as nobody's: the one that logged out.
    pub but: Option<String>,
}

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::CreateToken>()
        .endpoint::<endpoints::GenerateToken>()
        .endpoint::<endpoints::RegenerateToken>()
        .endpoint::<endpoints::RemoveToken>()
        .endpoint::<endpoints::ListTokens>()
        .endpoint::<endpoints::LogoutUser>()
        .endpoint::<endpoints::LogoutOtherClients>()
        .endpoint::<endpoints::RemoveOtherTokens>()
        .method::<methods::CreateToken>()
        .method::<methods::GenerateToken>()
        .method::<methods::RegenerateToken>()
        .method::<methods::RemoveToken>()
        .method::<methods::RemoveOtherTokens>()
        .method::<methods::LogoutOtherClients>()
        .method::<methods::GetNewToken>();
}

/// Ends all logins of a user but those with the hashes in `keep`.
///
/// # Errors
/// If the database fails.
pub async fn end_other_logins(ctx: &Ctx, uid: &str, keep: Vec<String>) -> Result<()> {
    let uid = uid.to_owned();
    let ended = ctx.write(async move |tx| end_others(tx, &uid, &keep, "logged out elsewhere").await).await?;
    Accounts::of(ctx).sessions.forget_hashes(&ended);
    Ok(())
}

/// Ends all logins of the caller but the present one, and answers a token to go on with: the present one is
/// not known in the clear, so it is a further one.
///
/// # Errors
/// `error-not-allowed` unless the call came with a login.
pub(crate) async fn end_other_clients(ctx: &Ctx, caller: &Caller) -> Result<(String, Timestamp)> {
    only_a_login(caller)?;
    let (token, expires) = further(ctx, caller, ctx.now).await?;
    end_other_logins(ctx, &caller.uid, vec![token_hash(&token), caller.token_hash.clone()]).await?;
    Ok((token, expires))
}

/// A new login token of a user, made by the server itself or by somebody who may: it works at once.
///
/// # Errors
/// If the database fails.
pub async fn issue(ctx: &Ctx, uid: &str) -> Result<(String, Timestamp)> {
    let token = ctx.ids.secret();
    let (hash, uid, now) = (token_hash(&token), uid.to_owned(), ctx.now);
    let evicted = ctx.write(async move |tx| insert(tx, &NewToken::login(&hash, &uid, now)).await).await?;
    Accounts::of(ctx).sessions.forget_hashes(&evicted);
    Ok((token, Timestamp::from_millis(ctx.now.millis() + crate::sessions::lifetime(ctx))))
}

/// Another token of the caller's login, as old as that.
///
/// # Errors
/// `error-not-allowed` unless the call came with a login.
pub(crate) async fn renew(ctx: &Ctx, caller: &Caller) -> Result<(String, Timestamp)> {
    only_a_login(caller)?;
    let old = caller.token_hash.clone();
    let since = ctx
        .read(async move |tx| {
            let row = tx
                .query_opt("SELECT created_at FROM login_tokens WHERE hash = ?1", &vals![&old])
                .await?
                .ok_or_else(Error::unauthenticated)?;
            Ok(Timestamp::from_millis(row.int(0)?))
        })
        .await?;
    further(ctx, caller, since).await
}

/// A further login of the caller from the same device, in the list of devices like any other.
async fn further(ctx: &Ctx, caller: &Caller, since: Timestamp) -> Result<(String, Timestamp)> {
    let (token, session) = (ctx.ids.secret(), ctx.ids.id());
    let (hash, uid, origin, now) = (token_hash(&token), caller.uid.clone(), ctx.origin.clone(), ctx.now);
    let evicted = ctx
        .write(async move |tx| {
            let evicted = insert(tx, &NewToken::login(&hash, &uid, since)).await?;
            devices::note(tx, &uid, &hash, &session, &origin, now).await?;
            Ok(evicted)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(&evicted);
    Ok((token, Timestamp::from_millis(since.millis() + crate::sessions::lifetime(ctx))))
}

/// What was given for a purpose or a time must not turn into a login, which is given for neither.
fn only_a_login(caller: &Caller) -> Result<()> {
    if caller.is_login() { Ok(()) } else { Err(Error::new("error-not-allowed", "Not allowed")) }
}

/// Applications make no tokens: what they may do ends with what they were given.
fn not_by_application(caller: &Caller) -> Result<()> {
    if caller.by_application { Err(Error::new("error-not-allowed", "Not allowed")) } else { Ok(()) }
}
