//! Sessions in the database.

use gantry_kernel::error::Result;
use gantry_kernel::events::Emit;
use gantry_protocol::Timestamp;
use gantry_store::{Row, Tx, vals};

use super::SessionsEnded;

/// Logins that one user can have; the oldest ends when there is one more. Upstream:
/// `MAX_RESUME_LOGIN_TOKENS`.
const LOGINS_PER_USER: i64 = 50;

/// A session to store.
pub(crate) struct NewToken<'a> {
    pub(crate) hash: &'a str,
    pub(crate) uid: &'a str,
    /// Name and last six characters of a personal access token; `None` for a login.
    pub(crate) personal: Option<(&'a str, &'a str)>,
    pub(crate) bypass_two_factor: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) user_agent: &'a str,
    pub(crate) address: &'a str,
}

impl<'a> NewToken<'a> {
    pub(crate) fn login(hash: &'a str, uid: &'a str, now: Timestamp) -> Self {
        Self {
            hash,
            uid,
            personal: None,
            bypass_two_factor: false,
            created_at: now,
            user_agent: "",
            address: "",
        }
    }
}

/// Stores a session; answers the hashes of those that ended to make room.
pub(crate) async fn insert(tx: &Tx, token: &NewToken<'_>) -> Result<Vec<String>> {
    let (name, last) = token.personal.unzip();
    tx.exec(
        "INSERT INTO login_tokens (hash, uid, kind, name, last_token_part, bypass_two_factor, created_at, user_agent, address) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &vals![
            token.hash,
            token.uid,
            if name.is_some() { "personal" } else { "login" },
            name,
            last,
            token.bypass_two_factor,
            token.created_at.millis(),
            token.user_agent,
            token.address,
        ],
    )
    .await?;
    hashes(
        tx.query(
            "DELETE FROM login_tokens WHERE uid = ?1 AND kind = 'login' AND hash NOT IN (\
             SELECT hash FROM login_tokens WHERE uid = ?1 AND kind = 'login' ORDER BY created_at DESC, hash ASC LIMIT ?2) \
             RETURNING hash",
            &vals![token.uid, LOGINS_PER_USER],
        )
        .await?,
    )
}

/// Ends one session; answers whether it was there. The socket `but` stays open.
///
/// # Errors
/// If the database fails.
pub async fn end_one(
    tx: &Tx,
    uid: &str,
    hash: &str,
    reason: &'static str,
    but: Option<&str>,
) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM login_tokens WHERE uid = ?1 AND hash = ?2 RETURNING hash", &vals![uid, hash])
        .await?;
    let hashes = hashes(rows)?;
    let found = !hashes.is_empty();
    if found {
        tx.emit(SessionsEnded { uid: uid.to_owned(), hashes, reason, but: but.map(str::to_owned) });
    }
    Ok(found)
}

/// Ends all sessions of a user, personal access tokens and what OAuth applications were given included; answers
/// the hashes of the sessions.
///
/// # Errors
/// If the database fails.
pub async fn end_all(tx: &Tx, uid: &str, reason: &'static str) -> Result<Vec<String>> {
    tx.exec("DELETE FROM oauth_tokens WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM oauth_codes WHERE uid = ?1", &vals![uid]).await?;
    let rows = tx.query("DELETE FROM login_tokens WHERE uid = ?1 RETURNING hash", &vals![uid]).await?;
    ended(tx, uid, rows, reason)
}

/// Ends all logins of a user but some; personal access tokens stay. Answers the hashes.
///
/// # Errors
/// If the database fails.
pub async fn end_others(tx: &Tx, uid: &str, but: &[String], reason: &'static str) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "DELETE FROM login_tokens WHERE uid = ?1 AND kind = 'login' AND hash NOT IN list(?2) RETURNING hash",
            &vals![uid, but],
        )
        .await?;
    ended(tx, uid, rows, reason)
}

/// Removes logins from before `before`; answers how many.
pub(crate) async fn drop_expired(tx: &Tx, before: Timestamp) -> Result<u64> {
    let removed = tx
        .exec("DELETE FROM login_tokens WHERE kind = 'login' AND created_at < ?1", &vals![before.millis()])
        .await?;
    Ok(removed)
}

/// Tells listeners which sessions ended.
pub(super) fn ended(tx: &Tx, uid: &str, rows: Vec<Row>, reason: &'static str) -> Result<Vec<String>> {
    let hashes = hashes(rows)?;
    if !hashes.is_empty() {
        tx.emit(SessionsEnded { uid: uid.to_owned(), hashes: hashes.clone(), reason, but: None });
    }
    Ok(hashes)
}

fn hashes(rows: Vec<Row>) -> Result<Vec<String>> {
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}
