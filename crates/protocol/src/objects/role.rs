//! Roles and permissions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;

/// Where a role is given.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
pub enum RoleScope {
    /// To users, for the whole workspace.
    #[default]
    Users,
    /// To members, for one room.
    Subscriptions,
}

/// A role (upstream: `IRole`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Role id; those that come with the server have a readable one, such as `admin`.
    #[serde(rename = "_id")]
    pub id: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Where it is given.
    #[serde(default)]
    pub scope: RoleScope,
    /// Cannot be deleted.
    #[serde(default)]
    pub protected: bool,
    /// Those who have it must use a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandatory2fa: Option<bool>,
    /// Last change.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A permission and the roles that hold it (upstream: `IPermission`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// Name, such as `create-c`.
    #[serde(rename = "_id")]
    pub id: String,
    /// Ids of the roles that hold it.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Last change.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// `settings` if it is the permission to change one setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// That setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting_id: Option<String>,
    /// Group of that setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Section of that setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Permission for the whole group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_permission_id: Option<String>,
    /// Permission for the whole section.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_permission_id: Option<String>,
    /// Order in the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sorter: Option<i64>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
