//! From connections and wishes to the status that others see.

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::events::Emit;
use gantry_protocol::Timestamp;
use gantry_protocol::objects::UserStatus;
use gantry_store::{Tx, vals};

use crate::Accounts;
use crate::users::edit::status_text;

/// What others see of a user's presence changed.
#[derive(Clone, Debug, PartialEq)]
pub struct PresenceChanged {
    /// User id.
    pub uid: String,
    /// Username.
    pub username: String,
    /// Real name.
    pub name: Option<String>,
    /// Ids of global roles.
    pub roles: Vec<String>,
    /// Status shown.
    pub status: UserStatus,
    /// Status shown before.
    pub previous: UserStatus,
    /// Text beside it.
    pub text: Option<String>,
    /// Whether the text differs from before.
    pub text_changed: bool,
}

/// A user's row, as far as presence goes.
struct Current {
    username: Option<String>,
    name: Option<String>,
    roles: Vec<String>,
    status: UserStatus,
    default: UserStatus,
    connection: UserStatus,
    text: Option<String>,
}

async fn lock(tx: &Tx, uid: &str) -> Result<Option<Current>> {
    let row = tx
        .query_opt(
            "SELECT username, name, roles, status, status_default, status_connection, status_text FROM users \
             WHERE id = ?1 FOR UPDATE",
            &vals![uid],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let status = |column| -> Result<UserStatus> { Ok(row.str(column)?.parse().unwrap_or_default()) };
    Ok(Some(Current {
        username: row.opt_text(0)?,
        name: row.opt_text(1)?,
        roles: serde_json::from_str(row.str(2)?).map_err(Error::internal)?,
        status: status(3)?,
        default: status(4)?,
        connection: status(5)?,
        text: row.opt_text(6)?,
    }))
}

/// The status that others see.
fn shown(connection: UserStatus, wish: UserStatus) -> UserStatus {
    match (connection, wish) {
        (UserStatus::Offline, _) => UserStatus::Offline,
        (connection, UserStatus::Online) => connection,
        (_, wish) => wish,
    }
}

/// Stores a state and tells if others see a difference; answers whether anything differs.
async fn store(tx: &Tx, uid: &str, before: Current, after: &Current, now: Timestamp) -> Result<bool> {
    let text_changed = before.text != after.text;
    let same = before.status == after.status
        && before.default == after.default
        && before.connection == after.connection;
    if same && !text_changed {
        return Ok(false);
    }
    tx.exec(
        "UPDATE users SET status = ?2, status_default = ?3, status_connection = ?4, status_text = ?5, updated_at = ?6 \
         WHERE id = ?1",
        &vals![
            uid,
            after.status.as_str(),
            after.default.as_str(),
            after.connection.as_str(),
            &after.text,
            now.millis(),
        ],
    )
    .await?;
    if before.status != after.status || text_changed {
        tx.emit(PresenceChanged {
            uid: uid.to_owned(),
            username: before.username.unwrap_or_default(),
            name: before.name,
            roles: before.roles,
            status: after.status,
            previous: before.status,
            text: after.text.clone(),
            text_changed,
        });
    }
    Ok(true)
}

/// Brings a user's row in line with their connections.
pub(super) async fn follow(kernel: &Arc<Kernel>, uid: &str) -> Result<()> {
    let (inner, uid, now) = (kernel.clone(), uid.to_owned(), kernel.clock.now());
    kernel
        .db
        .write(async move |tx| -> Result<()> {
            let Some(before) = lock(tx, &uid).await? else { return Ok(()) };
            // Asked inside the transaction, so that of two changes the later one sees both.
            let connection = Accounts::of(&inner).presence.connection_status(&uid);
            let after = Current {
                status: shown(connection, before.default),
                connection,
                text: before.text.clone(),
                username: None,
                name: None,
                roles: Vec::new(),
                ..before
            };
            store(tx, &uid, Current { text: after.text.clone(), ..before }, &after, now).await?;
            Ok(())
        })
        .await
}

/// Sets what a user wants to look like and the text beside it, each if given. Answers whether anything
/// changed. Whether the user may is the caller's to decide.
///
/// # Errors
/// If the database fails.
pub async fn set_status(
    ctx: &Ctx,
    tx: &Tx,
    uid: &str,
    wish: Option<UserStatus>,
    text: Option<&str>,
) -> Result<bool> {
    change(ctx, tx, uid, wish, text, false).await
}

/// As [`set_status`], shown at once although no connection is open, as the REST operation does it.
pub(crate) async fn put_status(
    ctx: &Ctx,
    tx: &Tx,
    uid: &str,
    wish: Option<UserStatus>,
    text: Option<&str>,
) -> Result<bool> {
    change(ctx, tx, uid, wish, text, true).await
}

async fn change(
    ctx: &Ctx,
    tx: &Tx,
    uid: &str,
    wish: Option<UserStatus>,
    text: Option<&str>,
    at_once: bool,
) -> Result<bool> {
    let Some(before) = lock(tx, uid).await? else { return Ok(false) };
    let default = wish.unwrap_or(before.default);
    let status = match wish {
        None => before.status,
        Some(wish) if at_once => wish,
        Some(wish) => shown(before.connection, wish),
    };
    let after = Current {
        username: None,
        name: None,
        roles: Vec::new(),
        status,
        default,
        connection: before.connection,
        text: text.map(status_text).or_else(|| before.text.clone()),
    };
    store(tx, uid, before, &after, ctx.now).await
}

/// Nobody is connected when the server starts: whatever the last one left behind is cleared. Bots, which
/// have no connections, stay.
///
/// # Errors
/// If the database fails.
pub async fn reset(tx: &Tx) -> Result<()> {
    tx.exec(
        "UPDATE users SET status = 'offline', status_connection = 'offline' \
         WHERE status_connection <> 'offline' AND type <> 'bot'",
        &vals![],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use UserStatus::{Away, Busy, Offline, Online};

    use super::*;

    #[test]
    fn a_wish_shows_only_while_connected() {
        for (connection, wish, expected) in [
            (Offline, Online, Offline),
            (Offline, Busy, Offline),
            (Online, Online, Online),
            (Away, Online, Away),
            (Online, Busy, Busy),
            (Away, Offline, Offline),
        ] {
            assert_eq!(shown(connection, wish), expected, "{connection} {wish}");
        }
    }
}
