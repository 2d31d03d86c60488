//! Documented operations that this version does not have yet: they answer 501, never "unknown".

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::spec::Verb;

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

/// The documented path that a request below `/api/v1/` fits.
pub(super) fn endpoint(verb: Verb, path: &str) -> Option<&'static str> {
    static ROUTES: OnceLock<HashMap<&'static str, matchit::Router<&'static str>>> = OnceLock::new();
    let routes = ROUTES.get_or_init(|| {
        let mut routes: HashMap<&'static str, matchit::Router<&'static str>> = HashMap::new();
        for (verb, path, _) in documented_endpoints() {
            let Some(path) = path.strip_prefix("/api/v1/") else { continue };
            // Two spellings of one path may stand in the tables: the first is enough to answer 501.
            let _ = routes.entry(verb).or_default().insert(crate::registry::to_matchit(path), path);
        }
        routes
    });
    routes.get(verb.name())?.at(path).ok().map(|found| *found.value)
}

/// Whether a DDP method is documented and not removed.
pub(super) fn method(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let kept = |status: &str| status.starts_with("current") || status.starts_with("deprecated");
        documented_methods().filter(|(_, status)| kept(status)).map(|(name, _)| name).collect()
    });
    names.contains(name)
}
