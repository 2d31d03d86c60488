//! Making, changing and removing roles.

use gantry_kernel::permissions::{Role, RoleUpdate, Scope};
use gantry_kernel::prelude::*;

use super::holders;
use crate::permissions::Written;

/// What callers say of a role.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) scope: Option<String>,
    pub(super) description: Option<String>,
    pub(super) mandatory_2fa: Option<bool>,
}

/// Code and sentence for what makes no role.
pub(super) const INVALID: (&str, &str) =
    ("error-invalid-role-properties", "The role properties are invalid.");

fn invalid() -> Error {
    Error::new(INVALID.0, INVALID.1)
}

fn allow_access(ctx: &Ctx) -> Result<()> {
    if ctx.may("access-permissions") {
        return Ok(());
    }
    Err(Error::new("error-action-not-allowed", "Accessing permissions is not allowed"))
}

fn scope(wish: &Wish) -> Result<Option<Scope>> {
    wish.scope.as_deref().map(|name| Scope::named(name).ok_or_else(invalid)).transpose()
}

/// Adds a role of the workspace's own. Upstream asks for a licence: `apps/meteor/ee/server/api/roles.ts`.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-role-properties`, `error-duplicate-role-names-not-allowed`.
pub(super) async fn create(ctx: &Ctx, wish: Wish) -> Result<Value> {
    let scope = scope(&wish)?.unwrap_or(Scope::Users);
    allow_access(ctx)?;
    if wish.name.trim().is_empty() {
        return Err(invalid());
    }
    if ctx.permissions.find_role(&wish.name).is_some() {
        return Err(Error::new("error-duplicate-role-names-not-allowed", "Role name already exists"));
    }
    let role = Role {
        id: ctx.ids.id(),
        name: wish.name,
        scope,
        description: wish.description.unwrap_or_default(),
        protected: false,
        mandatory_2fa: wish.mandatory_2fa.unwrap_or(false),
        updated_at: ctx.now,
    };
    let (permissions, document) = (ctx.permissions.clone(), role.document());
    ctx.write(async move |tx| {
        tx.emit(Written::of(permissions.create_role(tx, role.clone()).await?));
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(document)
}

/// Changes a role. Built-in ones keep their name and scope. Upstream: `apps/meteor/ee/server/api/roles.ts`.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-role-properties`, `error-invalid-roleId`,
/// `error-role-protected`, `error-duplicate-role-names-not-allowed`.
pub(super) async fn update(ctx: &Ctx, id: String, wish: Wish) -> Result<Value> {
    let scope = scope(&wish)?;
    allow_access(ctx)?;
    if ctx.permissions.role(&id).is_none() {
        return Err(unknown());
    }
    let update = RoleUpdate {
        name: Some(wish.name).filter(|name| !name.is_empty()),
        scope,
        description: Some(wish.description.unwrap_or_default()),
        mandatory_2fa: wish.mandatory_2fa,
    };
    let (permissions, now, sought) = (ctx.permissions.clone(), ctx.now, id.clone());
    ctx.write(async move |tx| {
        tx.emit(Written::of(permissions.update_role(tx, &sought, update.clone(), now).await?));
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    ctx.permissions.role(&id).map(|role| role.document()).ok_or_else(unknown)
}

pub(super) fn unknown() -> Error {
    Error::new("error-invalid-roleId", "This role does not exist")
}

/// Removes a role that nobody holds.
///
/// # Errors
/// `error-invalid-roleId`, `error-role-protected`, `error-role-in-use`.
pub(super) async fn delete(ctx: &Ctx, id_or_name: &str) -> Result<()> {
    let role = ctx.permissions.find_role(id_or_name).ok_or_else(unknown)?;
    if role.protected {
        return Err(Error::new("error-role-protected", "Cannot delete a protected role"));
    }
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        if holders::count(&inner, tx, &role).await? > 0 {
            return Err(Error::new("error-role-in-use", "Cannot delete role because it's in use"));
        }
        for change in inner.permissions.delete_role(tx, &role.id, inner.now).await? {
            tx.emit(Written::of(change));
        }
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}
