//! Permissions over DDP.

use gantry_kernel::prelude::*;

use super::change;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<Get>().method::<AddPermissionToRole>().method::<RemoveRoleFromPermission>();
}

/// `permissions/get(since?)`: all permissions as a list, or what has changed since.
#[derive(Deserialize)]
struct Get {
    since: Option<Timestamp>,
}

impl Method for Get {
    const SPEC: MethodSpec = MethodSpec::new("permissions/get", "permissions");
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        let found = ctx.permissions.documents(self.since);
        Ok(match self.since {
            None => Value::Array(found),
            // Permissions are never removed.
            Some(_) => json!({ "update": found, "remove": [] }),
        })
    }
}

/// `authorization:addPermissionToRole(permissionId, role)`.
#[derive(Deserialize)]
struct AddPermissionToRole {
    permission: String,
    role: String,
}

impl Method for AddPermissionToRole {
    const SPEC: MethodSpec = MethodSpec::new("authorization:addPermissionToRole", "permissions");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::grant(ctx, self.permission, self.role).await
    }
}

/// `authorization:removeRoleFromPermission(permissionId, role)`.
#[derive(Deserialize)]
struct RemoveRoleFromPermission {
    permission: String,
    role: String,
}

impl Method for RemoveRoleFromPermission {
    const SPEC: MethodSpec = MethodSpec::new("authorization:removeRoleFromPermission", "permissions");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::revoke(ctx, self.permission, self.role).await
    }
}
