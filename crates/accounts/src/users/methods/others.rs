//! What administrators do with users.

use gantry_kernel::prelude::*;
use serde_json::Map;

use crate::users::create::{self, CreateRequest};
use crate::users::edit::{self, Fields};
use crate::users::{active, list, remove};

fn not_allowed(method: &'static str) -> Error {
    Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": method }))
}

/// `deleteUser(uid, confirmRelinquish)`.
#[derive(Deserialize)]
pub(super) struct DeleteUser {
    uid: String,
    confirm_relinquish: Option<bool>,
}

impl Method for DeleteUser {
    const SPEC: MethodSpec = MethodSpec::new("deleteUser", "users");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        if !ctx.may("delete-user") {
            return Err(not_allowed("deleteUser"));
        }
        remove::by_administrator(ctx, &self.uid, self.confirm_relinquish == Some(true)).await?;
        Ok(true)
    }
}

/// `setUserActiveStatus(uid, active, confirmRelinquish)`.
#[derive(Deserialize)]
pub(super) struct SetUserActiveStatus {
    uid: String,
    active: bool,
    confirm_relinquish: Option<bool>,
}

impl Method for SetUserActiveStatus {
    const SPEC: MethodSpec = MethodSpec::new("setUserActiveStatus", "users");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        if !ctx.may("edit-other-user-active-status") {
            return Err(not_allowed("setUserActiveStatus"));
        }
        active::set_active(ctx, &self.uid, self.active, self.confirm_relinquish == Some(true)).await?;
        Ok(true)
    }
}

/// A user as the administration page sends it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct UserForm {
    #[serde(rename = "_id")]
    id: Option<String>,
    email: Option<String>,
    name: Option<String>,
    password: Option<String>,
    username: Option<String>,
    bio: Option<String>,
    nickname: Option<String>,
    status_text: Option<String>,
    roles: Option<Vec<String>>,
    require_password_change: Option<bool>,
    set_random_password: Option<bool>,
    verified: Option<bool>,
    language: Option<String>,
    join_default_channels: Option<bool>,
    send_welcome_email: Option<bool>,
    custom_fields: Option<Map<String, Value>>,
}

/// `insertOrUpdateUser(user)`: with an id it changes that user, without one it makes a user.
#[derive(Deserialize)]
pub(super) struct InsertOrUpdateUser {
    form: UserForm,
}

impl Method for InsertOrUpdateUser {
    const SPEC: MethodSpec = MethodSpec::new("insertOrUpdateUser", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        let form = self.form;
        let fields = Fields {
            email: form.email,
            name: form.name,
            password: form.password,
            username: form.username,
            bio: form.bio,
            nickname: form.nickname,
            status_text: form.status_text,
            roles: form.roles,
            require_password_change: form.require_password_change,
            set_random_password: form.set_random_password,
            verified: form.verified,
            language: form.language,
            custom_fields: form.custom_fields,
        };
        match form.id {
            Some(uid) => {
                edit::by_administrator(ctx, &uid, fields).await?;
                Ok(json!(true))
            }
            None => {
                let join_default_channels = form.join_default_channels.unwrap_or(true);
                let welcome = form.send_welcome_email == Some(true);
                let request = CreateRequest { fields, join_default_channels, active: None, welcome };
                Ok(json!(create::by_administrator(ctx, request).await?.id))
            }
        }
    }
}

/// `getUserRoles()`: users with roles that others should see.
#[derive(Deserialize)]
pub(super) struct UserRoles {}

impl Method for UserRoles {
    const SPEC: MethodSpec = MethodSpec::new("getUserRoles", "users");
    type Guard = LoggedIn;
    type Reply = Vec<Value>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<Value>> {
        let roles = crate::roles::shown_to_all(ctx);
        ctx.read(async move |tx| {
            let users = list::in_roles(tx, &roles).await?;
            Ok(users
                .iter()
                .map(|user| json!({ "_id": user.id, "username": user.username, "roles": user.roles }))
                .collect())
        })
        .await
    }
}
