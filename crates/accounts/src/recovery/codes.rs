//! Mailed secrets in the database: stored hashed, used once.

use gantry_kernel::error::Result;
use gantry_protocol::Timestamp;
use gantry_store::{Tx, vals};

use crate::hashing::token_hash;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// What a secret is good for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// Setting a new password.
    Reset,
    /// Confirming an address.
    Verify,
    /// Fetching the token of a login that another service has vouched for.
    Login,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Verify => "verify",
            Self::Login => "login",
        }
    }

    /// How long it works, in milliseconds, as with upstream.
    const fn lifetime(self) -> i64 {
        match self {
            Self::Reset => 3 * DAY,
            Self::Verify => 30 * DAY,
            Self::Login => 60_000,
        }
    }
}

/// What a secret was made for.
pub(super) struct Code {
    pub(super) uid: String,
    pub(super) address: String,
}

/// Stores a secret. Earlier ones for the same purpose stop working.
pub(super) async fn store(
    tx: &Tx,
    purpose: Purpose,
    secret: &str,
    uid: &str,
    address: &str,
    now: Timestamp,
) -> Result<()> {
    tx.exec("DELETE FROM user_codes WHERE uid = ?1 AND purpose = ?2", &vals![uid, purpose.name()]).await?;
    let expires = now.millis() + purpose.lifetime();
    tx.exec(
        "INSERT INTO user_codes (purpose, hash, uid, address, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &vals![purpose.name(), &token_hash(secret), uid, address, expires],
    )
    .await?;
    Ok(())
}

/// Uses a secret up; `None` if it does not work.
pub(super) async fn take(tx: &Tx, purpose: Purpose, secret: &str, now: Timestamp) -> Result<Option<Code>> {
    let row = tx
        .query_opt(
            "DELETE FROM user_codes WHERE purpose = ?1 AND hash = ?2 RETURNING uid, address, expires_at",
            &vals![purpose.name(), &token_hash(secret)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.int(2)? < now.millis() {
        return Ok(None);
    }
    Ok(Some(Code { uid: row.text(0)?, address: row.opt_text(1)?.unwrap_or_default() }))
}
