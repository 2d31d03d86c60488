//! Regular expressions of the message pipeline, compiled once.

use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;
use regex::Regex;

/// What upstream takes for a link. Upstream: `apps/meteor/lib/getMessageUrlRegex.ts`.
pub(super) static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"[A-Za-z]{3,9}://(?:[-;:&=+$,\w]+@)?[-A-Za-z0-9.]+:?\d*(?:(?:/[-+=!:~%/.@,\w]*)?\??(?:[-+=&!:;%@/.,\w]+)?(?:#[^\s)]+)?)?",
    )
    .expect("a literal pattern")
});

/// Names as a new workspace allows them, for when the setting does not compile.
const DEFAULT_NAMES: &str = "[0-9a-zA-Z-_.]+";

/// The patterns of `@user` and `#room`, for one value of the names setting.
#[derive(Debug)]
pub(super) struct Names {
    source: String,
    /// `@user`, `@user@domain`, `@user:server`; the first group is the name.
    pub(super) user: Regex,
    /// `#room`; the first group is the name.
    pub(super) room: Regex,
}

static NAMES: RwLock<Option<Arc<Names>>> = RwLock::new(None);

/// The patterns for a value of `UTF8_User_Names_Validation`, which administrators write.
/// Upstream: `apps/meteor/app/mentions/lib/MentionsParser.ts`.
pub(super) fn names(setting: &str) -> Arc<Names> {
    if let Some(names) = NAMES.read().as_ref().filter(|names| names.source == setting) {
        return names.clone();
    }
    let names = Arc::new(
        compile(setting, setting).or_else(|| compile(setting, DEFAULT_NAMES)).expect("the default pattern"),
    );
    *NAMES.write() = Some(names.clone());
    names
}

fn compile(source: &str, pattern: &str) -> Option<Names> {
    let user =
        Regex::new(&format!(r"(?m)(?:^|\s|>)@((?:{pattern})(?:@(?:{pattern}))?(?::[0-9a-zA-Z-_.]+)?)"))
            .ok()?;
    let room = Regex::new(&format!(r"(?m)(?:^|\s|>)#((?:{pattern})(?:@(?:{pattern}))?)")).ok()?;
    Some(Names { source: source.to_owned(), user, room })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_no_pattern_falls_back() {
        assert!(names("[").user.is_match("@alice"));
    }

    #[test]
    fn links_end_where_upstream_ends_them() {
        let found: Vec<&str> = URL
            .find_iter("see (https://a.example/x?y=1#z) and ftp://h:21/p, mailto:x")
            .map(|m| m.as_str())
            .collect();
        assert_eq!(found, ["https://a.example/x?y=1#z", "ftp://h:21/p,"]);
    }
}
