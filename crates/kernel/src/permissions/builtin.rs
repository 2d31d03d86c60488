//! What a new workspace holds.

use super::role::{Role, Scope};

const PERMISSIONS: &str = include_str!("../../data/permissions.tsv");
const ROLES: &str = include_str!("../../data/roles.tsv");

/// Every permission with the ids of the roles that hold it at first.
pub(super) fn permissions() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    PERMISSIONS.lines().skip(1).map(|line| {
        let (id, roles) = line.split_once('\t').unwrap_or((line, ""));
        (id, roles.split(',').filter(|role| !role.is_empty()).collect())
    })
}

/// Every role. None of them can be removed.
pub(super) fn roles() -> impl Iterator<Item = Role> {
    ROLES.lines().skip(1).map(|line| {
        let mut columns = line.split('\t');
        let id = columns.next().unwrap_or_default();
        let scope = columns.next().unwrap_or_default();
        Role {
            id: id.to_owned(),
            name: id.to_owned(),
            scope: Scope::named(scope).unwrap_or(Scope::Users),
            description: columns.next().unwrap_or_default().to_owned(),
            protected: true,
            mandatory_2fa: false,
            updated_at: gantry_protocol::Timestamp::default(),
        }
    })
}
