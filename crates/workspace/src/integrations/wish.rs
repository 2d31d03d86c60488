//! What clients ask an integration to be.

use gantry_kernel::prelude::*;
use schemars::{Schema, json_schema};

/// The fields that clients set; which of them count depends on the kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Wish {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) integration_id: Option<String>,
    #[serde(rename = "target_url")]
    pub(crate) target_url: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) username: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) avatar: Option<String>,
    pub(crate) emoji: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) script_enabled: Option<bool>,
    pub(crate) script: Option<String>,
    pub(crate) script_engine: Option<String>,
    pub(crate) override_destination_channel_enabled: Option<bool>,
    pub(crate) event: Option<String>,
    pub(crate) target_room: Option<String>,
    pub(crate) urls: Option<Vec<String>>,
    pub(crate) trigger_words: Option<Vec<String>>,
    pub(crate) trigger_word_anywhere: Option<bool>,
    pub(crate) run_on_edits: Option<bool>,
    pub(crate) retry_failed_calls: Option<bool>,
    pub(crate) retry_count: Option<f64>,
    pub(crate) retry_delay: Option<String>,
    pub(crate) impersonate_user: Option<bool>,
}

impl Wish {
    /// What `check()` asks of the methods' parameter.
    ///
    /// # Errors
    /// `Match failed`.
    pub(crate) fn is_complete(&self) -> Result<()> {
        let complete = !self.kind.is_empty()
            && self.name.is_some()
            && self.enabled.is_some()
            && self.username.is_some()
            && self.channel.is_some()
            && self.script_enabled.is_some();
        if complete { Ok(()) } else { Err(Error::match_failed()) }
    }

    /// Nothing for what is blank.
    pub(crate) fn filled(text: Option<&String>) -> Option<&str> {
        text.map(String::as_str).filter(|text| !text.trim().is_empty())
    }
}

/// The properties that both kinds have, and those of outgoing ones, with their JSON types.
const SHARED: &[(&str, &str)] = &[
    ("scriptEnabled", "boolean"),
    ("script", "string"),
    ("name", "string"),
    ("enabled", "boolean"),
    ("alias", "string"),
    ("avatar", "string"),
    ("emoji", "string"),
    ("scriptEngine", "string"),
];
const INCOMING: &[(&str, &str)] = &[("overrideDestinationChannelEnabled", "boolean")];
const OUTGOING: &[(&str, &str)] = &[
    ("event", "string"),
    ("targetRoom", "string"),
    ("urls", "array"),
    ("triggerWords", "array"),
    ("triggerWordAnywhere", "boolean"),
    ("token", "string"),
    ("runOnEdits", "boolean"),
    ("retryFailedCalls", "boolean"),
    ("retryCount", "number"),
    ("retryDelay", "string"),
    ("impersonateUser", "boolean"),
];

fn alternative(kind: &str, properties: &[&[(&str, &str)]], required: &[&str], open: bool) -> Value {
    let mut all = serde_json::Map::new();
    all.insert("type".into(), json!({ "type": "string", "pattern": kind }));
    for (name, json_type) in properties.iter().copied().flatten() {
        let nullable = !required.contains(name);
        let mut schema =
            if nullable { json!({ "type": [json_type, "null"] }) } else { json!({ "type": json_type }) };
        if *json_type == "array" {
            schema["items"] = json!({ "type": "string", "minLength": 1 });
        }
        all.insert((*name).into(), schema);
    }
    let mut schema = json!({ "type": "object", "properties": all, "required": required });
    if !open {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn one_of(description: &str, alternatives: &[Value]) -> Schema {
    json_schema!({ "description": description, "oneOf": alternatives })
}

/// Schema of `integrations.create`.
pub(crate) fn create_schema() -> Schema {
    let named: &[(&str, &str)] = &[("username", "string"), ("channel", "string")];
    one_of(
        "Makes an integration: an address that posts messages, or calls to addresses when something happens.",
        &[
            alternative(
                "webhook-incoming",
                &[named, INCOMING, SHARED],
                &["type", "username", "channel", "scriptEnabled", "name", "enabled"],
                false,
            ),
            alternative(
                "webhook-outgoing",
                &[named, OUTGOING, SHARED],
                &["type", "username", "channel", "event", "scriptEnabled", "name", "enabled"],
                false,
            ),
        ],
    )
}

/// Schema of `integrations.update`.
pub(crate) fn update_schema() -> Schema {
    let found: &[(&str, &str)] = &[("integrationId", "string"), ("channel", "string")];
    let outgoing: &[(&str, &str)] = &[("target_url", "string"), ("username", "string")];
    one_of(
        "Changes an integration.",
        &[
            alternative(
                "webhook-incoming",
                &[found, INCOMING, SHARED],
                &["integrationId", "type", "channel", "scriptEnabled", "name", "enabled"],
                true,
            ),
            alternative(
                "webhook-outgoing",
                &[found, outgoing, OUTGOING, SHARED],
                &["type", "username", "channel", "event", "scriptEnabled", "name", "enabled"],
                false,
            ),
        ],
    )
}

/// Schema of `integrations.remove`.
pub(crate) fn remove_schema() -> Schema {
    let by_id: &[(&str, &str)] = &[("integrationId", "string")];
    let by_url: &[(&str, &str)] = &[("target_url", "string")];
    one_of(
        "Removes an integration with its history.",
        &[
            alternative("webhook-incoming", &[by_id], &["type", "integrationId"], true),
            alternative("webhook-outgoing", &[by_url], &["type", "target_url"], true),
            alternative("webhook-outgoing", &[by_id], &["type", "integrationId"], true),
        ],
    )
}
