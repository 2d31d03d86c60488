//! Registering oneself. Upstream: `apps/meteor/server/methods/registerUser.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use serde_json::{Map, Value, json};

use super::create::{NewUser, create, default_roles};
use super::events::SecretSought;
use super::password_policy::PasswordPolicy;
use super::{custom_fields, validate};
use crate::mail::{self, Mail};
use crate::{Accounts, hashing, recovery};

/// What somebody says of themselves who registers.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// Address.
    pub email: String,
    /// Password in the clear.
    pub password: String,
    /// Real name.
    pub name: Option<String>,
    /// Unique name; it can be chosen later.
    pub username: Option<String>,
    /// Secret part of the registration address, or an invitation.
    pub secret: Option<String>,
    /// Why, for those who approve.
    pub reason: Option<String>,
    /// Extra values.
    pub custom_fields: Option<Map<String, Value>>,
}

/// Makes a user of somebody who registers. The first one becomes administrator.
///
/// Where addresses are confirmed before the first login (`Accounts_EmailVerification`, and there is a way to send
/// mail), nobody learns here whether an address is taken. Whoever names a taken one gets an account like all others
/// that nobody has confirmed yet, but without the address, so that nobody ever can; the address's owner gets a mail.
/// Elsewhere whoever registers is in at once, which has to be refused for a taken address, and that says so.
///
/// # Errors
/// `error-user-registration-disabled`, `error-user-registration-secret`, `error-password-policy-not-met`,
/// `error-invalid-email`, `error-field-unavailable`, ...
pub async fn register(ctx: &Ctx, request: Registration) -> Result<User> {
    check_open(ctx, request.secret.as_deref()).await?;
    PasswordPolicy::of(&ctx.settings).check(&request.password)?;
    let email = request.email.trim().to_lowercase();
    validate::email(&ctx.settings, &email)?;
    let mut rest = Map::new();
    if let Some(values) = &request.custom_fields {
        custom_fields::check(&ctx.settings, values)?;
        if let Some(kept) = custom_fields::kept(&ctx.settings, values)? {
            rest.insert("customFields".into(), Value::Object(kept));
        }
    }
    let approval = ctx.settings.get(keys::Accounts_ManuallyApproveNewUsers);
    if let Some(reason) =
        request.reason.as_deref().map(str::trim).filter(|reason| approval && !reason.is_empty())
    {
        rest.insert("reason".into(), json!(reason));
    }
    let password_hash = Accounts::of(ctx).hashing.hash(&hashing::digest(&request.password)).await?;
    let new = NewUser {
        username: request.username,
        name: request.name.map(|name| name.trim().to_owned()),
        email: Some(email.clone()),
        password_hash: Some(password_hash),
        roles: default_roles(&ctx.settings),
        active: !approval,
        rest,
        ..NewUser::default()
    };
    let made = make(ctx, &new, &email).await;
    match made {
        // Somebody else registered with the same address this very moment; it is taken now.
        Err(error) if error.is("error-field-unavailable") && confirmed_first(ctx) => {
            make(ctx, &new, &email).await
        }
        made => made,
    }
}

async fn make(ctx: &Ctx, new: &NewUser, email: &str) -> Result<User> {
    let confirmed_first = confirmed_first(ctx);
    let (inner, secret, new, email) = (ctx.clone(), ctx.ids.secret(), new.clone(), email.to_owned());
    ctx.write(async move |tx| {
        if let Some(username) = &new.username
            && !validate::username_available(&inner, tx, username).await?
        {
            return Err(Error::message("Username is already in use"));
        }
        if let Some(owner) = super::by_email(tx, &email).await? {
            if !confirmed_first {
                return Err(Error::new("403", "Email already exists."));
            }
            let new = NewUser { email: None, may_become_admin: false, ..new.clone() };
            let user = create(&inner, tx, new).await?;
            tx.emit(already_there(&inner, &owner, &email));
            return Ok(user);
        }
        let user = create(&inner, tx, new.clone()).await?;
        if mail::is_configured(&inner) {
            recovery::confirm(&inner, tx, &user, &email, &secret).await?;
        }
        Ok(user)
    })
    .await
}

/// Whether nobody logs in with a password before the address is confirmed, so that registering need not tell
/// whose it is. Without mail nobody could confirm anything.
pub(crate) fn confirmed_first(ctx: &Ctx) -> bool {
    ctx.settings.get(keys::Accounts_EmailVerification) && mail::is_configured(ctx)
}

/// What the owner of an address hears when somebody registers with it.
fn already_there(ctx: &Ctx, owner: &User, address: &str) -> Mail {
    let site_name = ctx.settings.text_by_id("Site_Name");
    let site_url = ctx.settings.get(keys::Site_Url);
    let username = owner.username.as_deref().unwrap_or(address);
    let content = format!(
        "<p>Somebody has tried to register at {site} with this address, which belongs to the account <b>{username}</b>. \
         Nothing has changed.</p>\
         <p>If it was you, log in with that name, or set a new password if you have forgotten yours: \
         <a href=\"{url}\">{url}</a></p>",
        site = validate::escape(&site_name),
        username = validate::escape(username),
        url = validate::escape(site_url.trim_end_matches('/')),
    );
    mail::page(ctx, address, &format!("{site_name}: you have an account already"), &content)
}

/// Whether one may register here, with that secret.
async fn check_open(ctx: &Ctx, secret: Option<&str>) -> Result<()> {
    match &*ctx.settings.get(keys::Accounts_RegistrationForm) {
        "Disabled" => Err(Error::new("error-user-registration-disabled", "User registration is disabled")
            .with_details(json!({ "method": "registerUser" }))),
        "Secret URL" => {
            let refused = || {
                Error::new(
                    "error-user-registration-secret",
                    "User registration is only allowed via Secret URL",
                )
                .with_details(json!({ "method": "registerUser" }))
            };
            let secret = secret.ok_or_else(refused)?;
            let wanted = ctx.settings.get(keys::Accounts_RegistrationForm_SecretURL);
            if !wanted.is_empty() && hashing::same(secret, &wanted) {
                return Ok(());
            }
            let (inner, sought) = (ctx.clone(), SecretSought::new(secret));
            let known = ctx
                .read(async move |tx| {
                    inner.within.run(&inner, tx, &sought).await?;
                    Ok(sought.is_known())
                })
                .await?;
            if known { Ok(()) } else { Err(refused()) }
        }
        _ => Ok(()),
    }
}
