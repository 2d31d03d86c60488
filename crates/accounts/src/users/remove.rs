//! Removing users. Upstream: `apps/meteor/app/lib/server/functions/deleteUser.ts`.

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use gantry_store::{Tx, vals};
use serde_json::json;

use super::active::keep_an_administrator;
use super::events::{ErasureType, UserDeleted, UserDeleting};
use super::{delete, lock};
use crate::{Accounts, hashing, tokens};

/// Removes a user as an administrator.
///
/// # Errors
/// `error-invalid-user`, `error-cannot-delete-app-user`, `error-action-not-allowed` for the last
/// administrator, `user-last-owner`.
pub async fn by_administrator(ctx: &Ctx, uid: &str, confirm_relinquish: bool) -> Result<()> {
    remove(ctx, uid, confirm_relinquish).await
}

/// Removes the caller's own user.
///
/// # Errors
/// `error-not-allowed`, `error-invalid-password`, `error-invalid-username`, and as [`by_administrator`].
pub async fn own(ctx: &Ctx, password: &str, confirm_relinquish: bool) -> Result<()> {
    const METHOD: &str = "deleteUserOwnAccount";
    let refused = |code: &'static str, reason: &'static str| {
        Error::new(code, reason).with_details(json!({ "method": METHOD }))
    };
    if !ctx.settings.get(keys::Accounts_AllowDeleteOwnAccount) {
        return Err(refused("error-not-allowed", "Not allowed"));
    }
    let caller = ctx.caller()?.clone();
    let uid = caller.uid.clone();
    let stored = ctx.read(async move |tx| super::password_hash(tx, &uid).await).await?;
    let digest = password.trim().to_ascii_lowercase();
    match stored {
        Some(hash) => {
            if !Accounts::of(ctx).hashing.verify(&digest, Some(&hash)).await? {
                return Err(refused("error-invalid-password", "Invalid password"));
            }
        }
        // Without a password the username confirms that it was meant.
        None if hashing::same(&hashing::digest(&caller.username), &digest) => {}
        None => return Err(refused("error-invalid-username", "Invalid username")),
    }
    remove(ctx, &caller.uid, confirm_relinquish).await
}

async fn remove(ctx: &Ctx, uid: &str, confirm_relinquish: bool) -> Result<()> {
    let (inner, gone) = (ctx.clone(), uid.to_owned());
    ctx.write(async move |tx| {
        let user = lock(tx, &gone).await?.ok_or_else(|| {
            Error::new("error-invalid-user", "Invalid user to delete")
                .with_details(json!({ "method": "deleteUser" }))
        })?;
        if user.id == crate::bootstrap::BOT {
            return Err(Error::new(
                "error-action-not-allowed",
                "Deleting the rocket.cat user is not allowed",
            )
            .with_details(json!({ "method": "deleteUser", "action": "Delete_user" })));
        }
        if user.federated == Some(true) {
            return Err(Error::new("error-not-allowed", "Deleting federated, external user is not allowed")
                .with_details(json!({ "method": "deleteUser" })));
        }
        if user.kind == "app" {
            return Err(Error::new("error-cannot-delete-app-user", "Deleting app user is not allowed")
                .with_details(json!({ "method": "deleteUser" })));
        }
        keep_an_administrator(tx, &user, "Leaving the app without admins is not allowed", "deleteUser")
            .await?;
        remove_within(&inner, tx, user, confirm_relinquish).await
    })
    .await?;
    Accounts::of(ctx).sessions.forget_user(uid);
    Ok(())
}

async fn remove_within(ctx: &Ctx, tx: &Tx, user: User, confirm_relinquish: bool) -> Result<()> {
    let event = UserDeleting { user, messages: erasure(ctx), confirm_relinquish, by: ctx.uid().to_owned() };
    ctx.within.run(ctx, tx, &event).await?;
    let UserDeleting { user, messages, .. } = event;
    tokens::end_all(tx, &user.id, "the account was deleted").await?;
    delete(tx, &user.id).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, owner, deleted_at, doc) VALUES ('user', ?1, NULL, ?2, NULL) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![&user.id, ctx.now.millis()],
    )
    .await?;
    tx.emit(UserDeleted { user, messages });
    Ok(())
}

/// What the workspace does with the messages of removed users.
pub fn erasure(kernel: &Kernel) -> ErasureType {
    match &*kernel.settings.get(keys::Message_ErasureType) {
        "Unlink" => ErasureType::Unlink,
        "Keep" => ErasureType::Keep,
        _ => ErasureType::Delete,
    }
}
