//! What can be wrong with a change of permissions or roles.

use gantry_store::DbError;

/// Why a permission or a role was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// Nobody knows a permission of this name.
    #[error("there is no permission {0}")]
    UnknownPermission(String),
    /// Nobody knows a role of this id.
    #[error("there is no role {0}")]
    UnknownRole(String),
    /// Guests may not hold it.
    #[error("the permission {permission} cannot be given to the role {role}")]
    Restricted {
        /// The permission.
        permission: String,
        /// The role.
        role: String,
    },
    /// Another role has the name.
    #[error("there is a role named {0} already")]
    DuplicateName(String),
    /// The role came with the server and stays.
    #[error("the role {0} is protected")]
    Protected(String),
    /// A row of the database cannot be read.
    #[error("the stored permission or role {0} is damaged")]
    Damaged(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<PermissionError> for crate::error::Error {
    fn from(error: PermissionError) -> Self {
        match error {
            PermissionError::Database(error) => error.into(),
            PermissionError::Damaged(_) => Self::internal(error),
            PermissionError::UnknownPermission(_) => {
                Self::new("error-invalid-permission", "Permission does not exist")
            }
            PermissionError::UnknownRole(_) => Self::new("error-invalid-role", "Role does not exist"),
            PermissionError::Restricted { .. } => {
                Self::new("error-action-not-allowed", "Permission is restricted")
            }
            PermissionError::DuplicateName(_) => {
                Self::new("error-duplicate-role-names-not-allowed", "Role name already exists")
            }
            PermissionError::Protected(_) => Self::new("error-role-protected", "Role is protected"),
        }
    }
}
