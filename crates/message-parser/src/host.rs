//! Which hosts are worth a link: public domains, IP addresses and the domains
//! that the workspace added. The host is found in an address the way the
//! reference parser's domain library (tldts 6) does it.

use crate::tables::is_suffix;

/// The target of a link to `text`, if its host deserves one.
pub(crate) fn address(text: &str, custom_domains: &[String]) -> Option<String> {
    let host = host(text)?;
    let own = || {
        let under = |domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        under("localhost") || custom_domains.iter().any(|domain| under(domain))
    };
    if !is_ip(&host) && !(is_host_name(&host) && (is_public(&host) || own())) {
        return None;
    }
    Some(if has_scheme(text) { text.to_owned() } else { format!("//{text}") })
}

/// The target of a link to an e-mail address, if its domain is public.
pub(crate) fn mail(address: &str) -> Option<String> {
    let target = format!("mailto:{address}");
    let host = host(&target)?;
    (is_host_name(&host) && is_public(&host)).then_some(target)
}

/// Whether a browser takes the text for a complete address.
fn has_scheme(text: &str) -> bool {
    let bytes = text.as_bytes();
    let scheme = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        .count();
    bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(scheme) == Some(&b':')
}

fn is_public(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    let last = labels.next().unwrap_or(host);
    match labels.next() {
        _ if is_suffix(last) => true,
        Some(label) => is_suffix(&format!("{label}.{last}")),
        None => false,
    }
}

/// The host of an address: between scheme, user and slashes on the one side,
/// port, path, query and fragment on the other.
fn host(text: &str) -> Option<String> {
    if is_host_name(text) {
        return Some(trim_dots(text).to_owned());
    }
    if text.starts_with("data:") {
        return None;
    }
    let bytes = text.as_bytes();
    let mut start = 0;
    if text.starts_with("//") {
        start = 2;
    } else if let Some(colon) = text.find(":/") {
        let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
        if !bytes[..colon].iter().all(is_scheme) {
            return None;
        }
        start = colon + 2;
        start += bytes[start..].iter().take_while(|&&byte| byte == b'/').count();
    }
    let rest = &bytes[start..];
    let mut end =
        rest.iter().position(|byte| matches!(byte, b'#' | b'/' | b'?')).unwrap_or(rest.len()) + start;
    let scanned = &bytes[start..end];
    let fold = scanned.iter().any(u8::is_ascii_uppercase);
    let colon = scanned.iter().rposition(|&byte| byte == b':').map(|at| at + start);
    let bracket = scanned.iter().rposition(|&byte| byte == b']').map(|at| at + start);
    if let Some(at) = scanned.iter().rposition(|&byte| byte == b'@')
        && at > 0
    {
        start += at + 1;
    }
    if bytes.get(start) == Some(&b'[') {
        let inside = text.get(start + 1..bracket?).unwrap_or_default();
        return Some(inside.to_lowercase());
    }
    if let Some(colon) = colon
        && colon > start
    {
        end = colon;
    }
    let host = text.get(start..end)?;
    let host = trim_dots(host);
    Some(if fold { host.to_lowercase() } else { host.to_owned() })
}

/// Without dots at the end; one character always stays.
fn trim_dots(host: &str) -> &str {
    let trimmed = host.trim_end_matches('.');
    if trimmed.is_empty() { host.get(..1).unwrap_or_default() } else { trimmed }
}

fn is_ip(host: &str) -> bool {
    let v6 = {
        let inside = host.strip_prefix('[').unwrap_or(host);
        let inside = inside.strip_suffix(']').unwrap_or(inside);
        let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'A'..=b'Z' | b':');
        host.len() >= 3 && inside.len() <= 39 && inside.contains(':') && inside.bytes().all(is_digit)
    };
    let v4 = (7..=15).contains(&host.len())
        && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && host.bytes().filter(|&byte| byte == b'.').count() == 3
        && !host.starts_with('.')
        && !host.ends_with('.');
    v6 || v4
}

/// Whether this can be the name of a host: dotted labels of at most 63
/// characters, 255 in all (counted in UTF-16 units).
fn is_host_name(host: &str) -> bool {
    let is_alike = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || u32::from(c) > 127;
    let Some(first) = host.chars().next() else { return false };
    if host.encode_utf16().count() > 255 || !(is_alike(first) || matches!(first, '.' | '_')) {
        return false;
    }
    let (mut at, mut last_dot) = (0i64, -1i64);
    let mut before = None;
    for c in host.chars() {
        if c == '.' {
            if at - last_dot > 64 || matches!(before, Some('.' | '-' | '_')) {
                return false;
            }
            last_dot = at;
        } else if !is_alike(c) && !matches!(c, '-' | '_') {
            return false;
        }
        before = Some(c);
        at += c.len_utf16() as i64;
    }
    at - last_dot - 1 <= 63 && before != Some('-')
}

#[cfg(test)]
mod tests {
    use super::{address, mail};

    #[test]
    fn only_known_domains_are_linked() {
        assert_eq!(address("rocket.chat/x", &[]).as_deref(), Some("//rocket.chat/x"));
        assert_eq!(address("https://rocket.chat", &[]).as_deref(), Some("https://rocket.chat"));
        assert_eq!(address("file.unknown-ending", &[]), None);
        assert_eq!(address("a.example.za", &[]), None);
        assert_eq!(address("a.co.za", &[]).as_deref(), Some("//a.co.za"));
        assert_eq!(mail("a@b.org").as_deref(), Some("mailto:a@b.org"));
        assert_eq!(mail("a@localhost"), None);
    }

    #[test]
    fn a_workspace_adds_domains() {
        let domains = ["intranet".to_owned()];
        assert_eq!(address("wiki.intranet", &domains).as_deref(), Some("//wiki.intranet"));
        assert_eq!(address("wikiintranet.x", &domains), None);
    }
}
