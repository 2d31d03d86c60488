//! Suggestions for usernames. Upstream: `apps/meteor/app/lib/server/functions/getUsernameSuggestion.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::settings::keys;
use gantry_protocol::objects::User;
use gantry_store::Tx;

use super::validate::{unused, username_blocked};

/// A username that the user could have.
///
/// # Errors
/// If the database fails.
pub async fn suggest(ctx: &Ctx, tx: &Tx, user: &User) -> Result<String> {
    let slugify = ctx.settings.get(keys::UTF8_Names_Slugify);
    let mut candidates = candidates(user, slugify);
    for candidate in &candidates {
        if !username_blocked(&ctx.settings, candidate) && unused(ctx, tx, candidate).await? {
            return Ok(candidate.clone());
        }
    }
    candidates.push(ctx.settings.get(keys::Accounts_DefaultUsernamePrefixSuggestion).to_string());
    let stem = candidates.swap_remove(0);
    let mut number = 0_u32;
    loop {
        let candidate = format!("{stem}-{number}");
        if unused(ctx, tx, &candidate).await? {
            return Ok(candidate);
        }
        // Doubling keeps the number of questions small when many share the name.
        number = if number < 8 { number + 1 } else { number.saturating_mul(2) };
    }
}

fn candidates(user: &User, slugify: bool) -> Vec<String> {
    let form = |text: &str| if slugify { slug(text) } else { text.to_owned() };
    let mut found = Vec::new();
    if let Some(name) = &user.name {
        found.push(form(name));
        let parts: Vec<&str> = name.split(' ').filter(|part| !part.is_empty()).collect();
        if let [first, .., last] = parts.as_slice() {
            let initial = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
            found.push(form(&format!("{}{last}", initial(first))));
            found.push(form(&format!("{first}{}", initial(last))));
        }
    }
    for email in user.emails.iter().flatten().filter(|email| email.verified) {
        let (local, domain) = email.address.split_once('@').unwrap_or((&email.address, ""));
        found.push(slug(local));
        let host = domain.split('.').next().unwrap_or_default();
        found.push(slug(&format!("{local}.{host}")));
    }
    found.retain(|name| !name.is_empty());
    found
}

/// Lower-case letters, digits, dots, hyphens and underscores; other characters become dots.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '-' | '_' => slug.push(c),
            'ä' | 'á' | 'à' | 'â' | 'ã' | 'å' => slug.push('a'),
            'é' | 'è' | 'ê' | 'ë' => slug.push('e'),
            'í' | 'ì' | 'î' | 'ï' => slug.push('i'),
            'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' => slug.push('o'),
            'ü' | 'ú' | 'ù' | 'û' => slug.push('u'),
            'ç' => slug.push('c'),
            'ñ' => slug.push('n'),
            'ß' => slug.push_str("ss"),
            _ if !slug.is_empty() && !slug.ends_with('.') => slug.push('.'),
            _ => {}
        }
    }
    slug.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_verified_addresses_give_suggestions() {
        let user: User = serde_json::from_value(json!({
            "_id": "1", "name": "Jörg Van Müller",
            "emails": [{ "address": "joe@example.com", "verified": true }, { "address": "no@example.com", "verified": false }]
        }))
        .unwrap();
        assert_eq!(candidates(&user, true), ["jorg.van.muller", "jmuller", "jorgm", "joe", "joe.example"]);
    }

    #[test]
    fn a_name_without_letters_gives_none() {
        assert_eq!(slug("!!!"), "");
        assert_eq!(slug("a - b"), "a.-.b");
    }
}
