//! Changing one's own profile. Upstream: `apps/meteor/server/methods/saveUserProfile.ts`.

use gantry_kernel::caller::{Caller, Ctx, SecondFactor};
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use serde_json::{Map, Value, json};

use super::edit::{self, Fields};
use super::password_policy::PasswordPolicy;
use super::{custom_fields, lock, password_hash, password_history, status};
use crate::{Accounts, hashing, presence, second_factor, tokens};

const METHOD: &str = "saveUserProfile";

/// What users say of themselves.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Address.
    pub email: Option<String>,
    /// Real name.
    pub name: Option<String>,
    /// Unique name.
    pub username: Option<String>,
    /// Nickname.
    pub nickname: Option<String>,
    /// About the user.
    pub bio: Option<String>,
    /// Status wanted.
    pub status: Option<String>,
    /// Text beside the status.
    pub status_text: Option<String>,
    /// Password in the clear.
    pub new_password: Option<String>,
    /// Extra values.
    pub custom_fields: Option<Map<String, Value>>,
}

fn not_empty(text: &Option<String>) -> bool {
    text.as_deref().is_some_and(|text| !text.is_empty())
}

/// Changes the caller's profile. Changing the address or the password asks for a second factor.
///
/// # Errors
/// `error-not-allowed`, `totp-required`, `error-action-not-allowed`, `error-could-not-save-identity`,
/// `error-password-same-as-current`, `error-password-policy-not-met`, ...
pub async fn change(ctx: &Ctx, caller: &Caller, profile: Profile) -> Result<User> {
    let refused = |code: &'static str, reason: &'static str| {
        Error::new(code, reason).with_details(json!({ "method": METHOD }))
    };
    if not_empty(&profile.email) || not_empty(&profile.new_password) {
        second_factor::of_caller(ctx, caller, second_factor::Demand { always: true, once: false }).await?;
    }
    if !ctx.settings.get(keys::Accounts_AllowUserProfileChange) {
        return Err(refused("error-not-allowed", "Not allowed"));
    }
    let wish = profile
        .status
        .as_deref()
        .filter(|word| !word.is_empty())
        .map(|word| status::wish(ctx, word))
        .transpose()?;
    if profile.status_text.is_some() {
        status::check_text_allowed(ctx, "setUserStatus", "Not allowed")?;
    }
    let fields = Fields {
        email: profile.email.filter(|email| !email.is_empty()),
        name: profile.name.filter(|name| !name.is_empty()),
        username: profile.username.filter(|name| !name.is_empty()),
        nickname: profile.nickname,
        bio: profile.bio,
        password: profile.new_password.filter(|password| !password.is_empty()),
        custom_fields: profile.custom_fields.filter(|values| !values.is_empty()),
        ..Fields::default()
    };
    edit::check_lengths(&fields)?;
    if let Some(values) = &fields.custom_fields {
        custom_fields::check(&ctx.settings, values)?;
    }
    let new_hash = new_password(ctx, caller, fields.password.as_deref()).await?;
    let (inner, uid, text) = (ctx.clone(), caller.uid.clone(), profile.status_text);
    let keep = vec![caller.token_hash.clone()];
    let user = ctx
        .write(async move |tx| {
            let user = lock(tx, &uid).await?;
            let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
            edit::check_editing(&inner, &user, &fields)?;
            let mut user = edit::apply(&inner, tx, user, &fields).await?;
            if wish.is_some() || text.is_some() {
                presence::set_status(&inner, tx, &uid, wish, text.as_deref()).await?;
                user.status_text = text.as_deref().map(edit::status_text).or(user.status_text);
            }
            if let Some(hash) = &new_hash {
                password_history::replace(&inner, tx, &uid, hash, inner.now).await?;
                tokens::end_others(tx, &uid, &keep, "the password was changed").await?;
            }
            Ok(user)
        })
        .await?;
    Accounts::of(ctx).sessions.forget_user(&caller.uid);
    Ok(user)
}

/// The hash of a new password that is allowed; `None` if none is to be set.
async fn new_password(ctx: &Ctx, caller: &Caller, password: Option<&str>) -> Result<Option<String>> {
    let Some(password) = password else { return Ok(None) };
    if !ctx.settings.get(keys::Accounts_AllowPasswordChange) {
        return Err(Error::new("error-action-not-allowed", "Edit user password is not allowed")
            .with_details(json!({ "method": "insertOrUpdateUser", "action": "Update_user" })));
    }
    let uid = caller.uid.clone();
    let Some(stored) = ctx.read(async move |tx| password_hash(tx, &uid).await).await? else {
        return Ok(None);
    };
    let hashing = &Accounts::of(ctx).hashing;
    let digest = hashing::digest(password);
    if hashing.verify(&digest, Some(&stored)).await? {
        return Err(Error::new(
            "error-password-same-as-current",
            "Entered password same as current password",
        )
        .with_details(json!({ "method": METHOD })));
    }
    password_history::check(ctx, &caller.uid, &digest, METHOD).await?;
    PasswordPolicy::of(&ctx.settings).check(password)?;
    hashing.hash(&digest).await.map(Some)
}

/// The call as it is with a typed password for a second factor.
pub fn with_typed_password(ctx: &Ctx, password: Option<String>) -> Ctx {
    let mut ctx = ctx.clone();
    if let Some(code) = password.filter(|password| !password.is_empty()) {
        ctx.origin.second_factor = Some(SecondFactor { code, method: "password".to_owned() });
    }
    ctx
}
