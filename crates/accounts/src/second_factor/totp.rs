//! Codes of an authenticator app (RFC 6238) and the backup codes for when it is lost.

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::settings::{Settings, keys};
use gantry_protocol::objects::User;
use gantry_store::Tx;
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value, json};
use sha1::Sha1;

use crate::hashing::{digest, same};
use crate::users;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS: i64 = 30_000;

/// Whether the user has to give such codes.
pub(super) fn is_enabled(settings: &Settings, user: &User) -> bool {
    settings.get(keys::Accounts_TwoFactorAuthentication_By_TOTP_Enabled)
        && of(user).and_then(|totp| totp.get("enabled")) == Some(&Value::Bool(true))
}

/// What is stored of the authenticator.
pub(super) fn of(user: &User) -> Option<&Map<String, Value>> {
    user.services.as_ref()?.get("totp")?.as_object()
}

pub(super) fn text<'u>(user: &'u User, field: &str) -> Option<&'u str> {
    of(user)?.get(field)?.as_str()
}

/// Changes what is stored of the authenticator.
pub(super) async fn update(
    tx: &Tx,
    uid: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Result<Option<User>> {
    let Some(mut user) = users::lock(tx, uid).await? else { return Ok(None) };
    let services = user.services.get_or_insert_with(|| json!({}));
    if let Value::Object(services) = services
        && let Value::Object(totp) = services.entry("totp").or_insert_with(|| json!({}))
    {
        change(totp);
    }
    users::save(tx, &user).await?;
    Ok(Some(user))
}

/// Whether a code is right. A backup code is used up by it.
pub(super) async fn take(ctx: &Ctx, user: &User, code: &str) -> Result<bool> {
    let Some(secret) = text(user, "secret") else { return Ok(false) };
    if code.len() != 8 {
        return Ok(fits(ctx, secret, code));
    }
    let (uid, hash) = (user.id.clone(), digest(code));
    ctx.write(async move |tx| {
        let mut used = false;
        update(tx, &uid, |totp| {
            if let Some(Value::Array(codes)) = totp.get_mut("hashedBackup") {
                let before = codes.len();
                codes.retain(|stored| !stored.as_str().is_some_and(|stored| same(stored, &hash)));
                used = codes.len() < before;
            }
        })
        .await?;
        Ok(used)
    })
    .await
}

/// Whether a code of six digits is right now, or some steps before or after.
pub(super) fn fits(kernel: &Kernel, secret: &str, code: &str) -> bool {
    let Some(key) = decode(secret) else { return false };
    let delta = kernel.settings.get(keys::Accounts_TwoFactorAuthentication_MaxDelta).clamp(0, 20);
    let now = kernel.clock.now_millis().div_euclid(STEP_MS);
    // Every step is computed, so that the time does not tell which one fitted.
    (now - delta..=now + delta).fold(false, |found, step| same(&code_at(&key, step), code) | found)
}

fn code_at(key: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0x0f);
    let number = u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A new secret in base32.
pub(super) fn new_secret(kernel: &Kernel) -> String {
    let mut bytes = [0; 32];
    kernel.ids.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// The address that authenticator apps read from a picture.
pub(super) fn address(secret: &str, username: &str) -> String {
    let label: String = username
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("otpauth://totp/Rocket.Chat:{label}?secret={secret}")
}

/// Twelve backup codes, and what is stored of them.
pub(super) fn new_backup_codes(kernel: &Kernel) -> (Vec<String>, Vec<String>) {
    let codes: Vec<String> = (0..12).map(|_| kernel.ids.id()[..8].to_owned()).collect();
    let hashes = codes.iter().map(|code| digest(code)).collect();
    (codes, hashes)
}

fn decode(base32: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for c in base32.bytes().filter(|c| *c != b'=') {
        let value = ALPHABET.iter().position(|letter| *letter == c.to_ascii_uppercase())?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, with the last six digits.
        let key = b"12345678901234567890";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code_at(key, seconds / 30), code);
        }
    }

    #[test]
    fn base32_is_read_in_any_case_and_with_padding() {
        assert_eq!(decode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap(), b"12345678901234567890");
        assert_eq!(decode("mzxw6===").unwrap(), b"foo");
        assert_eq!(decode("1"), None);
    }

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(address("ABC", "a b/c"), "otpauth://totp/Rocket.Chat:a%20b%2Fc?secret=ABC");
    }
}
