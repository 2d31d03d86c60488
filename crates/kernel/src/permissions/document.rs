//! Permissions and roles as clients see them.

use gantry_protocol::Timestamp;
use gantry_store::{DbError, Tx};
use serde_json::{Value, json};

use super::live::Held;
use super::role::Role;
use super::{Permissions, SETTING_PREFIX, stored};
use crate::settings::{Definition, Kind};

impl Permissions {
    /// All permissions, those of settings included, or those that changed after `since`.
    /// Upstream: `apps/meteor/app/authorization/server/streamer/permissions/index.ts`.
    pub fn documents(&self, since: Option<Timestamp>) -> Vec<Value> {
        let state = self.state.read();
        let recent = |at: Timestamp| since.is_none_or(|since| at > since);
        let mut ids: Vec<_> = state.grants.iter().filter(|(id, _)| !id.starts_with(SETTING_PREFIX)).collect();
        ids.sort_by_key(|(id, _)| *id);
        let mut documents: Vec<Value> = ids
            .into_iter()
            .filter(|(_, held)| recent(held.updated_at))
            .map(|(id, held)| json!({ "_id": id, "roles": held.roles, "_updatedAt": held.updated_at }))
            .collect();
        self.settings.visit_visible(|setting, created_at| {
            let held = state.grants.get(format!("{SETTING_PREFIX}{}", setting.id).as_str());
            if recent(held.map_or(created_at, |held| held.updated_at)) {
                documents.push(of_setting(setting, held, created_at));
            }
        });
        documents
    }

    /// One permission; `None` if there is none of the name.
    pub fn document(&self, permission: &str) -> Option<Value> {
        let state = self.state.read();
        let held = state.grants.get(permission);
        let Some(id) = permission.strip_prefix(SETTING_PREFIX) else {
            return held.map(
                |held| json!({ "_id": permission, "roles": held.roles, "_updatedAt": held.updated_at }),
            );
        };
        let setting = self.settings.definition(id).filter(|_| !self.settings.is_hidden(id))?;
        Some(of_setting(&setting, held, self.settings.installed_at()))
    }

    /// All roles, or those that changed at `since` or later.
    pub fn role_documents(&self, since: Option<Timestamp>) -> Vec<Value> {
        let state = self.state.read();
        let recent = state.roles.values().filter(|role| since.is_none_or(|since| role.updated_at >= since));
        recent.map(Role::document).collect()
    }

    /// The roles that were removed after `since`, and when.
    ///
    /// # Errors
    /// The database's.
    pub async fn removed_roles_since(tx: &Tx, since: Timestamp) -> Result<Vec<(String, Timestamp)>, DbError> {
        stored::removed_roles_since(tx, since).await
    }
}

impl Role {
    /// The role as clients see it.
    pub fn document(&self) -> Value {
        json!({
            "_id": self.id,
            "name": self.name,
            "scope": self.scope.name(),
            "description": self.description,
            "protected": self.protected,
            "mandatory2fa": self.mandatory_2fa,
            "_updatedAt": self.updated_at,
        })
    }
}

/// The permission to change one setting, or to open one group of settings.
fn of_setting(setting: &Definition, held: Option<&Held>, created_at: Timestamp) -> Value {
    let mut document = json!({
        "_id": format!("{SETTING_PREFIX}{}", setting.id),
        "roles": held.map(|held| held.roles.as_slice()).unwrap_or_default(),
        "_updatedAt": held.map_or(created_at, |held| held.updated_at),
        "level": "settings",
        "settingId": setting.id,
        "sorter": setting.sorter,
    });
    if setting.kind != Kind::Group && !setting.group.is_empty() {
        document["group"] = json!(setting.group);
        document["groupPermissionId"] = format!("{SETTING_PREFIX}{}", setting.group).into();
    }
    if !setting.section.is_empty() {
        document["section"] = json!(setting.section);
        document["sectionPermissionId"] = format!("{SETTING_PREFIX}{}", setting.section).into();
    }
    document
}
