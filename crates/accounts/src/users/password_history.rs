//! Passwords that a user had: the last ones may not come again.
//! Upstream: `apps/meteor/server/lib/compareUserPasswordHistory.ts`.

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use gantry_protocol::Timestamp;
use gantry_store::{Tx, vals};
use serde_json::json;

use super::{password_hash, set_password_hash};
use crate::Accounts;

/// Passwords that are kept at most, whatever the setting says: each costs a bcrypt when a new one is chosen.
const MOST: i64 = 24;

fn amount(kernel: &Kernel) -> i64 {
    kernel.settings.get(keys::Accounts_Password_History_Amount).clamp(0, MOST)
}

/// Refuses a password, given as its digest, that the user had before, where the workspace looks at that.
///
/// # Errors
/// `error-password-in-history`.
pub(crate) async fn check(ctx: &Ctx, uid: &str, digest: &str, method: &str) -> Result<()> {
    if !ctx.settings.get(keys::Accounts_Password_History_Enabled) {
        return Ok(());
    }
    let (uid, amount) = (uid.to_owned(), amount(ctx));
    let rows = ctx
        .read(async move |tx| {
            Ok(tx
                .query(
                    "SELECT hash FROM password_history WHERE uid = ?1 ORDER BY at DESC, hash LIMIT ?2",
                    &vals![&uid, amount],
                )
                .await?)
        })
        .await?;
    for row in rows {
        if Accounts::of(ctx).hashing.verify(digest, Some(row.str(0)?)).await? {
            return Err(Error::new("error-password-in-history", "Entered password has been previously used")
                .with_details(json!({ "method": method })));
        }
    }
    Ok(())
}

/// Sets a password that the user has chosen; the one before goes into the history.
pub(crate) async fn replace(kernel: &Kernel, tx: &Tx, uid: &str, hash: &str, now: Timestamp) -> Result<()> {
    if let Some(old) = password_hash(tx, uid).await? {
        tx.exec(
            "INSERT INTO password_history (uid, at, hash) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            &vals![uid, now.millis(), &old],
        )
        .await?;
        tx.exec(
            "DELETE FROM password_history WHERE uid = ?1 AND hash NOT IN (\
             SELECT hash FROM password_history WHERE uid = ?1 ORDER BY at DESC, hash LIMIT ?2)",
            &vals![uid, amount(kernel)],
        )
        .await?;
    }
    set_password_hash(tx, uid, Some(hash)).await
}
