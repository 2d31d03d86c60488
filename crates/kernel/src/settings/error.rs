//! What can be wrong with a setting.

use gantry_store::DbError;

/// Why a setting was not changed, or the settings were not loaded. Messages never show values, which may be
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Nobody knows a setting of this name.
    #[error("there is no setting {id}")]
    Unknown {
        /// The setting.
        id: String,
    },
    /// The environment decides its value (`OVERWRITE_SETTING_…`), or forbids changing it (`SETTINGS_BLOCKED`).
    #[error("the setting {id} cannot be changed here: the server's environment decides it")]
    Blocked {
        /// The setting.
        id: String,
    },
    /// The value has another type than the setting.
    #[error("the setting {id} takes {expected}")]
    WrongType {
        /// The setting.
        id: String,
        /// What it takes, with its article.
        expected: &'static str,
    },
    /// The value is none of the choices.
    #[error("the setting {id} takes one of: {}", options.join(", "))]
    NotAnOption {
        /// The setting.
        id: String,
        /// The choices.
        options: Vec<String>,
    },
    /// The text should hold JSON and does not.
    #[error("the setting {id} takes valid JSON")]
    InvalidJson {
        /// The setting.
        id: String,
    },
    /// A setting of the catalogue cannot be removed.
    #[error("the setting {id} is built in and cannot be removed")]
    BuiltIn {
        /// The setting.
        id: String,
    },
    /// An environment variable holds something that its setting does not take.
    #[error("environment variable {variable}: {reason}")]
    Environment {
        /// Its name.
        variable: String,
        /// What is wrong with it.
        reason: Box<SettingError>,
    },
    /// A row of the database cannot be read.
    #[error("the stored setting {id} is damaged: its value is not JSON")]
    Damaged {
        /// The setting.
        id: String,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl SettingError {
    pub(super) fn in_variable(self, variable: impl Into<String>) -> Self {
        Self::Environment { variable: variable.into(), reason: Box::new(self) }
    }
}

impl From<SettingError> for crate::error::Error {
    fn from(error: SettingError) -> Self {
        match error {
            SettingError::Database(error) => error.into(),
            SettingError::Unknown { .. } => Self::new("error-invalid-setting", error.to_string()),
            SettingError::Blocked { .. } | SettingError::BuiltIn { .. } => {
                Self::new("error-action-not-allowed", error.to_string())
            }
            SettingError::InvalidJson { .. } => Self::code("Invalid JSON provided"),
            SettingError::WrongType { .. } | SettingError::NotAnOption { .. } => {
                Self::new("error-invalid-setting-value", error.to_string())
            }
            SettingError::Environment { .. } | SettingError::Damaged { .. } => Self::internal(error),
        }
    }
}
