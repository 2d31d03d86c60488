//! Settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;

/// A setting, or a group of them, as stored (upstream: `ISetting`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Name, such as `Site_Url`.
    #[serde(rename = "_id")]
    pub id: String,
    /// `boolean`, `string`, `int`, `select`, `code`, `asset`, `action`, `group`, ...
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Current value.
    #[serde(default)]
    pub value: Value,
    /// Default.
    #[serde(default)]
    pub package_value: Value,
    /// Where the value comes from: `packageValue` or `processEnvValue`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_source: Option<String>,
    /// Value given by the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_env_value: Option<Value>,
    /// Value given by upstream's settings file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meteor_settings_value: Option<Value>,
    /// Everybody may read it.
    #[serde(default)]
    pub public: bool,
    /// Not shown to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// Cannot be changed.
    #[serde(default)]
    pub blocked: bool,
    /// Shown, but not to be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readonly: Option<bool>,
    /// Masked in the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<bool>,
    /// Not public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Kept when unused settings are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistent: Option<bool>,
    /// May be set by the environment.
    #[serde(default)]
    pub env: bool,
    /// Group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Section of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Tab of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
    /// Order in the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sorter: Option<i64>,
    /// Translation key of the name.
    #[serde(default)]
    pub i18n_label: String,
    /// Translation key of the description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i18n_description: Option<String>,
    /// Translation key of a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// Shown while empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Condition, as JSON text, under which it can be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_query: Option<Value>,
    /// Condition, as JSON text, under which it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_query: Option<Value>,
    /// Rules checked when it is saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Value>,
    /// Choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<SettingOption>>,
    /// REST path that lists the choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup_endpoint: Option<String>,
    /// More than one line of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiline: Option<bool>,
    /// The browser may fill it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autocomplete: Option<bool>,
    /// How a colour is edited: `color` or `expression`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
    /// Default of `editor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_editor: Option<String>,
    /// Media type of code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Translation key on an action's button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_text: Option<String>,
    /// Name of the asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// Type, extensions and size of an asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_constraints: Option<Value>,
    /// Least value of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<i64>,
    /// Greatest value of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<i64>,
    /// Fields of a structured value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
    /// Needs a licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<bool>,
    /// Licence modules that it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<String>>,
    /// Value without that licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid_value: Option<Value>,
    /// The setup wizard asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_on_wizard: Option<bool>,
    /// Where the setup wizard asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wizard: Option<WizardStep>,
    /// Last time that its definition was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<Timestamp>,
    /// When it was first written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Last change of any field.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One choice of a setting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingOption {
    /// Value.
    #[serde(default)]
    pub key: Value,
    /// Translation key of its name.
    #[serde(default)]
    pub i18n_label: String,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A place in the setup wizard.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardStep {
    /// Page.
    #[serde(default)]
    pub step: i64,
    /// Place on the page.
    #[serde(default)]
    pub order: i64,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
