//! Personal access tokens: passwords for programs. Upstream: `apps/meteor/imports/personal-access-tokens`.

use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::error::{Error, Result};
use gantry_protocol::Timestamp;
use gantry_store::{Tx, vals};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::queries;
use super::queries::{NewToken, insert};
use crate::Accounts;
use crate::hashing::token_hash;

/// A personal access token as its owner sees it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonalToken {
    name: String,
    created_at: Timestamp,
    last_token_part: String,
    bypass_two_factor: bool,
}

/// Makes a token; it is shown this once.
pub(super) async fn generate(
    ctx: &Ctx,
    caller: &Caller,
    name: &str,
    bypass_two_factor: bool,
) -> Result<String> {
    super::not_by_application(caller)?;
    allowed(ctx, "personalAccessTokens:generateToken")?;
    let (token, uid, name, now) = (ctx.ids.secret(), caller.uid.clone(), name.to_owned(), ctx.now);
    let shown = token.clone();
    ctx.write(async move |tx| {
        if exists(tx, &uid, &name).await? {
            return Err(Error::new("error-token-already-exists", "A token with this name already exists")
                .with_details(json!({ "method": "personalAccessTokens:generateToken" })));
        }
        store(tx, &uid, &name, &token, bypass_two_factor, now).await
    })
    .await?;
    Ok(shown)
}

/// Replaces a token by another of the same name.
pub(super) async fn regenerate(ctx: &Ctx, caller: &Caller, name: &str) -> Result<String> {
    const METHOD: &str = "personalAccessTokens:regenerateToken";
    super::not_by_application(caller)?;
    allowed(ctx, METHOD)?;
    let (token, uid, name, now) = (ctx.ids.secret(), caller.uid.clone(), name.to_owned(), ctx.now);
    let shown = token.clone();
    let ended = ctx
        .write(async move |tx| {
            let bypass = bypasses(tx, &uid, &name).await?.ok_or_else(|| missing(METHOD))?;
            let ended = remove(tx, &uid, &name).await?;
            store(tx, &uid, &name, &token, bypass, now).await?;
            Ok(ended)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(&ended);
    Ok(shown)
}

/// Removes a token.
pub(super) async fn revoke(ctx: &Ctx, caller: &Caller, name: &str) -> Result<()> {
    const METHOD: &str = "personalAccessTokens:removeToken";
    allowed(ctx, METHOD)?;
    let (uid, name) = (caller.uid.clone(), name.to_owned());
    let ended = ctx
        .write(async move |tx| {
            let ended = remove(tx, &uid, &name).await?;
            if ended.is_empty() { Err(missing(METHOD)) } else { Ok(ended) }
        })
        .await?;
    Accounts::of(ctx).sessions.forget_hashes(&ended);
    Ok(())
}

/// The tokens of a user, oldest first.
pub(super) async fn list(tx: &Tx, uid: &str) -> Result<Vec<PersonalToken>> {
    let rows = tx
        .query(
            "SELECT name, created_at, last_token_part, bypass_two_factor FROM login_tokens \
             WHERE uid = ?1 AND kind = 'personal' ORDER BY created_at, name",
            &vals![uid],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(PersonalToken {
                name: row.opt_text(0)?.unwrap_or_default(),
                created_at: Timestamp::from_millis(row.int(1)?),
                last_token_part: row.opt_text(2)?.unwrap_or_default(),
                bypass_two_factor: row.bool(3)?,
            })
        })
        .collect()
}

fn allowed(ctx: &Ctx, method: &'static str) -> Result<()> {
    if ctx.may("create-personal-access-tokens") {
        return Ok(());
    }
    Err(Error::new("not-authorized", "Not Authorized").with_details(json!({ "method": method })))
}

fn missing(method: &'static str) -> Error {
    Error::new("error-token-does-not-exists", "Token does not exist")
        .with_details(json!({ "method": method }))
}

async fn exists(tx: &Tx, uid: &str, name: &str) -> Result<bool> {
    Ok(bypasses(tx, uid, name).await?.is_some())
}

/// Whether the token of that name skips the second factor; `None` if there is none.
async fn bypasses(tx: &Tx, uid: &str, name: &str) -> Result<Option<bool>> {
    let row = tx
        .query_opt(
            "SELECT bypass_two_factor FROM login_tokens WHERE uid = ?1 AND kind = 'personal' AND name = ?2",
            &vals![uid, name],
        )
        .await?;
    row.map(|row| Ok(row.bool(0)?)).transpose()
}

async fn remove(tx: &Tx, uid: &str, name: &str) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "DELETE FROM login_tokens WHERE uid = ?1 AND kind = 'personal' AND name = ?2 RETURNING hash",
            &vals![uid, name],
        )
        .await?;
    queries::ended(tx, uid, rows, "the access token was removed")
}

async fn store(
    tx: &Tx,
    uid: &str,
    name: &str,
    token: &str,
    bypass_two_factor: bool,
    now: Timestamp,
) -> Result<()> {
    let last = &token[token.len() - 6..];
    let hash = token_hash(token);
    insert(
        tx,
        &NewToken { personal: Some((name, last)), bypass_two_factor, ..NewToken::login(&hash, uid, now) },
    )
    .await?;
    Ok(())
}
