//! Permissions over REST. Upstream: `apps/meteor/app/api/server/v1/permissions.ts`.

use gantry_kernel::prelude::*;

use super::change::{self, Grant};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<ListAll>().endpoint::<Update>().endpoint::<AddRole>().endpoint::<RemoveRole>();
}

/// All permissions and the roles that hold them, or those that changed since a time.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListAll {
    /// Only those that changed after this, as ISO 8601.
    updated_since: Option<String>,
}

/// What changed.
#[derive(Serialize, JsonSchema)]
struct ListAllReply {
    update: Vec<Value>,
    /// Always empty: permissions are never removed.
    remove: Vec<Value>,
}

impl Endpoint for ListAll {
    const SPEC: Spec = Spec::get("permissions.listAll", "permissions");
    type Guard = LoggedIn;
    type Reply = ListAllReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListAllReply> {
        let since = match self.updated_since.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(Timestamp::parse_iso(text).ok_or_else(|| {
                Error::new(
                    "error-roomId-param-invalid",
                    "The \"updatedSince\" query parameter must be a valid date.",
                )
            })?),
        };
        Ok(ListAllReply { update: ctx.permissions.documents(since), remove: Vec::new() })
    }
}

/// Decides which roles hold some permissions.
#[derive(Deserialize, JsonSchema)]
struct Update {
    /// `[{_id, roles}]`: permissions, each with the ids of all roles that hold it from now on.
    permissions: Option<Value>,
}

/// All permissions after the change.
#[derive(Serialize, JsonSchema)]
struct UpdateReply {
    permissions: Vec<Value>,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("permissions.update", "permissions").needs_all(&["access-permissions"]);
    type Guard = LoggedIn;
    type Reply = UpdateReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UpdateReply> {
        let grants: Vec<Grant> = serde_json::from_value(self.permissions.unwrap_or_default())
            .map_err(|_| Error::plain("error-invalid-body-params", "Invalid body params"))?;
        change::set(ctx, grants).await?;
        Ok(UpdateReply { permissions: ctx.permissions.documents(None) })
    }
}

/// Gives a permission to a role.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddRole {
    /// The permission.
    permission_id: String,
    /// Id of the role.
    role: String,
}

impl Endpoint for AddRole {
    const SPEC: Spec = Spec::post("permissions.addRole", "permissions").needs_all(&["access-permissions"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::grant(ctx, self.permission_id, self.role).await
    }
}

/// Takes a permission from a role.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoveRole {
    /// The permission.
    permission_id: String,
    /// Id of the role.
    role: String,
}

impl Endpoint for RemoveRole {
    const SPEC: Spec = Spec::post("permissions.removeRole", "permissions").needs_all(&["access-permissions"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::revoke(ctx, self.permission_id, self.role).await
    }
}
