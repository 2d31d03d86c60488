//! Activating and deactivating users. Upstream: `apps/meteor/app/lib/server/functions/setUserActiveStatus.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use gantry_store::{Tx, vals};
use serde_json::json;

use super::events::{UserActivated, UserDeactivated, UserDeactivating};
use super::{edit, lock};
use crate::{Accounts, tokens};

/// Lets a user log in, or no longer.
///
/// # Errors
/// `error-invalid-user`; `error-action-not-allowed` for the last administrator; `user-last-owner` unless
/// the ownership may be passed on.
pub async fn set_active(ctx: &Ctx, uid: &str, active: bool, confirm_relinquish: bool) -> Result<User> {
    let (inner, uid) = (ctx.clone(), uid.to_owned());
    let user = ctx
        .write(async move |tx| {
            let user = lock(tx, &uid).await?;
            let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
            if user.federated == Some(true) {
                return Err(Error::new("error-user-is-federated", "Cannot change federated users status")
                    .with_details(json!({ "method": "setUserActiveStatus" })));
            }
            change(&inner, tx, user, active, confirm_relinquish).await
        })
        .await?;
    Accounts::of(ctx).sessions.forget_user(&user.id);
    Ok(user)
}

async fn change(ctx: &Ctx, tx: &Tx, before: User, active: bool, confirm_relinquish: bool) -> Result<User> {
    if !active {
        keep_an_administrator(
            tx,
            &before,
            "Leaving the app without an active admin is not allowed",
            "removeUserFromRole",
        )
        .await?;
    }
    if before.active == active {
        return Ok(before);
    }
    if !active {
        let event = UserDeactivating { user: before.clone(), confirm_relinquish };
        ctx.within.run(ctx, tx, &event).await?;
        tokens::end_all(tx, &before.id, "the account was deactivated").await?;
    }
    let mut user = before.clone();
    user.active = active;
    if active {
        user.reason = None;
        user.inactive_reason = None;
    } else {
        user.inactive_reason = Some("deactivated".to_owned());
    }
    edit::store(ctx, tx, &before, &mut user).await?;
    if active {
        let event = UserActivated { user: user.clone() };
        ctx.within.run(ctx, tx, &event).await?;
        tx.emit(event);
    } else {
        tx.emit(UserDeactivated { uid: user.id.clone() });
    }
    Ok(user)
}

/// Refuses to take away the last administrator who can log in.
pub(super) async fn keep_an_administrator(
    tx: &Tx,
    user: &User,
    reason: &'static str,
    method: &'static str,
) -> Result<()> {
    if !user.active || !user.roles.iter().any(|role| role == "admin") {
        return Ok(());
    }
    if has_other_administrator(tx, &user.id).await? {
        return Ok(());
    }
    Err(Error::new("error-action-not-allowed", reason)
        .with_details(json!({ "method": method, "action": "Remove_last_admin" })))
}

/// Whether somebody else is administrator and can log in. Two who leave at the same time wait for each other here, so
/// that the second sees that the first is gone.
pub(crate) async fn has_other_administrator(tx: &Tx, uid: &str) -> Result<bool> {
    tx.query("SELECT uid FROM user_roles WHERE role = 'admin' ORDER BY uid FOR UPDATE", &vals![]).await?;
    let other = tx
        .query_opt(
            "SELECT 1 FROM user_roles r JOIN users u ON u.id = r.uid \
             WHERE r.role = 'admin' AND u.active = TRUE AND u.id <> ?1 LIMIT 1",
            &vals![uid],
        )
        .await?;
    Ok(other.is_some())
}

/// Deactivates the holders of a role who have not logged in since `since`; answers how many.
///
/// # Errors
/// If the database fails.
pub async fn deactivate_idle(ctx: &Ctx, since: Timestamp, role: &str) -> Result<i64> {
    let (inner, role) = (ctx.clone(), role.to_owned());
    let uids = ctx
        .write(async move |tx| {
            let rows = tx
                .query(
                    "SELECT u.id FROM users u JOIN user_roles r ON r.uid = u.id \
                     WHERE r.role = ?1 AND u.active = TRUE AND u.type = 'user' \
                     AND (u.last_login <= ?2 OR (u.last_login IS NULL AND u.created_at <= ?2)) ORDER BY u.id",
                    &vals![&role, since.millis()],
                )
                .await?;
            let mut uids = Vec::new();
            for row in rows {
                let Some(before) = lock(tx, row.str(0)?).await? else { continue };
                if keep_an_administrator(tx, &before, "", "").await.is_err() {
                    continue;
                }
                let mut user = before.clone();
                user.active = false;
                user.inactive_reason = Some("idle_too_long".to_owned());
                tokens::end_all(tx, &user.id, "the account was deactivated").await?;
                edit::store(&inner, tx, &before, &mut user).await?;
                tx.emit(UserDeactivated { uid: user.id.clone() });
                uids.push(user.id);
            }
            Ok(uids)
        })
        .await?;
    for uid in &uids {
        Accounts::of(ctx).sessions.forget_user(uid);
    }
    Ok(i64::try_from(uids.len()).unwrap_or(i64::MAX))
}
