//! What the setting `Log_Trace_Methods` writes down: which methods are called, by whom and with which headers.
//!
//! Parameters are never written: they hold passwords and messages. Headers that prove who somebody is are
//! written as `[redacted]`. Upstream: `apps/meteor/app/lib/server/functions/getModifiedHttpHeaders.ts`.

use std::fmt::Write as _;

use gantry_kernel::Kernel;
use gantry_kernel::settings::keys;
use http::HeaderMap;

/// Parts of the names of headers that hold secrets.
const SECRET: [&str; 5] = ["token", "auth", "secret", "code", "key"];

/// Writes down a call of a method, if the settings ask for it.
pub(crate) fn note(kernel: &Kernel, name: &str, uid: &str, headers: Option<&HeaderMap>) {
    if !kernel.settings.get(keys::Log_Trace_Methods) || !chosen(kernel, name) {
        return;
    }
    let (name, uid) = (name.escape_debug(), uid.escape_debug());
    let headers = headers.map(shown).unwrap_or_default();
    tracing::info!("method {name} {{ userId: '{uid}', headers: {{{headers}}} }}");
}

/// Whether the filter, a regular expression, lets the name through. One that cannot be read lets all through.
fn chosen(kernel: &Kernel, name: &str) -> bool {
    let filter = kernel.settings.get(keys::Log_Trace_Methods_Filter);
    filter.is_empty() || regex::Regex::new(&filter).map_or(true, |filter| filter.is_match(name))
}

/// Headers in one line.
fn shown(headers: &HeaderMap) -> String {
    let mut text = String::new();
    for (name, value) in headers {
        let value = value.to_str().unwrap_or_default();
        let value = match name.as_str() {
            "cookie" => cookies(value),
            name if SECRET.iter().any(|part| name.contains(part)) => "[redacted]".to_owned(),
            _ => value.escape_debug().to_string(),
        };
        let separator = if text.is_empty() { " " } else { ", " };
        let _ = write!(text, "{separator}'{name}': '{value}'");
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text
}

/// The names of cookies: any value may be a login.
fn cookies(line: &str) -> String {
    let names = line.split(';').filter_map(|cookie| cookie.trim().split('=').next());
    names.map(|name| format!("{}=[redacted]", name.escape_debug())).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_a_login_is_not_written() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-auth-token", "abc"),
            ("authorization", "Bearer abc"),
            ("x-2fa-code", "abc"),
            ("cookie", "rc_token=abc; rc_uid=abc"),
            ("host", "chat.example"),
        ] {
            headers.insert(name, value.parse().expect("a value"));
        }
        let text = shown(&headers);
        assert!(!text.contains("abc"), "{text}");
        assert!(text.contains("'x-auth-token': '[redacted]'"), "{text}");
        assert!(text.contains("'cookie': 'rc_token=[redacted]; rc_uid=[redacted]'"), "{text}");
        assert!(text.contains("'host': 'chat.example'"), "{text}");
    }
}
