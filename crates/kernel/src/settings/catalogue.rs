//! All settings that the server knows from the start.

use std::borrow::Cow;

use gantry_protocol::Timestamp;
use serde_json::Value;

use super::{Definition, Environment, Kind};

const DATA: &str = include_str!("../../data/settings.tsv");

/// The part of an id that stands for the name of a custom sign-in service.
const NAME: &str = "<Name>";

/// What a workspace needs when it starts for the first time. Unused later.
#[derive(Clone, Debug)]
pub struct FirstStart {
    /// Now.
    pub now: Timestamp,
    /// The workspace's name for itself, `uniqueID`. `DEPLOYMENT_ID` in the environment takes precedence.
    pub unique_id: String,
    /// The secret part of the address under which people may register when the form is not public.
    pub secret_url: String,
}

/// The built-in settings, in the order in which they are shown.
#[derive(Debug)]
pub struct Catalogue {
    definitions: Vec<Definition>,
    custom_oauth: Vec<Definition>,
}

impl Catalogue {
    /// Reads the embedded table.
    pub fn builtin() -> Self {
        let rows = DATA.lines().skip(1).filter_map(Definition::parse);
        let (custom_oauth, definitions) = rows.partition(|row| row.id.contains(NAME));
        Self { definitions, custom_oauth }
    }

    /// All settings and groups.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Gives the definitions away.
    pub(super) fn into_definitions(self) -> Vec<Definition> {
        self.definitions
    }

    /// The settings of a custom sign-in service, to be registered: `Accounts_OAuth_Custom-<name>` and so on.
    /// Upstream: `apps/meteor/server/lib/oauth/addOAuthService.ts`.
    pub fn custom_oauth(name: &str) -> Vec<Definition> {
        let named = |text: &Cow<'static, str>| -> Cow<'static, str> {
            if text.contains(NAME) { Cow::Owned(text.replace(NAME, name)) } else { text.clone() }
        };
        let template = Self::builtin().custom_oauth;
        template
            .into_iter()
            .map(|row| Definition {
                id: named(&row.id),
                section: named(&row.section),
                enable_query: named(&row.enable_query),
                ..row
            })
            .collect()
    }

    /// A short mark of everything that defaults are made of: it differs when the binary brings other ones.
    pub(super) fn fingerprint(environment: &Environment) -> String {
        let mut hash = Fnv::default();
        hash.add(DATA);
        for (name, value) in environment.about_settings() {
            hash.add(name);
            hash.add("\0");
            hash.add(value);
            hash.add("\0");
        }
        format!("{:016x}", hash.0)
    }
}

/// The value of a setting before anybody changed it; `null` for groups. What is generated at the first start
/// is stored then, and has no default.
pub(super) fn default_value(definition: &Definition, environment: &Environment) -> Value {
    match definition.default.as_ref() {
        _ if definition.kind == Kind::Group => Value::Null,
        "@root_url" => Value::from(environment.get("ROOT_URL").unwrap_or_default()),
        name if name.starts_with('@') => Value::from(""),
        json => serde_json::from_str(json).unwrap_or(Value::Null),
    }
}

/// FNV-1a, 64 bit: the same in every version of the program, unlike the standard library's hasher.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}
