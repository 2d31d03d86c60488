//! Finding, inserting, changing and removing users.

use gantry_kernel::error::{Error, Result};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::{User, UserStatus};
use gantry_store::{Row, Tx, vals};
use serde_json::json;

use super::row::{document, search_text, select_users, user};

/// How names and addresses are compared: upper and lower case are the same.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn first(rows: Vec<Row>) -> Result<Option<User>> {
    rows.into_iter().next().map(|mut row| user(&mut row)).transpose()
}

fn all(rows: Vec<Row>) -> Result<Vec<User>> {
    rows.into_iter().map(|mut row| user(&mut row)).collect()
}

/// The user of that id.
///
/// # Errors
/// If the database fails.
pub async fn by_id(tx: &Tx, uid: &str) -> Result<Option<User>> {
    first(tx.query(select_users!("WHERE u.id = ?1"), &vals![uid]).await?)
}

/// The user of that id, whose row stays as it is until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &Tx, uid: &str) -> Result<Option<User>> {
    first(tx.query(select_users!("WHERE u.id = ?1 FOR UPDATE"), &vals![uid]).await?)
}

/// The user of that name, whatever its case.
///
/// # Errors
/// If the database fails.
pub async fn by_username(tx: &Tx, username: &str) -> Result<Option<User>> {
    first(tx.query(select_users!("WHERE u.username_folded = ?1"), &vals![&fold(username)]).await?)
}

/// The user who has that address, whatever its case.
///
/// # Errors
/// If the database fails.
pub async fn by_email(tx: &Tx, address: &str) -> Result<Option<User>> {
    first(
        tx.query(
            select_users!("JOIN user_emails e ON e.uid = u.id WHERE e.address_folded = ?1"),
            &vals![&fold(address)],
        )
        .await?,
    )
}

/// The user of that name or, if nobody has it, that address.
///
/// # Errors
/// If the database fails.
pub async fn by_username_or_email(tx: &Tx, text: &str) -> Result<Option<User>> {
    match by_username(tx, text).await? {
        Some(user) => Ok(Some(user)),
        None => by_email(tx, text).await,
    }
}

/// The user who had that id in the system that they were imported from.
///
/// # Errors
/// If the database fails.
pub async fn by_import_id(tx: &Tx, import_id: &str) -> Result<Option<User>> {
    first(
        tx.query(
            select_users!("JOIN user_imports i ON i.uid = u.id WHERE i.import_id = ?1"),
            &vals![import_id],
        )
        .await?,
    )
}

/// The users of those ids, ordered by username; unknown ids are left out.
///
/// # Errors
/// If the database fails.
pub async fn by_ids(tx: &Tx, uids: &[String]) -> Result<Vec<User>> {
    if uids.is_empty() {
        return Ok(Vec::new());
    }
    all(tx
        .query(select_users!("WHERE u.id IN list(?1) ORDER BY u.username_folded, u.id"), &vals![uids])
        .await?)
}

/// The users of those names (in any case), ordered by username; unknown names are left out.
///
/// # Errors
/// If the database fails.
pub async fn by_usernames(tx: &Tx, usernames: &[String]) -> Result<Vec<User>> {
    if usernames.is_empty() {
        return Ok(Vec::new());
    }
    let folded: Vec<String> = usernames.iter().map(|name| fold(name)).collect();
    all(tx
        .query(
            select_users!("WHERE u.username_folded IN list(?1) ORDER BY u.username_folded"),
            &vals![&folded],
        )
        .await?)
}

/// Stores a new user, without a password.
///
/// # Errors
/// `error-field-unavailable` if the username or an address is taken.
pub async fn insert(tx: &Tx, user: &User) -> Result<()> {
    ensure_free(tx, user).await?;
    let created = tx
        .exec(
            "INSERT INTO users (id, username, username_folded, name, name_folded, search, type, active, roles, status, \
             status_default, status_connection, status_text, created_at, last_login, updated_at, avatar_etag, doc) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
             ON CONFLICT DO NOTHING",
            &vals![
                &user.id,
                &user.username,
                &user.username.as_deref().map(fold),
                &user.name,
                &user.name.as_deref().map(fold),
                &search_text(user),
                kind(user),
                user.active,
                &json!(user.roles).to_string(),
                word(user.status),
                user.status_default.unwrap_or(UserStatus::Online).as_str(),
                word(user.status_connection),
                &user.status_text,
                user.created_at.millis(),
                user.last_login.map(Timestamp::millis),
                user.updated_at.millis(),
                &user.avatar_etag,
                &document(user)?,
            ],
        )
        .await?;
    if created == 0 {
        return Err(unavailable(user.username.as_deref().unwrap_or(&user.id), "username"));
    }
    index(tx, user).await
}

/// Stores a changed user. The row must be held by [`lock`]; presence and last login are written by
/// their own statements and stay as they are.
///
/// # Errors
/// `error-field-unavailable` if the username or an address is taken by somebody else.
pub async fn save(tx: &Tx, user: &User) -> Result<()> {
    ensure_free(tx, user).await?;
    tx.exec(
        "UPDATE users SET username = ?2, username_folded = ?3, name = ?4, name_folded = ?5, search = ?6, type = ?7, \
         active = ?8, roles = ?9, updated_at = ?10, avatar_etag = ?11, doc = ?12 WHERE id = ?1",
        &vals![
            &user.id,
            &user.username,
            &user.username.as_deref().map(fold),
            &user.name,
            &user.name.as_deref().map(fold),
            &search_text(user),
            kind(user),
            user.active,
            &json!(user.roles).to_string(),
            user.updated_at.millis(),
            &user.avatar_etag,
            &document(user)?,
        ],
    )
    .await?;
    tx.exec("DELETE FROM user_emails WHERE uid = ?1", &vals![&user.id]).await?;
    tx.exec("DELETE FROM user_roles WHERE uid = ?1", &vals![&user.id]).await?;
    tx.exec("DELETE FROM user_imports WHERE uid = ?1", &vals![&user.id]).await?;
    index(tx, user).await
}

/// Removes a user with all sessions and codes.
///
/// # Errors
/// If the database fails.
pub async fn delete(tx: &Tx, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM user_emails WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM user_roles WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM user_imports WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM login_tokens WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM user_codes WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM password_history WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM two_factor_challenges WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM users WHERE id = ?1", &vals![uid]).await?;
    Ok(())
}

/// Asks before writing, so that a taken name is an answer and not a failed transaction.
async fn ensure_free(tx: &Tx, user: &User) -> Result<()> {
    if let Some(username) = &user.username {
        let taken = tx
            .query_opt(
                "SELECT 1 FROM users WHERE username_folded = ?1 AND id <> ?2",
                &vals![&fold(username), &user.id],
            )
            .await?;
        if taken.is_some() {
            return Err(unavailable(username, "username"));
        }
    }
    for email in user.emails.iter().flatten() {
        let taken = tx
            .query_opt(
                "SELECT 1 FROM user_emails WHERE address_folded = ?1 AND uid <> ?2",
                &vals![&fold(&email.address), &user.id],
            )
            .await?;
        if taken.is_some() {
            return Err(unavailable(&email.address, "email"));
        }
    }
    Ok(())
}

fn unavailable(value: &str, field: &'static str) -> Error {
    Error::new("error-field-unavailable", format!("{value} is already in use :("))
        .with_details(json!({ "method": "saveUserIdentity", "field": field }))
}

/// Writes the rows that find the user by address, role and import.
async fn index(tx: &Tx, user: &User) -> Result<()> {
    for (position, email) in (0_i64..).zip(user.emails.iter().flatten()) {
        tx.exec(
            "INSERT INTO user_emails (address_folded, uid, position, address, verified) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO NOTHING",
            &vals![&fold(&email.address), &user.id, position, &email.address, email.verified],
        )
        .await?;
    }
    tx.exec(
        "INSERT INTO user_roles (role, uid) SELECT DISTINCT value, ?2 FROM list(?1)",
        &vals![&user.roles, &user.id],
    )
    .await?;
    for import_id in user.import_ids.iter().flatten() {
        tx.exec(
            "INSERT INTO user_imports (import_id, uid) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &vals![import_id, &user.id],
        )
        .await?;
    }
    Ok(())
}

fn kind(user: &User) -> &str {
    if user.kind.is_empty() { "user" } else { &user.kind }
}

fn word(status: Option<UserStatus>) -> &'static str {
    status.unwrap_or_default().as_str()
}

/// The stored hash of a user's password; `None` if they have none.
///
/// # Errors
/// If the database fails.
pub async fn password_hash(tx: &Tx, uid: &str) -> Result<Option<String>> {
    let row = tx.query_opt("SELECT password_hash FROM users WHERE id = ?1", &vals![uid]).await?;
    Ok(row.map(|row| row.opt_text(0)).transpose()?.flatten())
}

/// Stores the hash of a user's password, or that they have none.
///
/// # Errors
/// If the database fails.
pub async fn set_password_hash(tx: &Tx, uid: &str, hash: Option<&str>) -> Result<()> {
    tx.exec("UPDATE users SET password_hash = ?2 WHERE id = ?1", &vals![uid, hash]).await?;
    Ok(())
}
