//! What is known of one setting besides its value.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Kind;

/// One row of the catalogue, or a setting that was registered while the server ran.
///
/// Built-in rows borrow from the binary. Texts of the wire that are rarely looked at stay in [`Self::extra`]
/// as JSON until somebody asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// The name by which everybody knows it.
    pub id: Cow<'static, str>,
    /// Its type.
    pub kind: Kind,
    /// The value as JSON before anybody changed it; empty for groups. `@…` is computed at the first start.
    pub default: Cow<'static, str>,
    /// Whether everybody may read it.
    #[serde(default)]
    pub public: bool,
    /// Whether it is kept out of lists.
    #[serde(default)]
    pub hidden: bool,
    /// The id of its group; empty for none.
    #[serde(default)]
    pub group: Cow<'static, str>,
    /// The section within the group; empty for none.
    #[serde(default)]
    pub section: Cow<'static, str>,
    /// The tab within the group; empty for none.
    #[serde(default)]
    pub tab: Cow<'static, str>,
    /// JSON: under which values of other settings it can be edited; empty for always.
    #[serde(default)]
    pub enable_query: Cow<'static, str>,
    /// The choices, `key>label,key>label`; a label that is the key is left out.
    #[serde(default)]
    pub values: Cow<'static, str>,
    /// The translation key of its name; empty if it is the id.
    #[serde(default)]
    pub label: Cow<'static, str>,
    /// Its place within the section.
    #[serde(default)]
    pub sorter: i64,
    /// JSON object of further fields of the wire (`secret`, `alert`, `code`, `wizard`, …); empty for none.
    #[serde(default)]
    pub extra: Cow<'static, str>,
}

impl Definition {
    /// A setting of no group, private, with the given default.
    pub fn new(id: impl Into<String>, kind: Kind, default: &Value) -> Self {
        let empty = Cow::Borrowed("");
        Self {
            id: Cow::Owned(id.into()),
            kind,
            default: Cow::Owned(default.to_string()),
            public: false,
            hidden: false,
            group: empty.clone(),
            section: empty.clone(),
            tab: empty.clone(),
            enable_query: empty.clone(),
            values: empty.clone(),
            label: empty.clone(),
            sorter: 0,
            extra: empty,
        }
    }

    /// Reads one line of `data/settings.tsv`; `None` if it is malformed, which a test excludes.
    pub(super) fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut next = || Cow::Borrowed(columns.next().unwrap_or(""));
        let (id, kind, default, access) = (next(), next(), next(), next());
        let (group, section, tab, enable_query) = (next(), next(), next(), next());
        let (values, label, sorter, extra) = (next(), next(), next(), next());
        Some(Self {
            id,
            kind: Kind::named(&kind)?,
            default,
            public: access.contains('p'),
            hidden: access.contains('h'),
            group,
            section,
            tab,
            enable_query,
            values,
            label,
            sorter: if sorter.is_empty() { 0 } else { sorter.parse().ok()? },
            extra,
        })
    }

    /// The choices: key and translation key of each.
    pub fn options(&self) -> impl Iterator<Item = (&str, &str)> {
        let listed = !self.values.is_empty();
        self.values.split(',').filter(move |_| listed).map(|one| one.split_once('>').unwrap_or((one, one)))
    }

    /// Whether `key` may be chosen. Selections that list nothing take anything, and all take their default,
    /// which some do not list.
    pub fn has_option(&self, key: &str) -> bool {
        let is_default = || serde_json::from_str::<String>(&self.default).is_ok_and(|default| default == key);
        self.values.is_empty() || self.options().any(|(option, _)| option == key) || is_default()
    }

    /// The further fields of the wire.
    pub fn extra(&self) -> Map<String, Value> {
        serde_json::from_str(&self.extra).unwrap_or_default()
    }

    /// A further field that is a text.
    pub fn extra_text(&self, name: &str) -> Option<String> {
        match self.extra_field(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether a further field is `true`.
    pub fn extra_flag(&self, name: &str) -> bool {
        self.extra_field(name) == Some(Value::Bool(true))
    }

    /// Whether the value is masked where it is shown.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Password || self.extra_flag("secret")
    }

    /// Whether people may only look at it.
    pub fn is_readonly(&self) -> bool {
        self.extra_flag("readonly")
    }

    /// The translation key of its name.
    pub fn label(&self) -> &str {
        if self.label.is_empty() { &self.id } else { &self.label }
    }

    fn extra_field(&self, name: &str) -> Option<Value> {
        // Most settings lack the field: look before parsing.
        if !self.extra.contains(name) {
            return None;
        }
        self.extra().remove(name)
    }
}
