//! Codes by mail. Upstream: `apps/meteor/app/2fa/server/code/EmailCheck.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::events::Emit;
use gantry_kernel::settings::{Settings, keys};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use serde_json::{Map, Value, json};

use crate::hashing::{digest, same};
use crate::mail::Mail;
use crate::users;

/// Whether the user gets such codes.
pub(super) fn is_enabled(settings: &Settings, user: &User) -> bool {
    let chosen = user.services.as_ref().and_then(|services| services.get("email2fa")?.get("enabled"));
    let available = settings.get(keys::Accounts_twoFactorAuthentication_email_available_for_OAuth_users)
        || user.is_oauth_user != Some(true);
    settings.get(keys::Accounts_TwoFactorAuthentication_By_Email_Enabled)
        && available
        && chosen == Some(&Value::Bool(true))
        && verified(user).next().is_some()
}

fn verified(user: &User) -> impl Iterator<Item = &str> {
    user.emails.iter().flatten().filter(|email| email.verified).map(|email| email.address.as_str())
}

/// The code that was sent last.
struct Sent {
    hash: String,
    expires: i64,
    attempts: i64,
}

fn sent(user: &User) -> Option<Sent> {
    let code = user.services.as_ref()?.get("emailCode")?;
    Some(Sent {
        hash: code.get("hash")?.as_str()?.to_owned(),
        expires: code.get("expire")?.as_i64()?,
        attempts: code.get("attempts").and_then(Value::as_i64).unwrap_or(0),
    })
}

fn store(user: &mut User, code: Option<Value>) {
    let services = user.services.get_or_insert_with(|| json!({}));
    if let Value::Object(services) = services {
        match code {
            Some(code) => services.insert("emailCode".into(), code),
            None => services.remove("emailCode"),
        };
    }
}

/// Sends a code unless one is on its way, and says so.
pub(super) async fn offer(ctx: &Ctx, user: &User) -> Result<Map<String, Value>> {
    let mut said = Map::new();
    let name = user.username.clone().or_else(|| verified(user).next().map(str::to_owned));
    said.insert("emailOrUsername".into(), json!(name));
    match sent(user).filter(|sent| sent.expires > ctx.now.millis() && sent.attempts < max_attempts(ctx)) {
        Some(sent) => {
            said.insert("codeGenerated".into(), false.into());
            said.insert("codeExpires".into(), json!(Timestamp::from_millis(sent.expires)));
        }
        None => {
            send(ctx, user).await?;
            said.insert("codeGenerated".into(), true.into());
        }
    }
    Ok(said)
}

fn max_attempts(ctx: &Ctx) -> i64 {
    ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts)
}

/// Sends a new code to the verified addresses.
pub(super) async fn send(ctx: &Ctx, user: &User) -> Result<()> {
    let code = ctx.ids.digits(6);
    let seconds = ctx.settings.get(keys::Accounts_TwoFactorAuthentication_By_Email_Code_Expiration);
    let stored = json!({
        "hash": digest(&format!("{}{code}", user.id)),
        "expire": ctx.now.millis().saturating_add(seconds.max(0) * 1000),
        "attempts": 0,
    });
    let uid = user.id.clone();
    ctx.write(async move |tx| {
        let Some(mut user) = users::lock(tx, &uid).await? else { return Ok(()) };
        store(&mut user, Some(stored.clone()));
        users::save(tx, &user).await?;
        for address in verified(&user) {
            tx.emit(Mail {
                to: address.to_owned(),
                from: None,
                subject: "Authentication code".to_owned(),
                text: format!(
                    "Your authentication code is {}-{}.\n\nDo not give it to anybody. If you did not try to log in, \
                     somebody else knows your password.",
                    &code[..3],
                    &code[3..]
                ),
                html: None,
            });
        }
        Ok(())
    })
    .await
}

/// Whether a code is the one that was sent; it is used up then. A wrong one counts.
pub(super) async fn take(ctx: &Ctx, user: &User, code: &str) -> Result<bool> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let hash = digest(&format!("{}{digits}", user.id));
    let (uid, now, max) = (user.id.clone(), ctx.now.millis(), max_attempts(ctx));
    ctx.write(async move |tx| {
        let Some(mut user) = users::lock(tx, &uid).await? else { return Ok(false) };
        let Some(sent) = sent(&user).filter(|sent| sent.expires > now && sent.attempts < max) else {
            return Ok(false);
        };
        let fits = same(&sent.hash, &hash);
        let left = json!({ "hash": sent.hash, "expire": sent.expires, "attempts": sent.attempts + 1 });
        store(&mut user, (!fits).then_some(left));
        users::save(tx, &user).await?;
        Ok(fits)
    })
    .await
}

/// Whether too many wrong codes were given.
pub(super) async fn exhausted(ctx: &Ctx, user: &User) -> Result<bool> {
    let uid = user.id.clone();
    let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
    Ok(user.and_then(|user| sent(&user)).is_some_and(|sent| sent.attempts >= max_attempts(ctx)))
}
