//! Lists of users.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::page::{Page, Window};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::User;
use gantry_store::dialect::escape_like;
use gantry_store::{Row, Tx, Val, vals};

use super::fold;
use super::row::{select_users, user};

fn users(rows: Vec<Row>) -> Result<Vec<User>> {
    rows.into_iter().map(|mut row| user(&mut row)).collect()
}

/// Everybody who is not offline.
pub(crate) async fn not_offline(tx: &Tx) -> Result<Vec<User>> {
    users(
        tx.query(
            select_users!(
                "WHERE u.status <> 'offline' AND u.username IS NOT NULL ORDER BY u.username_folded"
            ),
            &vals![],
        )
        .await?,
    )
}

/// Those of `ids` who are not offline.
pub(crate) async fn not_offline_of(tx: &Tx, ids: &[String]) -> Result<Vec<User>> {
    users(
        tx.query(
            select_users!(
                "WHERE u.id IN list(?1) AND u.status <> 'offline' ORDER BY u.username_folded, u.id"
            ),
            &vals![ids],
        )
        .await?,
    )
}

/// Those who changed since `from`, without `but`.
pub(crate) async fn changed_since(tx: &Tx, but: &str, from: Timestamp) -> Result<Vec<User>> {
    users(
        tx.query(
            select_users!(
                "WHERE u.updated_at >= ?1 AND u.id <> ?2 AND u.username IS NOT NULL ORDER BY u.username_folded"
            ),
            &vals![from.millis(), but],
        )
        .await?,
    )
}

/// Which users to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the username, the name or, for those who may see it, an address.
    pub search: Option<String>,
    /// May log in.
    pub active: Option<bool>,
    /// Has logged in at least once.
    pub logged_in: Option<bool>,
    /// `user`, `bot`, ...
    pub kind: Option<String>,
    /// Holds one of these roles.
    pub roles: Option<Vec<String>>,
    /// Why not active; users without a reason count as `deactivated` once they cannot log in.
    pub by_email: bool,
}

/// Columns that lists can be sorted by. NULL sorts differently on the engines, so there is none.
const SORTS: &[(&str, &str)] = &[
    ("_id", "u.id"),
    ("username", "COALESCE(u.username_folded, '')"),
    ("name", "COALESCE(u.name_folded, '')"),
    ("status", "u.status"),
    ("active", "u.active"),
    ("type", "u.type"),
    ("createdAt", "u.created_at"),
    ("lastLogin", "COALESCE(u.last_login, 0)"),
    ("_updatedAt", "u.updated_at"),
    (
        "emails.address",
        "COALESCE((SELECT e.address_folded FROM user_emails e WHERE e.uid = u.id ORDER BY e.position LIMIT 1), '')",
    ),
];

/// The sort order of a list of users, from a closed list of columns.
pub(crate) fn order(page: &Page) -> Result<String> {
    let by_status = page.order_by(&[("status", "u.active")], "")?;
    let order = page.order_by(SORTS, "COALESCE(u.username_folded, '') ASC")?;
    let tie = "u.id ASC";
    Ok(if by_status.is_empty() { format!("{order}, {tie}") } else { format!("{order}, {by_status}, {tie}") })
}

/// One page of users, and how many there are in all. `order` is SQL from a closed list.
///
/// # Errors
/// If the database fails.
pub async fn page(tx: &Tx, filter: &Filter, order: &str, window: Window) -> Result<(Vec<User>, i64)> {
    let mut terms = vec!["(u.username IS NOT NULL OR u.name IS NOT NULL)".to_owned()];
    let mut values: Vec<Val<'_>> = Vec::new();
    let pattern = filter.search.as_deref().filter(|text| !text.is_empty()).map(pattern);
    if let Some(pattern) = &pattern {
        values.push(Val::Text(pattern));
        let n = values.len();
        let email = "OR EXISTS (SELECT 1 FROM user_emails e WHERE e.uid = u.id AND e.address_folded LIKE";
        let email = if filter.by_email { format!(" {email} ?{n} ESCAPE '\\')") } else { String::new() };
        terms.push(format!(
            "(u.username_folded LIKE ?{n} ESCAPE '\\' OR u.name_folded LIKE ?{n} ESCAPE '\\'{email})"
        ));
    }
    match filter.active {
        Some(true) => terms.push("u.active = TRUE".into()),
        Some(false) => terms.push("u.active = FALSE".into()),
        None => {}
    }
    match filter.logged_in {
        Some(true) => terms.push("u.last_login IS NOT NULL".into()),
        Some(false) => terms.push("u.last_login IS NULL".into()),
        None => {}
    }
    if let Some(kind) = &filter.kind {
        values.push(Val::Text(kind));
        terms.push(format!("u.type = ?{}", values.len()));
    }
    if let Some(roles) = &filter.roles {
        values.push(Val::TextList(roles));
        let n = values.len();
        terms
            .push(format!("EXISTS (SELECT 1 FROM user_roles r WHERE r.uid = u.id AND r.role IN list(?{n}))"));
    }
    let terms = terms.join(" AND ");
    let total = tx.query_dyn(&format!("SELECT COUNT(*) FROM users u WHERE {terms}"), &values).await?;
    let total = total.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
    values.push(Val::Int(window.count));
    values.push(Val::Int(window.offset));
    let (limit, offset) = (values.len() - 1, values.len());
    let select = select_users!("");
    let sql = format!("{select}WHERE {terms} ORDER BY {order} LIMIT ?{limit} OFFSET ?{offset}");
    Ok((users(tx.query_dyn(&sql, &values).await?)?, total))
}

/// A pattern for texts that contain `text`, whatever its case.
fn pattern(text: &str) -> String {
    format!("%{}%", escape_like(&fold(text)))
}

/// Active users whose names or profile contain `term`, in order of their usernames, from `offset` on.
pub(crate) async fn search(
    tx: &Tx,
    term: &str,
    only: Option<&[String]>,
    offset: i64,
    count: i64,
) -> Result<Vec<User>> {
    let pattern = pattern(term);
    let rows = match only {
        None => {
            tx.query(
                select_users!(
                    "WHERE u.active = TRUE AND u.username IS NOT NULL AND u.search LIKE ?1 ESCAPE '\\' \
                     ORDER BY u.username_folded LIMIT ?2 OFFSET ?3"
                ),
                &vals![&pattern, count, offset],
            )
            .await?
        }
        Some(uids) => {
            tx.query(
                select_users!(
                    "WHERE u.active = TRUE AND u.username IS NOT NULL AND u.search LIKE ?1 ESCAPE '\\' \
                     AND u.id IN list(?4) ORDER BY u.username_folded LIMIT ?2 OFFSET ?3"
                ),
                &vals![&pattern, count, offset, uids],
            )
            .await?
        }
    };
    users(rows)
}

/// Holders of a global role in order of their usernames, and how many there are.
pub(crate) async fn holders(tx: &Tx, role: &str, window: Window) -> Result<(Vec<User>, i64)> {
    let total = tx.query_opt("SELECT COUNT(*) FROM user_roles WHERE role = ?1", &vals![role]).await?;
    let rows = tx
        .query(
            select_users!(
                "JOIN user_roles r ON r.uid = u.id WHERE r.role = ?1 \
                 ORDER BY COALESCE(u.username_folded, ''), u.id LIMIT ?2 OFFSET ?3"
            ),
            &vals![role, window.count, window.offset],
        )
        .await?;
    Ok((users(rows)?, total.map(|row| row.int(0)).transpose()?.unwrap_or(0)))
}

/// All holders of a global role.
///
/// # Errors
/// If the database fails.
pub async fn in_role(tx: &Tx, role: &str) -> Result<Vec<User>> {
    Ok(holders(tx, role, Window { offset: 0, count: i64::MAX }).await?.0)
}

/// Holders of any of the roles.
pub(crate) async fn in_roles(tx: &Tx, roles: &[String]) -> Result<Vec<User>> {
    users(
        tx.query(
            select_users!(
                "WHERE u.id IN (SELECT r.uid FROM user_roles r WHERE r.role IN list(?1)) \
                 ORDER BY COALESCE(u.username_folded, ''), u.id"
            ),
            &vals![roles],
        )
        .await?,
    )
}

/// Whether the viewer may see everything of others.
pub(crate) fn sees_everything(ctx: &Ctx) -> bool {
    ctx.may("view-full-other-user-info")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_by_status_puts_the_inactive_apart() {
        let page = Page { sort: Some(r#"{"status":1}"#.into()), ..Page::default() };
        assert_eq!(order(&page).unwrap(), "u.status ASC, u.active ASC, u.id ASC");
        assert_eq!(order(&Page::default()).unwrap(), "COALESCE(u.username_folded, '') ASC, u.id ASC");
    }

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(pattern("50%_A"), r"%50\%\_a%");
    }
}
