//! Operations that upstream had once: whoever still calls one is told what to call instead.

use std::sync::OnceLock;

/// An operation that is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The upstream version without it; empty for a name that is written down somewhere, but that no version
    /// answers.
    pub version: &'static str,
    /// The path that does its work; empty if nothing does.
    pub instead: &'static str,
}

impl Removed {
    /// The explanation that goes behind "not found".
    pub(super) fn explanation(self) -> String {
        let mut text = match self.version {
            "" => "no version has it".to_owned(),
            version => format!("it was removed in version {version}"),
        };
        if !self.instead.is_empty() {
            text.push_str("; use ");
            text.push_str(self.instead);
        }
        text
    }
}

/// The rows of one interface: name and what became of it.
fn rows(api: &str) -> impl Iterator<Item = (&'static str, Removed)> {
    include_str!("../../data/removed.tsv").lines().skip(1).filter_map(move |line| {
        let mut columns = line.split('\t');
        let row_api = columns.next()?;
        let (name, version, instead) = (columns.next()?, columns.next()?, columns.next()?);
        (row_api == api).then_some((name, Removed { version, instead }))
    })
}

/// A DDP method that is no more.
pub fn removed_method(name: &str) -> Option<Removed> {
    rows("method").find(|(removed, _)| *removed == name).map(|(_, removed)| removed)
}

/// A REST path below `/api/v1/` that is no more.
pub(super) fn removed_endpoint(path: &str) -> Option<Removed> {
    static ROUTES: OnceLock<matchit::Router<Removed>> = OnceLock::new();
    let routes = ROUTES.get_or_init(|| {
        let mut routes = matchit::Router::new();
        for (path, removed) in rows("rest") {
            let path = path.strip_prefix("/api/v1/").unwrap_or(path);
            routes.insert(crate::registry::to_matchit(path), removed).expect("each path is listed once");
        }
        routes
    });
    routes.at(path).ok().map(|found| *found.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_replacement_is_named() {
        let removed = removed_endpoint("licenses.get").unwrap();
        assert_eq!(removed.explanation(), "it was removed in version 7.0.0; use /api/v1/licenses.info");
        assert!(removed_endpoint("livechat/departments.by-unit/abc").is_some());
        assert!(removed_endpoint("licenses.info").is_none());
        let gone = removed_method("canAccessRoom").unwrap();
        assert_eq!(gone.explanation(), "it was removed in version 5.0.0");
        let never = removed_method("2fa:enable-email").unwrap();
        assert_eq!(never.explanation(), "no version has it; use /api/v1/users.2fa.enableEmail");
    }

    #[test]
    fn replacements_are_documented_operations() {
        let documented: Vec<_> = super::super::documented_endpoints().map(|(_, path, _)| path).collect();
        for (name, removed) in rows("rest").chain(rows("method")) {
            let general =
                removed.instead.replace("users/agent", "users/:type").replace("users/manager", "users/:type");
            assert!(
                removed.instead.is_empty() || documented.contains(&general.as_str()),
                "{name} names {}",
                removed.instead
            );
        }
    }
}
