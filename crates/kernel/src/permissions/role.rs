//! Roles.

use gantry_protocol::Timestamp;

/// Where a role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere; users hold it.
    Users,
    /// In one room; subscriptions hold it.
    Subscriptions,
}

impl Scope {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Subscriptions => "Subscriptions",
        }
    }

    /// The scope of a name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "Users" => Some(Self::Users),
            "Subscriptions" => Some(Self::Subscriptions),
            _ => None,
        }
    }
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// What users and permissions refer to. Built-in roles have their name as id.
    pub id: String,
    /// What people see; unique.
    pub name: String,
    /// Where it counts.
    pub scope: Scope,
    /// In words; may be empty.
    pub description: String,
    /// Whether it came with the server and cannot be removed.
    pub protected: bool,
    /// Whether its holders must use a second factor.
    pub mandatory_2fa: bool,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A change of a role; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct RoleUpdate {
    /// A new name.
    pub name: Option<String>,
    /// A new scope.
    pub scope: Option<Scope>,
    /// A new description.
    pub description: Option<String>,
    /// Whether its holders must use a second factor.
    pub mandatory_2fa: Option<bool>,
}
