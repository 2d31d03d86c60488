//! Making users.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_kernel::settings::{Settings, keys};
use gantry_protocol::objects::{User, UserEmail, UserStatus};
use gantry_store::{Tx, vals};
use serde_json::{Map, Value, json};

use super::events::UserCreated;
use super::password_policy::PasswordPolicy;
use super::{edit, insert, letters, set_password_hash, validate};
use crate::mail;

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// User id; a fresh one without it.
    pub id: Option<String>,
    /// Unique name.
    pub username: Option<String>,
    /// Real name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Whether the address is known to be theirs.
    pub verified: bool,
    /// bcrypt of the password's digest; without it nobody can log in with a password.
    pub password_hash: Option<String>,
    /// Ids of global roles.
    pub roles: Vec<String>,
    /// May log in.
    pub active: bool,
    /// `user`, `bot`, `app`.
    pub kind: &'static str,
    /// Joins the channels marked as default.
    pub join_default_channels: bool,
    /// The first user becomes administrator.
    pub may_become_admin: bool,
    /// Further fields of the document.
    pub rest: Map<String, Value>,
}

impl Default for NewUser {
    fn default() -> Self {
        Self {
            id: None,
            username: None,
            name: None,
            email: None,
            verified: false,
            password_hash: None,
            roles: Vec::new(),
            active: true,
            kind: "user",
            join_default_channels: true,
            may_become_admin: true,
            rest: Map::new(),
        }
    }
}

/// Makes a user, in whatever transaction the caller is in. What the user may be called was checked before.
///
/// # Errors
/// `error-field-unavailable`, and whatever a rule for [`UserCreated`] answers.
pub async fn create(ctx: &Ctx, tx: &Tx, new: NewUser) -> Result<User> {
    let mut document = new.rest;
    document.insert("_id".into(), json!(new.id.unwrap_or_else(|| ctx.ids.id())));
    let mut user: User = serde_json::from_value(Value::Object(document)).map_err(Error::internal)?;
    user.username = new.username;
    user.name = new.name.filter(|name| !name.is_empty());
    user.emails =
        new.email.map(|address| vec![UserEmail { address, verified: new.verified, rest: Map::new() }]);
    user.kind = new.kind.to_owned();
    user.active = new.active;
    user.roles = new.roles;
    user.created_at = ctx.now;
    user.updated_at = ctx.now;
    user.status = Some(UserStatus::Offline);
    user.status_default = Some(UserStatus::Online);
    user.status_connection = Some(UserStatus::Offline);
    if user.settings.is_none() {
        user.settings = Some(json!({}));
    }
    // Where no mail is sent, a code by mail would lock people out.
    let codes = ctx.settings.get(keys::Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In);
    if codes && user.kind == "user" && mail::is_configured(ctx) {
        user.services = Some(json!({ "email2fa": { "enabled": true, "changedAt": ctx.now } }));
    }
    if new.may_become_admin && !user.roles.iter().any(|role| role == "admin") && !has_admin(tx).await? {
        user.roles.push("admin".to_owned());
        leave_first_step(ctx, tx).await?;
    }
    insert(tx, &user).await?;
    if let Some(hash) = &new.password_hash {
        set_password_hash(tx, &user.id, Some(hash)).await?;
    }
    let event = UserCreated { user, join_default_channels: new.join_default_channels };
    ctx.within.run(ctx, tx, &event).await?;
    let user = event.user.clone();
    tx.emit(event);
    Ok(user)
}

async fn has_admin(tx: &Tx) -> Result<bool> {
    let admin = tx
        .query_opt(
            "SELECT 1 FROM user_roles r JOIN users u ON u.id = r.uid WHERE r.role = 'admin' AND u.type = 'user' LIMIT 1",
            &vals![],
        )
        .await?;
    Ok(admin.is_some())
}

/// The first administrator completes the first step of the setup wizard.
async fn leave_first_step(ctx: &Ctx, tx: &Tx) -> Result<()> {
    const WIZARD: &str = "Show_Setup_Wizard";
    if &*ctx.settings.get(keys::Show_Setup_Wizard) != "pending" || ctx.settings.is_blocked(WIZARD) {
        return Ok(());
    }
    crate::settings::set(ctx, tx, WIZARD, json!("in_progress")).await
}

/// The roles of a user who registers or is made without roles.
pub fn default_roles(settings: &Settings) -> Vec<String> {
    let list = settings.get(keys::Accounts_Registration_Users_Default_Roles);
    let mut roles: Vec<String> = Vec::new();
    for role in list.split(',').map(str::trim).filter(|role| !role.is_empty()) {
        if !roles.iter().any(|known| known == role) {
            roles.push(role.to_owned());
        }
    }
    roles
}

/// What an administrator says of a user to be made.
#[derive(Clone, Debug, Default)]
pub struct CreateRequest {
    /// Fields that creating and editing share.
    pub fields: edit::Fields,
    /// Joins the channels marked as default.
    pub join_default_channels: bool,
    /// May log in; without it as the workspace says.
    pub active: Option<bool>,
    /// Gets a letter of welcome.
    pub welcome: bool,
}

/// Makes a user as an administrator. Upstream:
/// `apps/meteor/app/lib/server/functions/saveUser/saveNewUser.ts`.
///
/// # Errors
/// `error-action-not-allowed`, `error-the-field-is-required`, `error-input-is-not-a-valid-field`,
/// `error-field-unavailable`, `error-blocked-username`, `error-invalid-email`, ...
pub async fn by_administrator(ctx: &Ctx, request: CreateRequest) -> Result<User> {
    let CreateRequest { mut fields, join_default_channels, active, welcome } = request;
    let adding = |reason: &'static str, action: &str| {
        Err(Error::new("error-action-not-allowed", reason)
            .with_details(json!({ "method": "insertOrUpdateUser", "action": action })))
    };
    if !ctx.may("create-user") {
        return adding("Adding user is not allowed", "Adding_user");
    }
    edit::check_roles(ctx, fields.roles.as_deref())?;
    let required = |field: &str| {
        Error::new("error-the-field-is-required", format!("The field {field} is required"))
            .with_details(json!({ "method": "insertOrUpdateUser", "field": field }))
    };
    let empty = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if ctx.settings.get(keys::Accounts_RequireNameForSignUp) && empty(&fields.name) {
        return Err(required("Name"));
    }
    if empty(&fields.username) {
        return Err(required("Username"));
    }
    edit::check_username_form(ctx, fields.username.as_deref())?;
    let random = fields.set_random_password == Some(true);
    if random {
        fields.password = Some(PasswordPolicy::of(&ctx.settings).make_up(&ctx.ids));
        fields.require_password_change = Some(true);
    }
    let Some(password) = fields.password.clone().filter(|password| !password.is_empty()) else {
        return Err(required("Password"));
    };
    if active.is_some() && !ctx.may("edit-other-user-active-status") {
        return Err(Error::new("error-not-allowed", "Not allowed")
            .with_details(json!({ "method": "setUserActiveStatus" })));
    }
    let email = fields.email.clone().unwrap_or_default();
    validate::email(&ctx.settings, &email)?;
    let password_hash = crate::Accounts::of(ctx).hashing.hash(&crate::hashing::digest(&password)).await?;
    let mut rest = fields.document(ctx)?;
    if fields.set_random_password.is_none() && fields.require_password_change == Some(false) {
        rest.remove("requirePasswordChangeReason");
    }
    let roles = fields
        .roles
        .clone()
        .filter(|roles| !roles.is_empty())
        .unwrap_or_else(|| default_roles(&ctx.settings));
    let new = NewUser {
        username: fields.username.clone(),
        name: fields.name.clone(),
        email: Some(email),
        verified: fields.verified == Some(true),
        password_hash: Some(password_hash),
        roles,
        active: active.unwrap_or_else(|| !ctx.settings.get(keys::Accounts_ManuallyApproveNewUsers)),
        join_default_channels,
        rest,
        ..NewUser::default()
    };
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let username = new.username.as_deref().unwrap_or_default();
        if !validate::username_available(&inner, tx, username).await? {
            return Err(Error::new(
                "error-field-unavailable",
                format!("{} is already in use :(", validate::escape(username)),
            )
            .with_details(json!({ "method": "insertOrUpdateUser", "field": username })));
        }
        let user = create(&inner, tx, new.clone()).await?;
        if welcome {
            letters::welcome(&inner, tx, &user, &password);
        }
        if random {
            letters::made_up_password(&inner, tx, &user, &password);
        }
        Ok(user)
    })
    .await
}
