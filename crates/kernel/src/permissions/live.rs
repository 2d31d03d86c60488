//! Who may do what, now.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use gantry_protocol::Timestamp;
use gantry_store::Db;
use parking_lot::RwLock;

use super::role::{Role, Scope};
use super::stored::{self, Grant};
use super::{GUEST, GUEST_PERMISSIONS, PermissionError, builtin};
use crate::settings::Settings;

/// The roles and permissions of the workspace, in memory. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Permissions {
    pub(super) state: Arc<RwLock<State>>,
    /// For the permissions that settings have.
    pub(super) settings: Settings,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) grants: HashMap<Box<str>, Held>,
    pub(super) roles: BTreeMap<String, Role>,
}

/// Who holds a permission.
pub(super) struct Held {
    pub(super) roles: Vec<String>,
    pub(super) updated_at: Timestamp,
}

impl Permissions {
    /// Loads roles and permissions; adds those that this version brings and the database does not have.
    ///
    /// # Errors
    /// A damaged row, or the database's own.
    pub async fn load(db: &Db, settings: &Settings, now: Timestamp) -> Result<Self, PermissionError> {
        let (mut grants, mut roles) = db.read(async |tx| read(tx).await).await?;
        let missing = Missing::of(&grants, &roles);
        if !missing.is_empty() {
            (grants, roles) = db
                .write(async move |tx| {
                    for (id, holders) in &missing.permissions {
                        stored::add_permission(tx, id, holders, now).await?;
                    }
                    for role in &missing.roles {
                        stored::add_role(tx, &Role { updated_at: now, ..role.clone() }).await?;
                    }
                    read(tx).await
                })
                .await?;
        }
        let state = Arc::new(RwLock::new(State::new(grants, roles)));
        Ok(Self { state, settings: settings.clone() })
    }

    /// Reads everything again, after another node has changed something.
    ///
    /// # Errors
    /// As [`Permissions::load`].
    pub async fn reload(&self, db: &Db) -> Result<(), PermissionError> {
        let (grants, roles) = db.read(async |tx| read(tx).await).await?;
        *self.state.write() = State::new(grants, roles);
        Ok(())
    }

    /// Whether one of the roles holds the permission.
    pub fn has(&self, roles: &[String], permission: &str) -> bool {
        self.state.read().has(roles, &[], permission)
    }

    /// Whether the roles hold one of the permissions.
    pub fn has_any(&self, roles: &[String], permissions: &[&str]) -> bool {
        let state = self.state.read();
        permissions.iter().any(|permission| state.has(roles, &[], permission))
    }

    /// Whether the roles hold all of the permissions.
    pub fn has_all(&self, roles: &[String], permissions: &[&str]) -> bool {
        let state = self.state.read();
        permissions.iter().all(|permission| state.has(roles, &[], permission))
    }

    /// Whether a user may do something in a room: through a role of theirs, or one that they have there.
    pub fn in_room(&self, user_roles: &[String], room_roles: &[String], permission: &str) -> bool {
        self.state.read().has(user_roles, room_roles, permission)
    }

    /// Whether somebody may change one setting.
    /// Upstream: `apps/meteor/app/lib/server/methods/saveSetting.js`.
    pub fn may_change_setting(&self, roles: &[String], setting: &str) -> bool {
        self.has(roles, "edit-privileged-setting")
            || self.has(roles, "manage-selected-settings")
                && self.has(roles, &format!("{}{setting}", super::SETTING_PREFIX))
    }

    /// Whether a permission exists, those of settings included.
    pub fn exists(&self, permission: &str) -> bool {
        if self.state.read().grants.contains_key(permission) {
            return true;
        }
        let setting = permission.strip_prefix(super::SETTING_PREFIX);
        setting.is_some_and(|id| self.settings.exists(id) && !self.settings.is_hidden(id))
    }

    /// The ids of the roles that hold a permission.
    pub fn roles_with(&self, permission: &str) -> Vec<String> {
        self.state.read().grants.get(permission).map(|held| held.roles.clone()).unwrap_or_default()
    }

    /// A role by its id.
    pub fn role(&self, id: &str) -> Option<Role> {
        self.state.read().roles.get(id).cloned()
    }

    /// A role by its id or, if there is none, by its name: clients use either.
    pub fn find_role(&self, id_or_name: &str) -> Option<Role> {
        let state = self.state.read();
        let by_name = || state.roles.values().find(|role| role.name == id_or_name);
        state.roles.get(id_or_name).or_else(by_name).cloned()
    }

    /// All roles, by id.
    pub fn roles(&self) -> Vec<Role> {
        self.state.read().roles.values().cloned().collect()
    }

    /// The ids of all roles of a scope.
    pub fn roles_of_scope(&self, scope: Scope) -> Vec<String> {
        let state = self.state.read();
        state.roles.values().filter(|role| role.scope == scope).map(|role| role.id.clone()).collect()
    }

    /// Whether one of the roles obliges to a second factor.
    pub fn mandatory_2fa(&self, roles: &[String]) -> bool {
        let state = self.state.read();
        roles.iter().any(|id| state.roles.get(id).is_some_and(|role| role.mandatory_2fa))
    }
}

impl State {
    fn new(grants: Vec<Grant>, roles: Vec<Role>) -> Self {
        let held = |grant: Grant| {
            (grant.id.into_boxed_str(), Held { roles: grant.roles, updated_at: grant.updated_at })
        };
        Self {
            grants: grants.into_iter().map(held).collect(),
            roles: roles.into_iter().map(|role| (role.id.clone(), role)).collect(),
        }
    }

    fn has(&self, roles: &[String], more: &[String], permission: &str) -> bool {
        let Some(held) = self.grants.get(permission) else { return false };
        let mut roles = roles.iter().chain(more);
        if restricted(permission) && roles.clone().any(|role| role == GUEST) {
            return false;
        }
        roles.any(|role| held.roles.contains(role))
    }
}

/// Whether guests are kept from a permission, even through another role.
pub(super) fn restricted(permission: &str) -> bool {
    !GUEST_PERMISSIONS.contains(&permission)
}

/// What this version brings and the database does not have.
struct Missing {
    permissions: Vec<(&'static str, Vec<&'static str>)>,
    roles: Vec<Role>,
}

impl Missing {
    fn of(grants: &[Grant], roles: &[Role]) -> Self {
        let grants: HashSet<&str> = grants.iter().map(|grant| grant.id.as_str()).collect();
        let roles: HashSet<&str> = roles.iter().map(|role| role.id.as_str()).collect();
        Self {
            permissions: builtin::permissions().filter(|(id, _)| !grants.contains(id)).collect(),
            roles: builtin::roles().filter(|role| !roles.contains(role.id.as_str())).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.permissions.is_empty() && self.roles.is_empty()
    }
}

async fn read(tx: &gantry_store::Tx) -> Result<(Vec<Grant>, Vec<Role>), PermissionError> {
    Ok((stored::permissions(tx).await?, stored::roles(tx).await?))
}
