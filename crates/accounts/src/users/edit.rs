//! Changing users. Upstream: `apps/meteor/app/lib/server/functions/saveUser`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_kernel::settings::keys;
use gantry_protocol::objects::{User, UserEmail};
use gantry_store::Tx;
use serde_json::{Map, Value, json};

use super::events::{NameChanged, UserChanged, UsernameChanged};
use super::password_policy::PasswordPolicy;
use super::row::difference;
use super::{custom_fields, fold, letters, lock, save, set_password_hash, validate};
use crate::{Accounts, hashing, roles, tokens};

/// Characters of a biography.
const BIO: usize = 260;
/// Characters of a nickname.
const NICKNAME: usize = 120;
/// Characters of a status text.
const STATUS_TEXT: usize = 120;

/// What may be said of a user; absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Address.
    pub email: Option<String>,
    /// Real name.
    pub name: Option<String>,
    /// Password in the clear.
    pub password: Option<String>,
    /// Unique name.
    pub username: Option<String>,
    /// About the user; empty to remove it.
    pub bio: Option<String>,
    /// Nickname; empty to remove it.
    pub nickname: Option<String>,
    /// Text beside the status.
    pub status_text: Option<String>,
    /// Ids of global roles.
    pub roles: Option<Vec<String>>,
    /// Has to choose a new password.
    pub require_password_change: Option<bool>,
    /// Make up a password.
    pub set_random_password: Option<bool>,
    /// Whether the address is known to be theirs.
    pub verified: Option<bool>,
    /// Language of the interface.
    pub language: Option<String>,
    /// Extra values.
    pub custom_fields: Option<Map<String, Value>>,
}

impl Fields {
    /// Fields of a new user's document.
    pub(super) fn document(&self, ctx: &Ctx) -> Result<Map<String, Value>> {
        let mut document = Map::new();
        check_lengths(self)?;
        for (name, text) in [("bio", &self.bio), ("nickname", &self.nickname), ("language", &self.language)] {
            if let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) {
                document.insert(name.into(), json!(text));
            }
        }
        if let Some(text) = &self.status_text {
            document.insert("statusText".into(), json!(status_text(text)));
        }
        if let Some(required) = self.require_password_change {
            document.insert("requirePasswordChange".into(), required.into());
        }
        if let Some(values) = &self.custom_fields {
            custom_fields::check(&ctx.settings, values)?;
            if let Some(kept) = custom_fields::kept(&ctx.settings, values)? {
                document.insert("customFields".into(), Value::Object(kept));
            }
        }
        Ok(document)
    }
}

/// A status text as it is kept.
pub(crate) fn status_text(text: &str) -> String {
    text.trim().chars().take(STATUS_TEXT).collect()
}

pub(super) fn check_lengths(fields: &Fields) -> Result<()> {
    for (text, limit, name, code) in [
        (&fields.bio, BIO, "Bio", "error-bio-size-exceeded"),
        (&fields.nickname, NICKNAME, "Nickname", "error-nickname-size-exceeded"),
    ] {
        if text.as_deref().is_some_and(|text| text.encode_utf16().count() > limit) {
            return Err(Error::new(code, format!("{name} size exceeds {limit} characters"))
                .with_details(json!({ "method": "saveUserProfile" })));
        }
    }
    Ok(())
}

fn refused(reason: &'static str, action: &'static str) -> Error {
    Error::new("error-action-not-allowed", reason)
        .with_details(json!({ "method": "insertOrUpdateUser", "action": action }))
}

/// Checks roles that shall be given.
pub(super) fn check_roles(ctx: &Ctx, roles: Option<&[String]>) -> Result<()> {
    let Some(roles) = roles else { return Ok(()) };
    if roles.iter().any(|role| ctx.permissions.role(role).is_none()) {
        return Err(refused("The field Roles consist invalid role id", "Assign_role"));
    }
    if roles.iter().any(|role| role == "admin") && !ctx.may("assign-admin-role") {
        return Err(refused("Assigning admin is not allowed", "Assign_admin"));
    }
    Ok(())
}

pub(super) fn check_username_form(ctx: &Ctx, username: Option<&str>) -> Result<()> {
    let Some(username) = username.filter(|username| !username.is_empty()) else { return Ok(()) };
    if validate::username_fits(&ctx.settings, username) {
        return Ok(());
    }
    let shown = validate::escape(username);
    Err(Error::new("error-input-is-not-a-valid-field", format!("{shown} is not a valid username"))
        .with_details(json!({ "method": "insertOrUpdateUser", "input": username, "field": "Username" })))
}

/// What an administrator may change of another, and anybody of themselves.
pub(super) fn check_editing(ctx: &Ctx, user: &User, fields: &Fields) -> Result<()> {
    let myself = user.id == ctx.uid();
    let other_info = ctx.may("edit-other-user-info");
    let other_password = ctx.may("edit-other-user-password");
    let denied = |on: bool, may: bool| !on && (!may || myself);
    let settings = &ctx.settings;
    let update = |reason: &'static str| Err(refused(reason, "Update_user"));
    if let Some(roles) = &fields.roles {
        let same = roles.iter().all(|role| user.roles.contains(role))
            && user.roles.iter().all(|role| roles.contains(role));
        if !same && !ctx.may("assign-roles") {
            return Err(refused("Assign roles is not allowed", "Assign_role"));
        }
    }
    if !settings.get(keys::Accounts_AllowUserProfileChange) && !other_info && !other_password {
        return update("Edit user profile is not allowed");
    }
    let differs =
        |old: Option<&str>, new: &Option<String>| new.as_deref().is_some_and(|new| old != Some(new));
    if differs(user.username.as_deref(), &fields.username)
        && denied(settings.get(keys::Accounts_AllowUsernameChange), other_info)
    {
        return update("Edit username is not allowed");
    }
    if differs(user.status_text.as_deref(), &fields.status_text)
        && denied(settings.get(keys::Accounts_AllowUserStatusMessageChange), other_info)
    {
        return update("Edit user status is not allowed");
    }
    if differs(user.name.as_deref(), &fields.name)
        && denied(settings.get(keys::Accounts_AllowRealNameChange), other_info)
    {
        return update("Edit user real name is not allowed");
    }
    let address = user.emails.iter().flatten().next().map(|email| email.address.as_str());
    if address.is_some()
        && differs(address, &fields.email)
        && denied(settings.get(keys::Accounts_AllowEmailChange), other_info)
    {
        return update("Edit user email is not allowed");
    }
    let password = fields.password.as_deref().is_some_and(|password| !password.is_empty());
    if password && denied(settings.get(keys::Accounts_AllowPasswordChange), other_password) {
        return update("Edit user password is not allowed");
    }
    Ok(())
}

/// Changes a user as an administrator.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-user`, `error-admin-required`, `error-could-not-save-identity`,
/// `error-field-unavailable`, `error-password-policy-not-met`, ...
pub async fn by_administrator(ctx: &Ctx, uid: &str, mut fields: Fields) -> Result<User> {
    let myself = uid == ctx.uid();
    if fields.verified == Some(true) && myself {
        return Err(refused("Editing email verification is not allowed", "Editing_user"));
    }
    if !myself && !ctx.may("edit-other-user-info") {
        return Err(refused("Editing user is not allowed", "Editing_user"));
    }
    check_roles(ctx, fields.roles.as_deref())?;
    check_username_form(ctx, fields.username.as_deref())?;
    check_lengths(&fields)?;
    let made_up = (fields.set_random_password == Some(true))
        .then(|| PasswordPolicy::of(&ctx.settings).make_up(&ctx.ids));
    if made_up.is_some() {
        fields.password.clone_from(&made_up);
        fields.require_password_change = Some(true);
    }
    let password_hash =
        match fields.password.as_deref().map(str::trim).filter(|password| !password.is_empty()) {
            Some(password) if ctx.may("edit-other-user-password") => {
                PasswordPolicy::of(&ctx.settings).check(password)?;
                Some(Accounts::of(ctx).hashing.hash(&hashing::digest(password)).await?)
            }
            _ => None,
        };
    let (inner, uid) = (ctx.clone(), uid.to_owned());
    let user = ctx
        .write(async move |tx| {
            let user = lock(tx, &uid).await?;
            let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
            check_editing(&inner, &user, &fields)?;
            if fields.roles.as_ref().is_some_and(|roles| !roles.iter().any(|role| role == "admin")) {
                roles::keep_an_administrator(tx, &user).await?;
            }
            let user = apply(&inner, tx, user, &fields).await?;
            if let Some(hash) = &password_hash {
                set_password_hash(tx, &uid, Some(hash)).await?;
                // Whoever knew the old password is out.
                let keep = inner
                    .caller
                    .as_ref()
                    .map(|caller| caller.token_hash.clone())
                    .into_iter()
                    .collect::<Vec<_>>();
                tokens::end_others(tx, &uid, &keep, "the password was changed").await?;
                if let Some(password) = &made_up {
                    letters::made_up_password(&inner, tx, &user, password);
                }
            }
            Ok(user)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_user(&user.id);
    Ok(user)
}

/// Applies fields that were checked; answers the user afterwards.
pub(crate) async fn apply(ctx: &Ctx, tx: &Tx, before: User, fields: &Fields) -> Result<User> {
    let mut user = before.clone();
    identity(ctx, tx, &mut user, fields).await?;
    for (text, slot) in [(&fields.bio, &mut user.bio), (&fields.nickname, &mut user.nickname)] {
        if let Some(text) = text {
            *slot = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        }
    }
    if let Some(address) = fields.email.as_deref().map(str::trim).filter(|address| !address.is_empty()) {
        set_email(ctx, &mut user, address)?;
    }
    if let (Some(verified), Some(email)) = (fields.verified, user.emails.iter_mut().flatten().next()) {
        email.verified = verified;
    }
    if let Some(roles) = &fields.roles {
        user.roles = roles.clone();
    }
    if let Some(language) = &fields.language {
        user.language = Some(language.clone());
    }
    if let Some(required) = fields.require_password_change {
        user.require_password_change = Some(required);
        if !required {
            user.require_password_change_reason = None;
        }
    }
    if let Some(values) = &fields.custom_fields {
        custom_fields::check(&ctx.settings, values)?;
        if let Some(kept) = custom_fields::kept(&ctx.settings, values)? {
            user.custom_fields = Some(kept);
        }
    }
    store(ctx, tx, &before, &mut user).await?;
    letters::address_changed(ctx, tx, &before, &user).await?;
    if let Some(text) = &fields.status_text {
        crate::presence::set_status(ctx, tx, &user.id, None, Some(text)).await?;
        user.status_text = Some(status_text(text));
    }
    Ok(user)
}

/// Saves a changed user and tells everybody who has to know. Does nothing if nothing changed.
pub(crate) async fn store(ctx: &Ctx, tx: &Tx, before: &User, user: &mut User) -> Result<()> {
    let (diff, unset) = difference(before, user)?;
    if diff.is_empty() && unset.is_empty() && before.services == user.services {
        return Ok(());
    }
    user.updated_at = ctx.now;
    save(tx, user).await?;
    if before.username != user.username {
        let new = user.username.clone().unwrap_or_default();
        let event = UsernameChanged { user: user.clone(), old: before.username.clone(), new };
        ctx.within.run(ctx, tx, &event).await?;
        tx.emit(event);
    }
    if before.name != user.name {
        let event = NameChanged { user: user.clone(), old: before.name.clone(), new: user.name.clone() };
        ctx.within.run(ctx, tx, &event).await?;
        tx.emit(event);
    }
    if !diff.is_empty() || !unset.is_empty() {
        tx.emit(UserChanged { uid: user.id.clone(), diff, unset });
    }
    Ok(())
}

/// Username and real name.
async fn identity(ctx: &Ctx, tx: &Tx, user: &mut User, fields: &Fields) -> Result<()> {
    let failed = || {
        Error::new("error-could-not-save-identity", "Could not save user identity")
            .with_details(json!({ "method": "saveUser" }))
    };
    if let Some(username) = fields.username.as_deref().map(str::trim)
        && user.username.as_deref() != Some(username)
    {
        let system = ctx.settings.get(keys::Accounts_SystemBlockedUsernameList);
        if system.split(',').any(|name| fold(name) == fold(username))
            || !validate::username_fits(&ctx.settings, username)
        {
            return Err(failed());
        }
        let same_but_case = user.username.as_deref().is_some_and(|old| fold(old) == fold(username));
        if !same_but_case && !validate::username_available(ctx, tx, username).await? {
            return Err(failed());
        }
        user.username = Some(username.to_owned());
    }
    if let Some(name) = fields.name.as_deref().map(str::trim) {
        if name.is_empty() && ctx.settings.get(keys::Accounts_RequireNameForSignUp) {
            return Err(failed());
        }
        user.name = Some(name.to_owned()).filter(|name| !name.is_empty());
    }
    Ok(())
}

/// Replaces the first address; the new one is not known to be theirs.
pub(crate) fn set_email(ctx: &Ctx, user: &mut User, address: &str) -> Result<()> {
    validate::email(&ctx.settings, address)?;
    let emails = user.emails.get_or_insert_default();
    if emails.first().is_some_and(|email| email.address == address) {
        return Ok(());
    }
    let email = UserEmail { address: address.to_owned(), verified: false, rest: Map::new() };
    match emails.first_mut() {
        Some(first) => *first = email,
        None => emails.push(email),
    }
    Ok(())
}
