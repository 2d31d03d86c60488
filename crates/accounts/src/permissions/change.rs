//! Changing who holds a permission.
//!
//! As with settings, a change is recorded as [`Written`] in its transaction and takes effect when that event is
//! delivered, so that changes are applied in the order of their commits.

use gantry_kernel::permissions::{Change, PermissionError, SETTING_PREFIX};
use gantry_kernel::prelude::*;

/// A permission or a role was changed in the database. Its listener makes the change visible and tells
/// clients.
#[derive(Clone, Debug)]
pub struct Written(pub(super) Change);

impl Written {
    /// To be emitted in the transaction that wrote the change.
    pub fn of(change: Change) -> Self {
        Self(change)
    }

    /// The permission that others hold now; `None` if it was a role that changed.
    pub fn permission(&self) -> Option<&str> {
        match &self.0 {
            Change::Permission(changed) => Some(&changed.id),
            Change::Role(_) => None,
        }
    }
}

/// The roles that shall hold a permission.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    #[serde(rename = "_id")]
    id: String,
    roles: Vec<String>,
}

/// Decides who holds each of these permissions: all or none.
///
/// # Errors
/// `error-invalid-permission` for an unknown or repeated one, `error-invalid-role`, `error-action-not-allowed`
/// for the permission of a setting without `access-setting-permissions`, as where roles are added one by one.
pub(super) async fn set(ctx: &Ctx, grants: Vec<Grant>) -> Result<()> {
    let mut ids: Vec<&str> = grants.iter().map(|grant| grant.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != grants.len() || !ids.iter().all(|id| ctx.permissions.exists(id)) {
        return Err(Error::plain("error-invalid-permission", "Invalid permission"));
    }
    if !grants.iter().flat_map(|grant| &grant.roles).all(|role| ctx.permissions.role(role).is_some()) {
        return Err(Error::plain("error-invalid-role", "Invalid role"));
    }
    if !ids.iter().all(|id| may_change(ctx, id)) {
        return Err(Error::new(
            "error-action-not-allowed",
            "Changing permissions of settings is not allowed",
        ));
    }
    let (permissions, now) = (ctx.permissions.clone(), ctx.now);
    ctx.write(async move |tx| {
        for grant in &grants {
            tx.emit(Written(permissions.set_roles(tx, &grant.id, &grant.roles, now).await?));
        }
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

/// Gives a permission to a role. Upstream: `authorization:addPermissionToRole`.
///
/// # Errors
/// `error-invalid-permission`, `error-invalid-role`, `error-action-not-allowed`.
pub(super) async fn grant(ctx: &Ctx, permission: String, role: String) -> Result<()> {
    let details = json!({ "method": "authorization:addPermissionToRole", "action": "Adding_permission" });
    if !ctx.permissions.exists(&permission) {
        return Err(Error::from(PermissionError::UnknownPermission(permission)).with_details(details));
    }
    if !may_change(ctx, &permission) {
        return Err(
            Error::new("error-action-not-allowed", "Adding permission is not allowed").with_details(details)
        );
    }
    let (permissions, now) = (ctx.permissions.clone(), ctx.now);
    let granted = ctx.write(async move |tx| {
        for change in permissions.grant(tx, &permission, &role, now).await? {
            tx.emit(Written(change));
        }
        Ok(())
    });
    granted.await.map_err(|error: Error| error.with_details(details))?;
    ctx.events.settle().await;
    Ok(())
}

/// Takes a permission from a role. Upstream: `authorization:removeRoleFromPermission`, which also takes the
/// permission to open the setting's group, although the role may hold other settings of the group.
///
/// # Errors
/// `error-permission-not-found`, `error-action-not-allowed`.
pub(super) async fn revoke(ctx: &Ctx, permission: String, role: String) -> Result<()> {
    let method = "authorization:removeRoleFromPermission";
    if !ctx.permissions.exists(&permission) {
        return Err(Error::new("error-permission-not-found", "Permission not found")
            .with_details(json!({ "method": method })));
    }
    if !may_change(ctx, &permission) {
        return Err(Error::new("error-action-not-allowed", "Removing permission is not allowed")
            .with_details(json!({ "method": method, "action": "Removing_permission" })));
    }
    let (permissions, now) = (ctx.permissions.clone(), ctx.now);
    ctx.write(async move |tx| {
        if let Some(change) = permissions.revoke(tx, &permission, &role, now).await? {
            tx.emit(Written(change));
        }
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

fn may_change(ctx: &Ctx, permission: &str) -> bool {
    ctx.may("access-permissions")
        && (!permission.starts_with(SETTING_PREFIX) || ctx.may("access-setting-permissions"))
}
