//! The rows of the `permissions` and `roles` tables.

use gantry_protocol::Timestamp;
use gantry_store::{DbError, Row, Tx, vals};

use super::PermissionError;
use super::role::{Role, Scope};

/// A permission's row.
pub(super) struct Grant {
    pub(super) id: String,
    pub(super) roles: Vec<String>,
    pub(super) updated_at: Timestamp,
}

pub(super) async fn permissions(tx: &Tx) -> Result<Vec<Grant>, PermissionError> {
    let rows = tx.query("SELECT id, roles, updated_at FROM permissions", &[]).await?;
    rows.iter()
        .map(|row| {
            let id = row.text(0)?;
            let roles =
                serde_json::from_str(row.str(1)?).map_err(|_| PermissionError::Damaged(id.clone()))?;
            Ok(Grant { id, roles, updated_at: Timestamp::from_millis(row.int(2)?) })
        })
        .collect()
}

/// The roles that hold a permission, as this transaction sees them; `None` if it has no row.
pub(super) async fn roles_of(tx: &Tx, permission: &str) -> Result<Option<Vec<String>>, PermissionError> {
    let row =
        tx.query_opt("SELECT roles FROM permissions WHERE id = ?1 FOR UPDATE", &vals![permission]).await?;
    let Some(row) = row else { return Ok(None) };
    let roles =
        serde_json::from_str(row.str(0)?).map_err(|_| PermissionError::Damaged(permission.to_owned()));
    roles.map(Some)
}

pub(super) async fn set_roles(
    tx: &Tx,
    permission: &str,
    roles: &[String],
    now: Timestamp,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO permissions (id, roles, updated_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, updated_at = excluded.updated_at",
        &vals![permission, &json(roles), now.millis()],
    )
    .await?;
    Ok(())
}

/// Adds a permission unless it is there.
pub(super) async fn add_permission(
    tx: &Tx,
    permission: &str,
    roles: &[&str],
    now: Timestamp,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO permissions (id, roles, updated_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
        &vals![permission, &json(roles), now.millis()],
    )
    .await?;
    Ok(())
}

pub(super) async fn roles(tx: &Tx) -> Result<Vec<Role>, PermissionError> {
    let rows = tx
        .query(
            "SELECT id, name, scope, description, protected, mandatory_2fa, updated_at FROM roles ORDER BY id",
            &[],
        )
        .await?;
    rows.iter().map(role).collect()
}

fn role(row: &Row) -> Result<Role, PermissionError> {
    let id = row.text(0)?;
    let scope = Scope::named(row.str(2)?).ok_or_else(|| PermissionError::Damaged(id.clone()))?;
    Ok(Role {
        id,
        name: row.text(1)?,
        scope,
        description: row.text(3)?,
        protected: row.bool(4)?,
        mandatory_2fa: row.bool(5)?,
        updated_at: Timestamp::from_millis(row.int(6)?),
    })
}

/// Adds a role unless one of its id is there; answers whether it did.
pub(super) async fn add_role(tx: &Tx, role: &Role) -> Result<bool, DbError> {
    let added = tx
        .exec(
            "INSERT INTO roles (id, name, scope, description, protected, mandatory_2fa, updated_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
            &vals![
                &role.id,
                &role.name,
                role.scope.name(),
                &role.description,
                role.protected,
                role.mandatory_2fa,
                role.updated_at.millis()
            ],
        )
        .await?;
    Ok(added > 0)
}

pub(super) async fn update_role(tx: &Tx, role: &Role) -> Result<(), DbError> {
    tx.exec(
        "UPDATE roles SET name = ?2, scope = ?3, description = ?4, mandatory_2fa = ?5, updated_at = ?6 \
         WHERE id = ?1",
        &vals![
            &role.id,
            &role.name,
            role.scope.name(),
            &role.description,
            role.mandatory_2fa,
            role.updated_at.millis()
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn find_role(tx: &Tx, id: &str) -> Result<Option<Role>, PermissionError> {
    let row = tx
        .query_opt(
            "SELECT id, name, scope, description, protected, mandatory_2fa, updated_at FROM roles \
             WHERE id = ?1 FOR UPDATE",
            &vals![id],
        )
        .await?;
    row.as_ref().map(role).transpose()
}

/// Whether a role other than `id` has the name.
pub(super) async fn name_taken(tx: &Tx, name: &str, id: &str) -> Result<bool, DbError> {
    let row = tx.query_opt("SELECT id FROM roles WHERE name = ?1 AND id <> ?2", &vals![name, id]).await?;
    Ok(row.is_some())
}

pub(super) async fn remove_role(tx: &Tx, id: &str, now: Timestamp) -> Result<(), DbError> {
    tx.exec("DELETE FROM roles WHERE id = ?1", &vals![id]).await?;
    tx.exec(
        "INSERT INTO tombstones (kind, id, deleted_at) VALUES ('role', ?1, ?2) \
         ON CONFLICT (kind, id) DO UPDATE SET deleted_at = excluded.deleted_at",
        &vals![id, now.millis()],
    )
    .await?;
    Ok(())
}

pub(super) async fn removed_roles_since(
    tx: &Tx,
    since: Timestamp,
) -> Result<Vec<(String, Timestamp)>, DbError> {
    let rows = tx
        .query(
            "SELECT id, deleted_at FROM tombstones WHERE kind = 'role' AND deleted_at > ?1 ORDER BY deleted_at, id",
            &vals![since.millis()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.text(0)?, Timestamp::from_millis(row.int(1)?)))).collect()
}

fn json<T: serde::Serialize + ?Sized>(roles: &T) -> String {
    serde_json::to_string(roles).unwrap_or_else(|_| "[]".into())
}
