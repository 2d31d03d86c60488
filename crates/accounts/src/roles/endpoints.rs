//! Roles over REST. Upstream: `apps/meteor/app/api/server/v1/roles.ts`.

use gantry_kernel::permissions::{Permissions, Role, Scope};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

use super::catalogue::{self, INVALID, Wish, unknown};
use super::{holders, shown_to_all};
use crate::users::{self, UserSelector};

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<List>()
        .endpoint::<Sync>()
        .endpoint::<Create>()
        .endpoint::<Update>()
        .endpoint::<Delete>()
        .endpoint::<AddUser>()
        .endpoint::<RemoveUser>()
        .endpoint::<UsersInRole>()
        .endpoint::<UsersInPublicRoles>();
}

/// A role.
#[derive(Serialize, JsonSchema)]
struct RoleReply {
    role: Value,
}

/// All roles.
#[derive(Deserialize, JsonSchema)]
struct List {}

/// Roles.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    roles: Vec<Value>,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("roles.list", "roles");
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let mut roles = ctx.permissions.role_documents(None);
        for role in roles.iter_mut().filter_map(Value::as_object_mut) {
            role.remove("_updatedAt");
        }
        Ok(ListReply { roles })
    }
}

/// The roles that changed since a time.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Sync {
    /// The time, as ISO 8601. It has to be there.
    updated_since: Option<String>,
}

/// What changed.
#[derive(Serialize, JsonSchema)]
struct Synced {
    update: Vec<Value>,
    remove: Vec<Value>,
}

/// Changed roles.
#[derive(Serialize, JsonSchema)]
struct SyncReply {
    roles: Synced,
}

impl Endpoint for Sync {
    const SPEC: Spec = Spec::get("roles.sync", "roles");
    type Guard = LoggedIn;
    type Reply = SyncReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<SyncReply> {
        let since =
            self.updated_since.ok_or_else(|| Error::message("Match error: Missing key 'updatedSince'"))?;
        let since = Timestamp::parse_iso(&since).ok_or_else(|| {
            Error::message("Match error: Failed Match.Where validation in field updatedSince")
        })?;
        let removed =
            ctx.read(async move |tx| Ok(Permissions::removed_roles_since(tx, since).await?)).await?;
        let remove = removed.into_iter().map(|(id, at)| json!({ "_id": id, "_deletedAt": at })).collect();
        Ok(SyncReply { roles: Synced { update: ctx.permissions.role_documents(Some(since)), remove } })
    }
}

/// Adds a role of the workspace's own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Its name.
    name: String,
    /// In words.
    description: Option<String>,
    /// `Users` for everywhere, `Subscriptions` for single rooms.
    scope: Option<String>,
    /// Its holders must use a second factor.
    mandatory2fa: Option<bool>,
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("roles.create", "roles").misfit(INVALID.0, INVALID.1);
    type Guard = LoggedIn;
    type Reply = RoleReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoleReply> {
        let wish = Wish {
            name: self.name,
            scope: self.scope,
            description: self.description,
            mandatory_2fa: self.mandatory2fa,
        };
        Ok(RoleReply { role: catalogue::create(ctx, wish).await? })
    }
}

/// Changes a role. Built-in ones keep their name and scope.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    /// The role.
    role_id: String,
    /// Its name; empty for the one that it has.
    name: String,
    /// In words.
    description: Option<String>,
    /// `Users` for everywhere, `Subscriptions` for single rooms.
    scope: Option<String>,
    /// Its holders must use a second factor.
    mandatory2fa: Option<bool>,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("roles.update", "roles").misfit(INVALID.0, INVALID.1);
    type Guard = LoggedIn;
    type Reply = RoleReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoleReply> {
        let wish = Wish {
            name: self.name,
            scope: self.scope,
            description: self.description,
            mandatory_2fa: self.mandatory2fa,
        };
        Ok(RoleReply { role: catalogue::update(ctx, self.role_id, wish).await? })
    }
}

/// Removes a role that nobody holds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    /// The role, or its name.
    role_id: String,
}

impl Endpoint for Delete {
    const SPEC: Spec =
        Spec::post("roles.delete", "roles").needs_all(&["access-permissions"]).misfit(INVALID.0, INVALID.1);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        catalogue::delete(ctx, &self.role_id).await
    }
}

/// The role that `roleId` or the older `roleName` names; `None` if there is none.
fn named(ctx: &Ctx, id: Option<&str>, name: Option<&str>) -> Result<Option<Role>> {
    match (id.filter(|id| !id.is_empty()), name.filter(|name| !name.is_empty())) {
        (Some(id), _) => Ok(ctx.permissions.role(id)),
        (None, Some(name)) => Ok(ctx.permissions.find_role(name)),
        (None, None) => Err(Error::message("error-invalid-role-properties")),
    }
}

/// Gives a role to a user, everywhere or in one room.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddUser {
    /// The user's name, in any case.
    username: String,
    /// The role.
    role_id: Option<String>,
    /// The role's name or id, as older clients say it.
    role_name: Option<String>,
    /// The room, for a role that counts in rooms.
    room_id: Option<String>,
}

impl Endpoint for AddUser {
    const SPEC: Spec = Spec::post("roles.addUserToRole", "roles").misfit(INVALID.0, "");
    type Guard = LoggedIn;
    type Reply = RoleReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoleReply> {
        let selector = UserSelector { username: Some(self.username), ..UserSelector::default() };
        let user = users::selected(ctx, selector).await?;
        let role = named(ctx, self.role_id.as_deref(), self.role_name.as_deref())?
            .ok_or_else(|| Error::plain("Role not found", "error-role-not-found"))?;
        let document = role.document();
        let (inner, rid, uid) = (ctx.clone(), self.room_id.filter(|rid| !rid.is_empty()), user.id.clone());
        ctx.write(async move |tx| holders::give(&inner, tx, &uid, &role, rid.as_deref()).await).await?;
        ctx.identity().forget(&user.id);
        Ok(RoleReply { role: document })
    }
}

/// Takes a role from a user, everywhere or in one room.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoveUser {
    /// The user's name.
    username: String,
    /// The role.
    role_id: Option<String>,
    /// The role's name or id, as older clients say it.
    role_name: Option<String>,
    /// The room, for a role that counts in rooms.
    scope: Option<String>,
    /// The room too, for clients that name it as `roles.addUserToRole` does.
    room_id: Option<String>,
}

impl Endpoint for RemoveUser {
    const SPEC: Spec = Spec::post("roles.removeUserFromRole", "roles")
        .needs_all(&["access-permissions"])
        .misfit(INVALID.0, INVALID.1);
    type Guard = LoggedIn;
    type Reply = RoleReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoleReply> {
        let role = named(ctx, self.role_id.as_deref(), self.role_name.as_deref())?;
        let username = self.username;
        let user = ctx.read(async move |tx| users::by_username(tx, &username).await).await?;
        let user =
            user.ok_or_else(|| Error::new("error-invalid-user", "There is no user with this username"))?;
        let role = role.ok_or_else(unknown)?;
        let document = role.document();
        let rid = self.scope.or(self.room_id).filter(|rid| !rid.is_empty());
        let (inner, uid) = (ctx.clone(), user.id.clone());
        ctx.write(async move |tx| holders::take(&inner, tx, &uid, &role, rid.as_deref()).await).await?;
        ctx.identity().forget(&user.id);
        Ok(RoleReply { role: document })
    }
}

/// Those who hold a role.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UsersInRole {
    /// The role, or its name.
    role: Option<String>,
    /// The room, for a role that counts in rooms.
    room_id: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Users, and how many there are in all.
#[derive(Serialize, JsonSchema)]
struct UsersInRoleReply {
    users: Vec<Value>,
    total: usize,
}

/// What is shown of holders.
const HOLDER_FIELDS: &[&str] =
    &["_id", "name", "username", "emails", "avatarETag", "createdAt", "_updatedAt"];

impl Endpoint for UsersInRole {
    const SPEC: Spec = Spec::get("roles.getUsersInRole", "roles").needs_all(&["access-permissions"]);
    type Guard = LoggedIn;
    type Reply = UsersInRoleReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UsersInRoleReply> {
        let role = self
            .role
            .filter(|role| !role.is_empty())
            .ok_or_else(|| Error::new("error-param-not-provided", "Query param \"role\" is required"))?;
        let rid = self.room_id.filter(|rid| !rid.is_empty());
        if rid.is_some() && !ctx.may("view-other-user-channels") {
            return Err(Error::new("error-not-allowed", "Not allowed"));
        }
        let role = ctx.permissions.find_role(&role).ok_or_else(|| Error::code("error-invalid-roleId"))?;
        let (inner, window) = (ctx.clone(), self.page.window(ctx));
        let (users, total) = ctx
            .read(async move |tx| match role.scope {
                Scope::Users => holders::page(tx, &role.id, window).await,
                Scope::Subscriptions => {
                    let uids = holders::in_rooms(&inner, tx, &role.id, rid.as_deref()).await?;
                    let users = users::by_ids(tx, &uids).await?;
                    let total = users.len();
                    let skip = usize::try_from(window.offset).unwrap_or(usize::MAX);
                    let take = usize::try_from(window.count).unwrap_or(usize::MAX);
                    Ok((users.into_iter().skip(skip).take(take).collect(), total))
                }
            })
            .await?;
        let users = users.iter().map(|user| fields(user, HOLDER_FIELDS)).collect::<Result<_>>()?;
        Ok(UsersInRoleReply { users, total })
    }
}

/// The users with roles that are shown beside their names.
#[derive(Deserialize, JsonSchema)]
struct UsersInPublicRoles {}

/// Users with their roles.
#[derive(Serialize, JsonSchema)]
struct UsersInPublicRolesReply {
    users: Vec<Value>,
}

impl Endpoint for UsersInPublicRoles {
    const SPEC: Spec = Spec::get("roles.getUsersInPublicRoles", "roles");
    type Guard = LoggedIn;
    type Reply = UsersInPublicRolesReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UsersInPublicRolesReply> {
        let roles = shown_to_all(ctx);
        let users = ctx.read(async move |tx| holders::with_any(tx, &roles).await).await?;
        let users =
            users.iter().map(|user| fields(user, &["_id", "username", "roles"])).collect::<Result<_>>()?;
        Ok(UsersInPublicRolesReply { users })
    }
}

fn fields(user: &User, names: &[&str]) -> Result<Value> {
    let mut document = serde_json::to_value(user).map_err(Error::internal)?;
    if let Value::Object(fields) = &mut document {
        fields.retain(|field, _| names.contains(&field.as_str()));
    }
    Ok(document)
}
