//! The address of a meeting in an event's description.

use std::sync::LazyLock;

use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use regex::{Regex, RegexBuilder};

/// What the setting's default says, in an expression that runs in linear time: the value of `callUrl`, plain or
/// encoded, until the next parameter, line or tag.
static DEFAULT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)[?&]callUrl=([^\n&<]+)|(?:%3F|%26)callUrl%3D([^\n&<]+?)(?:%26|[\n&<]|\z)";
    Regex::new(pattern).expect("the pattern is fixed")
});

/// The address that the workspace's pattern finds. A pattern that cannot run in linear time finds nothing.
pub(super) fn url(ctx: &Ctx, description: &str) -> Option<String> {
    let chosen = ctx.settings.get(keys::Calendar_MeetingUrl_Regex);
    let standard = ctx.settings.definition(keys::Calendar_MeetingUrl_Regex.id());
    let standard = standard.and_then(|setting| serde_json::from_str::<String>(&setting.default).ok());
    if chosen.trim().is_empty() || standard.is_some_and(|standard| standard == *chosen) {
        return found(&DEFAULT, description);
    }
    match RegexBuilder::new(chosen.trim()).case_insensitive(true).multi_line(true).build() {
        Ok(pattern) => found(&pattern, description),
        Err(error) => {
            tracing::warn!(%error, "Calendar_MeetingUrl_Regex cannot be used");
            None
        }
    }
}

fn found(pattern: &Regex, text: &str) -> Option<String> {
    let captures = pattern.captures(text)?;
    captures.iter().skip(1).flatten().find_map(|group| address(group.as_str()))
}

/// Decodes until it looks like an address.
fn address(text: &str) -> Option<String> {
    let mut url = text.to_owned();
    while !url.contains("://") {
        let decoded = percent::decode(&url).ok()?;
        if decoded == url {
            return None;
        }
        url = decoded;
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_finds_plain_and_encoded_addresses() {
        for (text, url) in [
            ("join https://x.example/?callUrl=https%3A%2F%2Fmeet.example%2Fa&b=1", "https://meet.example/a"),
            ("https://x.example/?a=1&callUrl=https://meet.example/a\nbye", "https://meet.example/a"),
            ("u=x%3FcallUrl%3Dhttps%253A%252F%252Fmeet.example%26b", "https://meet.example"),
        ] {
            assert_eq!(found(&DEFAULT, text).as_deref(), Some(url), "{text}");
        }
        for text in ["", "https://meet.example/a", "?callUrl=abc", "?callUrl=%zz"] {
            assert_eq!(found(&DEFAULT, text), None, "{text}");
        }
    }
}
