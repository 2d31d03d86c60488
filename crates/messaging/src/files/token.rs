//! Links to files that work without a login, for an hour: a JSON web token over the file's id.
//! Upstream: `apps/meteor/app/utils/server/lib/JWTHelper.ts`. Unlike there, a token opens the file that it was
//! made for and no other, ends when it says, and none is valid while the secret is empty.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gantry_kernel::prelude::*;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

const HOUR: i64 = 60 * 60;

#[derive(Serialize, Deserialize)]
struct Claims {
    iat: i64,
    nbf: i64,
    exp: i64,
    aud: String,
    context: Context,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    rid: String,
    user_id: String,
    file_id: String,
}

/// A token for the file; `None` if files need none or the workspace has no secret.
///
/// # Errors
/// None that a caller could cause.
pub fn sign(ctx: &Ctx, rid: &str, uid: &str, file: &str) -> Result<Option<String>> {
    let settings = &ctx.settings;
    if !settings.get(keys::FileUpload_ProtectFiles) {
        return Ok(None);
    }
    let Some(secret) = secret(ctx) else { return Ok(None) };
    let now = ctx.now.millis() / 1000;
    let claims = Claims {
        iat: now,
        nbf: now,
        exp: now + HOUR,
        aud: "RocketChat".to_owned(),
        context: Context { rid: rid.to_owned(), user_id: uid.to_owned(), file_id: file.to_owned() },
    };
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims).map_err(Error::internal)?);
    let signed = format!("{header}.{body}");
    let mark = URL_SAFE_NO_PAD.encode(mac(&secret, &signed)?.finalize().into_bytes());
    Ok(Some(format!("{signed}.{mark}")))
}

/// Whether the token opens the file now.
pub fn opens(ctx: &Ctx, token: &str, file: &str) -> bool {
    let Some(secret) = secret(ctx) else { return false };
    claims(&secret, token).is_some_and(|claims| {
        let now = ctx.now.millis() / 1000;
        claims.context.file_id == file && claims.nbf <= now && now < claims.exp
    })
}

fn secret(ctx: &Ctx) -> Option<String> {
    let settings = &ctx.settings;
    let on = settings.get(keys::FileUpload_Enable_json_web_token_for_files);
    let secret = settings.get(keys::FileUpload_json_web_token_secret_for_files).to_string();
    (on && !secret.is_empty()).then_some(secret)
}

fn mac(secret: &str, signed: &str) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(Error::internal)?;
    mac.update(signed.as_bytes());
    Ok(mac)
}

/// What a token says, if its signature holds. The comparison takes the same time wherever it fails.
fn claims(secret: &str, token: &str) -> Option<Claims> {
    let (signed, mark) = token.rsplit_once('.')?;
    let (header, body) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header["alg"] != "HS256" {
        return None;
    }
    mac(secret, signed).ok()?.verify_slice(&URL_SAFE_NO_PAD.decode(mark).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}
