//! What users do with their own account.

use gantry_kernel::prelude::*;
use serde_json::{Map, Number};

use crate::users::edit::{self, Fields};
use crate::users::password_policy::PasswordPolicy;
use crate::users::profile::{self, Profile};
use crate::users::register::{self, Registration};
use crate::users::{by_id, fold, lock, names, preferences, remove, validate};
use crate::{Accounts, hashing};

/// What a registration form holds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    email: String,
    pass: String,
    name: String,
    username: Option<String>,
    #[serde(rename = "secretURL")]
    secret_url: Option<String>,
    reason: Option<String>,
}

/// `registerUser(form)`: answers the new user's id. The username is set later if the form has none.
#[derive(Deserialize)]
pub(super) struct RegisterUser {
    form: Form,
}

impl Method for RegisterUser {
    const SPEC: MethodSpec =
        MethodSpec::new("registerUser", "users").rate_by(keys::Rate_Limiter_Limit_RegisterUser);
    type Guard = Anyone;
    type Reply = String;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<String> {
        let form = self.form;
        if !validate::name_fits(&form.name) {
            return Err(Error::new("error-invalid-name", "Name contains invalid characters"));
        }
        if form.username.as_deref().is_some_and(|name| !validate::username_fits(&ctx.settings, name)) {
            return Err(Error::new("error-invalid-username", "The username provided is not valid"));
        }
        let registration = Registration {
            email: form.email,
            password: form.pass,
            name: Some(form.name),
            username: form.username,
            secret: form.secret_url,
            reason: form.reason,
            custom_fields: None,
        };
        Ok(register::register(ctx, registration).await?.id)
    }
}

/// `checkRegistrationSecretURL(secret)`.
#[derive(Deserialize)]
pub(super) struct CheckRegistrationSecret {
    secret: String,
}

impl Method for CheckRegistrationSecret {
    const SPEC: MethodSpec = MethodSpec::new("checkRegistrationSecretURL", "users");
    type Guard = Anyone;
    type Reply = bool;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<bool> {
        let wanted = ctx.settings.get(keys::Accounts_RegistrationForm_SecretURL);
        Ok(!wanted.is_empty() && hashing::same(&wanted, &self.secret))
    }
}

/// What a profile form holds.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ProfileForm {
    email: Option<String>,
    realname: Option<String>,
    username: Option<String>,
    nickname: Option<String>,
    bio: Option<String>,
    status_type: Option<String>,
    status_text: Option<String>,
    new_password: Option<String>,
    typed_password: Option<String>,
}

/// `saveUserProfile(form, customFields)`.
#[derive(Deserialize)]
pub(super) struct SaveUserProfile {
    form: ProfileForm,
    custom_fields: Option<Map<String, Value>>,
}

impl Method for SaveUserProfile {
    const SPEC: MethodSpec = MethodSpec::new("saveUserProfile", "users");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        let form = self.form;
        let ctx = profile::with_typed_password(
            ctx,
            form.typed_password.filter(|_| ctx.origin.second_factor.is_none()),
        );
        let changes = Profile {
            email: form.email,
            name: form.realname,
            username: form.username,
            nickname: form.nickname,
            bio: form.bio,
            status: form.status_type,
            status_text: form.status_text,
            new_password: form.new_password,
            custom_fields: self.custom_fields,
        };
        profile::change(&ctx, &caller, changes).await?;
        Ok(true)
    }
}

/// `saveUserPreferences(preferences)`.
#[derive(Deserialize)]
pub(super) struct SaveUserPreferences {
    preferences: Map<String, Value>,
}

impl Method for SaveUserPreferences {
    const SPEC: MethodSpec = MethodSpec::new("saveUserPreferences", "users");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        preferences::change(ctx, &caller.uid, self.preferences).await?;
        Ok(true)
    }
}

/// `setUsername(username)`: the first one, or another.
#[derive(Deserialize)]
pub(super) struct SetUsername {
    username: String,
}

impl Method for SetUsername {
    const SPEC: MethodSpec = MethodSpec::new("setUsername", "users").rate(2, 1_000);
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<String> {
        let name = self.username;
        if !caller.username.is_empty() && !ctx.settings.get(keys::Accounts_AllowUsernameChange) {
            return Err(Error::new("error-not-allowed", "Not allowed")
                .with_details(json!({ "method": "setUsername" })));
        }
        if fold(&caller.username) == fold(&name) {
            return Ok(name);
        }
        if !validate::username_fits(&ctx.settings, &name) {
            let shown = validate::escape(&name);
            let text = format!(
                "{shown} is not a valid username, use only letters, numbers, dots, hyphens and underscores"
            );
            return Err(Error::new("username-invalid", text));
        }
        own_fields(ctx, Fields { username: Some(name.clone()), ..Fields::default() }).await?;
        Ok(name)
    }
}

/// Changes fields of the caller that were checked.
async fn own_fields(ctx: &Ctx, fields: Fields) -> Result<()> {
    let (inner, uid) = (ctx.clone(), ctx.caller()?.uid.clone());
    ctx.write(async move |tx| {
        let user = lock(tx, &uid).await?;
        let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
        if let Some(name) = fields.username.as_deref()
            && !validate::username_available(&inner, tx, name).await?
        {
            let text = format!("<strong>{}</strong> is already in use :(", validate::escape(name));
            return Err(Error::new("error-field-unavailable", text)
                .with_details(json!({ "method": "setUsername", "field": name })));
        }
        edit::apply(&inner, tx, user, &fields).await
    })
    .await?;
    Accounts::of(ctx).sessions.forget_user(ctx.uid());
    Ok(())
}

/// `setRealName(name)`.
#[derive(Deserialize)]
pub(super) struct SetRealName {
    name: String,
}

impl Method for SetRealName {
    const SPEC: MethodSpec = MethodSpec::new("setRealName", "users").rate(1, 1_000);
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<String> {
        if !ctx.settings.get(keys::Accounts_AllowRealNameChange) {
            return Err(Error::new("error-not-allowed", "Not allowed")
                .with_details(json!({ "method": "setRealName" })));
        }
        if !validate::name_fits(&self.name) {
            return Err(Error::new("error-invalid-name", "Name contains invalid characters"));
        }
        own_fields(ctx, Fields { name: Some(self.name.clone()), ..Fields::default() }).await?;
        Ok(self.name)
    }
}

/// `setEmail(address)`.
#[derive(Deserialize)]
pub(super) struct SetEmail {
    email: String,
}

impl Method for SetEmail {
    const SPEC: MethodSpec =
        MethodSpec::new("setEmail", "users").rate(1, 1_000).two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<String> {
        if !ctx.settings.get(keys::Accounts_AllowEmailChange) {
            return Err(Error::new("error-action-not-allowed", "Changing email is not allowed")
                .with_details(json!({ "method": "setEmail", "action": "Changing_email" })));
        }
        own_fields(ctx, Fields { email: Some(self.email.clone()), ..Fields::default() }).await?;
        Ok(self.email)
    }
}

/// `userSetUtcOffset(hours)`.
#[derive(Deserialize)]
pub(super) struct SetUtcOffset {
    hours: Number,
}

impl Method for SetUtcOffset {
    const SPEC: MethodSpec = MethodSpec::new("userSetUtcOffset", "users").rate(1, 60_000);
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        let Some(caller) = ctx.caller.clone() else { return Ok(()) };
        let (inner, hours) = (ctx.clone(), self.hours);
        ctx.write(async move |tx| {
            let Some(before) = lock(tx, &caller.uid).await? else { return Ok(()) };
            let mut user = before.clone();
            user.utc_offset = Some(hours.clone());
            edit::store(&inner, tx, &before, &mut user).await
        })
        .await
    }
}

/// `getUsernameSuggestion()`.
#[derive(Deserialize)]
pub(super) struct UsernameSuggestion {}

impl Method for UsernameSuggestion {
    const SPEC: MethodSpec = MethodSpec::new("getUsernameSuggestion", "users");
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<String> {
        let inner = ctx.clone();
        ctx.read(async move |tx| match by_id(tx, &caller.uid).await? {
            Some(user) => names::suggest(&inner, tx, &user).await,
            None => Err(Error::new("error-invalid-user", "Invalid user")),
        })
        .await
    }
}

/// `deleteUserOwnAccount(password, confirmRelinquish)`.
#[derive(Deserialize)]
pub(super) struct DeleteUserOwnAccount {
    password: String,
    confirm_relinquish: Option<bool>,
}

impl Method for DeleteUserOwnAccount {
    const SPEC: MethodSpec = MethodSpec::new("deleteUserOwnAccount", "users");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        remove::own(ctx, &self.password, self.confirm_relinquish == Some(true)).await?;
        Ok(true)
    }
}

/// `getPasswordPolicy({token})`: also for those who reset a password and are not logged in.
#[derive(Deserialize)]
pub(super) struct PasswordPolicyMethod {
    #[expect(dead_code, reason = "the policy is no secret: nobody needs to show a token for it")]
    params: Option<Value>,
}

impl Method for PasswordPolicyMethod {
    const SPEC: MethodSpec = MethodSpec::new("getPasswordPolicy", "users");
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        Ok(PasswordPolicy::of(&ctx.settings).describe())
    }
}

/// `afterVerifyEmail()`: somebody who was anonymous and has a verified address is a user from now on.
#[derive(Deserialize)]
pub(super) struct AfterVerifyEmail {}

impl Method for AfterVerifyEmail {
    const SPEC: MethodSpec = MethodSpec::new("afterVerifyEmail", "users");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        let uid = caller.uid.clone();
        ctx.write(async move |tx| {
            let Some(before) = lock(tx, &uid).await? else { return Ok(()) };
            let verified = before.emails.iter().flatten().any(|email| email.verified);
            if !verified || !before.roles.iter().any(|role| role == "anonymous") {
                return Ok(());
            }
            let mut user = before.clone();
            user.roles.retain(|role| role != "anonymous");
            if !user.roles.iter().any(|role| role == "user") {
                user.roles.push("user".to_owned());
            }
            edit::store(&inner, tx, &before, &mut user).await
        })
        .await?;
        Accounts::of(ctx).sessions.forget_user(&caller.uid);
        Ok(())
    }
}

/// `createUser(options)`: Meteor's way to register, which is closed; [`RegisterUser`] is the way in.
#[derive(Deserialize)]
pub(super) struct CreateUser {}

impl Method for CreateUser {
    const SPEC: MethodSpec = MethodSpec::new("createUser", "users").rate(5, 10_000);
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, _: &Ctx) -> Result<()> {
        Err(Error::new("403", "Signups forbidden").with_status(403))
    }
}
