//! Documented operations that this version does not have yet: they answer 501, never "unknown".

use std::collections::HashSet;
use std::sync::OnceLock;

/// `(verb, path, topic)` of every documented REST operation. Paths are whole (`/api/v1/…`).
pub fn documented_endpoints() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    include_str!("../../data/endpoints.tsv").lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next().unwrap_or_default()))
    })
}

/// `(name, status)` of every documented DDP method; status begins with `current`, `deprecated`,
/// `removed` or `docs-only`.
pub fn documented_methods() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../../data/methods.tsv").lines().skip(1).filter_map(|line| line.split_once('\t'))
}

/// The documented path that a whole path fits.
pub fn planned_endpoint(verb: &str, path: &str) -> Option<&'static str> {
    let fitting = |(v, pattern, _): &(&str, &str, &str)| (*v == verb || *v == "ANY") && fits(pattern, path);
    documented_endpoints().find(fitting).map(|(_, pattern, _)| pattern)
}

/// Whether a path fits a pattern: `:name` stands for a part, or for a piece of one, and `*` for the rest.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        let Some(part) = parts.next() else { return false };
        let same = match wanted.split_once(':') {
            _ if wanted.starts_with('*') => return true,
            None => wanted == part,
            Some((before, name)) => {
                let after = name.find('.').map_or("", |dot| &name[dot..]);
                part.len() > before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
            }
        };
        if !same {
            return false;
        }
    }
    parts.next().is_none()
}

/// Whether a DDP method is documented and not removed. Old documents name methods that are gone: who calls
/// those is told what to call instead ([`super::removed_method`]).
pub(super) fn method(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let kept = |(name, status): &(&str, &str)| {
            !status.starts_with("removed") && super::removed_method(name).is_none()
        };
        documented_methods().filter(kept).map(|(name, _)| name).collect()
    });
    names.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_patterns() {
        assert!(fits("/api/apps/:id/logs", "/api/apps/a/logs"));
        assert!(!fits("/api/apps/:id/logs", "/api/apps/a"));
        assert!(!fits("/api/apps/:id/logs", "/api/apps//logs"));
        assert!(!fits("/api/apps/:id", "/api/apps/a/logs"));
        assert!(fits("/i18n/:lng.json", "/i18n/de.json"));
        assert!(!fits("/i18n/:lng.json", "/i18n/de.js"));
        assert!(!fits("/i18n/:lng.json", "/i18n/.json"));
        assert!(fits("/api/*", "/api/a/b"));
        assert_eq!(planned_endpoint("PATCH", "/theme.css"), Some("/theme.css"), "any verb");
        assert_eq!(planned_endpoint("PATCH", "/api/apps/a"), None);
    }
}
