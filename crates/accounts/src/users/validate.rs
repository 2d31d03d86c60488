//! What usernames, names and addresses may look like.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::{Settings, keys};
use gantry_store::{Tx, vals};
use regex::Regex;
use serde_json::json;

use super::events::UsernameSought;
use super::fold;

/// Names that mean somebody else in messages.
const MENTIONS: [&str; 2] = ["all", "here"];

/// Longest username, in bytes: it becomes part of addresses.
const LONGEST: usize = 256;

/// Whether a username has the form that the workspace asks for (`UTF8_User_Names_Validation`).
pub fn username_fits(settings: &Settings, username: &str) -> bool {
    if username.is_empty() || username.len() > LONGEST {
        return false;
    }
    let pattern = settings.get(keys::UTF8_User_Names_Validation);
    let chosen = (!pattern.is_empty()).then(|| Regex::new(&format!("^(?:{})$", &*pattern)).ok()).flatten();
    match chosen {
        Some(pattern) => pattern.is_match(username),
        None => username.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')),
    }
}

/// Whether nobody may have a username: it means something, or the workspace blocks it.
pub fn username_blocked(settings: &Settings, username: &str) -> bool {
    let username = fold(username.trim());
    let blocked = settings.get(keys::Accounts_BlockedUsernameList);
    let system = settings.get(keys::Accounts_SystemBlockedUsernameList);
    MENTIONS.contains(&username.as_str())
        || listed(&blocked, &username)
        || system.split(',').any(|name| fold(name) == username)
}

fn listed(list: &str, username: &str) -> bool {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).any(|name| fold(name) == username)
}

/// Whether a username could be somebody's.
///
/// # Errors
/// `error-blocked-username` if nobody may have it.
pub async fn username_available(ctx: &Ctx, tx: &Tx, username: &str) -> Result<bool> {
    if username_blocked(&ctx.settings, username) {
        return Err(Error::new(
            "error-blocked-username",
            format!("{} is blocked and can't be used!", escape(username)),
        )
        .with_details(json!({ "method": "checkUsernameAvailability", "field": username })));
    }
    unused(ctx, tx, username).await
}

/// Whether no user and nothing else that is addressed by name has a username.
pub(super) async fn unused(ctx: &Ctx, tx: &Tx, username: &str) -> Result<bool> {
    let user =
        tx.query_opt("SELECT 1 FROM users WHERE username_folded = ?1", &vals![&fold(username)]).await?;
    if user.is_some() {
        return Ok(false);
    }
    match ctx.within.run(ctx, tx, &UsernameSought { username: username.to_owned() }).await {
        Ok(()) => Ok(true),
        Err(error) if error.is("error-field-unavailable") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a real name has no characters that pages and paths give a meaning to.
pub fn name_fits(name: &str) -> bool {
    let plain = |text: &str| !text.contains(['<', '>', '\\', '/']);
    let lower = name.to_ascii_lowercase();
    plain(name) && !["%3c", "%3e", "%5c", "%2f"].iter().any(|hidden| lower.contains(hidden))
}

/// Checks an address: its form and the lists of domains. Upstream:
/// `apps/meteor/app/lib/server/lib/validateEmailDomain.js`.
///
/// # Errors
/// `error-invalid-email`, `error-invalid-domain`, `error-email-domain-blacklisted`.
pub fn email(settings: &Settings, address: &str) -> Result<()> {
    let mut parts = address.split('@');
    let (local, domain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let clean = !address.contains(char::is_control) && address.len() <= 254;
    if local.is_empty() || domain.is_empty() || parts.next().is_some() || !clean {
        return Err(Error::new("error-invalid-email", format!("Invalid email {address}"))
            .with_details(json!({ "function": "RocketChat.validateEmailDomain", "email": address })));
    }
    let allowed = settings.get(keys::Accounts_AllowedDomainsList);
    if allowed.split(',').any(|entry| !entry.trim().is_empty()) && !listed(&allowed, &fold(domain)) {
        return Err(domain_error("error-invalid-domain", "The email domain is not in whitelist"));
    }
    if listed(&settings.get(keys::Accounts_BlockedDomainsList), &fold(domain)) {
        return Err(domain_error("error-email-domain-blacklisted", "The email domain is blacklisted"));
    }
    Ok(())
}

fn domain_error(code: &'static str, reason: &'static str) -> Error {
    Error::new(code, reason).with_details(json!({ "function": "RocketChat.validateEmailDomain" }))
}

/// Text made safe for pages, as upstream puts names into error sentences.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hide_no_markup() {
        for name in ["a<b", "a>b", "a/b", "a\\b", "a%3Cb", "a%2fb"] {
            assert!(!name_fits(name), "{name}");
        }
        assert!(name_fits("Ann Lee-Müller 100% (ops)"));
    }

    #[test]
    fn the_default_pattern_is_understood() {
        let pattern = Regex::new("^(?:[0-9a-zA-Z-_.]+)$").unwrap();
        assert!(pattern.is_match("a-B_9."));
        assert!(!pattern.is_match("a b") && !pattern.is_match("a[b"));
    }
}
