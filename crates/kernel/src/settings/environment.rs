//! What the environment says about settings.

use std::collections::{BTreeMap, HashSet};

/// The environment variables of the process, taken once, so that tests bring their own.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

/// Before the id of a setting whose value the environment decides.
const OVERWRITE: &str = "OVERWRITE_SETTING_";

impl Environment {
    /// The variables of this process. Those that are not Unicode are left out.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// One variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value that wins over all others.
    pub(super) fn overwrite(&self, id: &str) -> Option<&str> {
        self.get(&format!("{OVERWRITE}{id}"))
    }

    /// The ids of all overwritten settings.
    pub(super) fn overwritten(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|name| name.strip_prefix(OVERWRITE))
    }

    /// The variables that change what the catalogue says.
    pub(super) fn about_settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| {
            name.starts_with(OVERWRITE) || name.starts_with("SETTINGS_") || *name == "ROOT_URL"
        })
    }

    /// A list of ids, separated by commas: `SETTINGS_HIDDEN`, `SETTINGS_BLOCKED`,
    /// `SETTINGS_REQUIRED_ON_WIZARD`.
    pub(super) fn ids(&self, name: &str) -> HashSet<String> {
        let list = self.get(name).unwrap_or_default().split(',').map(str::trim);
        list.filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
