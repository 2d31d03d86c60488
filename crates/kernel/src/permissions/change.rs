//! Changing permissions and roles: first in the transaction, then in memory.

use gantry_protocol::Timestamp;
use gantry_store::Tx;

use super::live::{Held, restricted};
use super::role::{Role, RoleUpdate};
use super::{GUEST, PermissionError, Permissions, SETTING_PREFIX, stored};

/// A change that was written in a transaction and shall be applied once that has committed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A permission is held by other roles.
    Permission(PermissionChanged),
    /// A role.
    Role(RoleChanged),
}

/// A permission that is held by other roles than before.
#[derive(Clone, Debug, PartialEq)]
pub struct PermissionChanged {
    /// The permission.
    pub id: String,
    /// The ids of the roles that hold it now.
    pub roles: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// A role that is new, different or gone.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleChanged {
    /// The role as it is now; as it was, if it is gone.
    pub role: Role,
    /// What happened.
    pub action: RoleAction,
}

/// What happened to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleAction {
    /// It is new.
    Inserted,
    /// It differs.
    Updated,
    /// It is gone.
    Removed,
}

impl Permissions {
    /// Decides which roles hold a permission. Guests may be among them, and still do not get what guests may
    /// not have.
    ///
    /// # Errors
    /// [`PermissionError::UnknownPermission`], [`PermissionError::UnknownRole`] and the database's.
    pub async fn set_roles(
        &self,
        tx: &Tx,
        permission: &str,
        roles: &[String],
        now: Timestamp,
    ) -> Result<Change, PermissionError> {
        self.known(permission)?;
        let mut distinct: Vec<String> = Vec::with_capacity(roles.len());
        for role in roles {
            if self.role(role).is_none() {
                return Err(PermissionError::UnknownRole(role.clone()));
            }
            if !distinct.contains(role) {
                distinct.push(role.clone());
            }
        }
        self.write(tx, permission, distinct, now).await
    }

    /// Gives a permission to a role. With the permission to change a setting goes the one to open its group.
    ///
    /// # Errors
    /// As [`Permissions::set_roles`], and [`PermissionError::Restricted`].
    pub async fn grant(
        &self,
        tx: &Tx,
        permission: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<Vec<Change>, PermissionError> {
        self.known(permission)?;
        self.grantable(permission, role)?;
        let setting = permission.strip_prefix(SETTING_PREFIX).and_then(|id| self.settings.definition(id));
        let group = setting.filter(|setting| !setting.group.is_empty());
        let group = group.map(|setting| format!("{SETTING_PREFIX}{}", setting.group));
        let mut changes = Vec::new();
        for permission in [Some(permission), group.as_deref()].into_iter().flatten() {
            let mut roles = stored::roles_of(tx, permission).await?.unwrap_or_default();
            if !roles.iter().any(|held| held == role) {
                roles.push(role.to_owned());
                changes.push(self.write(tx, permission, roles, now).await?);
            }
        }
        Ok(changes)
    }

    /// Takes a permission from a role; `None` if the role did not hold it.
    ///
    /// # Errors
    /// [`PermissionError::UnknownPermission`] and the database's.
    pub async fn revoke(
        &self,
        tx: &Tx,
        permission: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<Option<Change>, PermissionError> {
        self.known(permission)?;
        let mut roles = stored::roles_of(tx, permission).await?.unwrap_or_default();
        let before = roles.len();
        roles.retain(|held| held != role);
        if roles.len() == before {
            return Ok(None);
        }
        self.write(tx, permission, roles, now).await.map(Some)
    }

    /// Adds a role.
    ///
    /// # Errors
    /// [`PermissionError::DuplicateName`] and the database's.
    pub async fn create_role(&self, tx: &Tx, role: Role) -> Result<Change, PermissionError> {
        if stored::name_taken(tx, &role.name, &role.id).await? || !stored::add_role(tx, &role).await? {
            return Err(PermissionError::DuplicateName(role.name));
        }
        Ok(Change::Role(RoleChanged { role, action: RoleAction::Inserted }))
    }

    /// Changes a role. Protected ones keep their name and scope: code refers to them.
    ///
    /// # Errors
    /// [`PermissionError::UnknownRole`], [`PermissionError::DuplicateName`], [`PermissionError::Protected`]
    /// and the database's.
    pub async fn update_role(
        &self,
        tx: &Tx,
        id: &str,
        update: RoleUpdate,
        now: Timestamp,
    ) -> Result<Change, PermissionError> {
        let role = stored::find_role(tx, id).await?;
        let role = role.ok_or_else(|| PermissionError::UnknownRole(id.to_owned()))?;
        let updated = Role {
            name: update.name.unwrap_or_else(|| role.name.clone()),
            scope: update.scope.unwrap_or(role.scope),
            description: update.description.unwrap_or_else(|| role.description.clone()),
            mandatory_2fa: update.mandatory_2fa.unwrap_or(role.mandatory_2fa),
            updated_at: now,
            ..role.clone()
        };
        if role.protected && (updated.name != role.name || updated.scope != role.scope) {
            return Err(PermissionError::Protected(role.name));
        }
        if stored::name_taken(tx, &updated.name, id).await? {
            return Err(PermissionError::DuplicateName(updated.name));
        }
        stored::update_role(tx, &updated).await?;
        Ok(Change::Role(RoleChanged { role: updated, action: RoleAction::Updated }))
    }

    /// Removes a role, and takes its permissions from it. Whether somebody still holds the role is the
    /// caller's to look.
    ///
    /// # Errors
    /// [`PermissionError::UnknownRole`], [`PermissionError::Protected`] and the database's.
    pub async fn delete_role(
        &self,
        tx: &Tx,
        id: &str,
        now: Timestamp,
    ) -> Result<Vec<Change>, PermissionError> {
        let role = stored::find_role(tx, id).await?;
        let role = role.ok_or_else(|| PermissionError::UnknownRole(id.to_owned()))?;
        if role.protected {
            return Err(PermissionError::Protected(role.name));
        }
        let mut changes = Vec::new();
        for mut grant in stored::permissions(tx).await? {
            if grant.roles.iter().any(|held| held == id) {
                grant.roles.retain(|held| held != id);
                changes.push(self.write(tx, &grant.id, grant.roles, now).await?);
            }
        }
        stored::remove_role(tx, id, now).await?;
        changes.push(Change::Role(RoleChanged { role, action: RoleAction::Removed }));
        Ok(changes)
    }

    /// Makes a committed change visible to all readers. Changes are applied in the order of their commits.
    pub fn apply(&self, change: &Change) {
        let mut state = self.state.write();
        match change {
            Change::Permission(changed) => {
                let held = Held { roles: changed.roles.clone(), updated_at: changed.at };
                state.grants.insert(changed.id.clone().into_boxed_str(), held);
            }
            Change::Role(RoleChanged { role, action: RoleAction::Removed }) => {
                state.roles.remove(&role.id);
            }
            Change::Role(RoleChanged { role, .. }) => {
                state.roles.insert(role.id.clone(), role.clone());
            }
        }
    }

    fn known(&self, permission: &str) -> Result<(), PermissionError> {
        let known = self.exists(permission);
        known.then_some(()).ok_or_else(|| PermissionError::UnknownPermission(permission.to_owned()))
    }

    fn grantable(&self, permission: &str, role: &str) -> Result<(), PermissionError> {
        if self.role(role).is_none() {
            return Err(PermissionError::UnknownRole(role.to_owned()));
        }
        if role == GUEST && restricted(permission) {
            return Err(PermissionError::Restricted {
                permission: permission.to_owned(),
                role: role.to_owned(),
            });
        }
        Ok(())
    }

    async fn write(
        &self,
        tx: &Tx,
        permission: &str,
        roles: Vec<String>,
        now: Timestamp,
    ) -> Result<Change, PermissionError> {
        stored::set_roles(tx, permission, &roles, now).await?;
        Ok(Change::Permission(PermissionChanged { id: permission.to_owned(), roles, at: now }))
    }
}
