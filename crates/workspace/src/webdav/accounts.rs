//! Accounts on such servers, as they are stored.

use gantry_accounts::streams::notify_user;
use gantry_kernel::prelude::*;
use gantry_store::vals;

/// How one proves oneself to a server.
#[derive(Clone)]
pub(super) enum Login {
    /// Username and password.
    Password { username: String, password: String },
    /// `{access_token, token_type, refresh_token?}`.
    Token(Token),
}

/// A token that another service gave.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) access_token: String,
    pub(super) token_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
}

/// Somebody's account on a server.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) server_url: String,
    pub(super) name: String,
    pub(super) login: Login,
}

/// What is shown of an account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "serverURL")]
    server_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    name: String,
}

impl From<&Account> for Shown {
    fn from(account: &Account) -> Self {
        let username = match &account.login {
            Login::Password { username, .. } => Some(username.clone()),
            Login::Token(_) => None,
        };
        Self {
            id: account.id.clone(),
            server_url: account.server_url.clone(),
            username,
            name: account.name.clone(),
        }
    }
}

fn account(row: &Row) -> Result<Account> {
    let login = match row.opt_str(5)? {
        Some(token) => Login::Token(serde_json::from_str(token).map_err(Error::internal)?),
        None => Login::Password {
            username: row.opt_text(3)?.unwrap_or_default(),
            password: row.opt_text(4)?.unwrap_or_default(),
        },
    };
    Ok(Account { id: row.text(0)?, server_url: row.text(1)?, name: row.text(2)?, login })
}

/// A user's accounts, in the order in which they were added.
pub(super) async fn of_user(tx: &Tx, uid: &str) -> Result<Vec<Account>> {
    let rows = tx
        .query(
            "SELECT id, server_url, name, username, password, token FROM webdav_accounts WHERE uid = ?1 \
             ORDER BY created_at, id",
            &vals![uid],
        )
        .await?;
    rows.iter().map(account).collect()
}

/// An account, if it is that user's.
pub(super) async fn own(tx: &Tx, id: &str, uid: &str) -> Result<Option<Account>> {
    Ok(of_user(tx, uid).await?.into_iter().find(|account| account.id == id))
}

/// Stores an account; one that is there already under its id is replaced.
pub(super) async fn save(tx: &Tx, uid: &str, account: &Account, now: Timestamp) -> Result<()> {
    let (username, password, token) = match &account.login {
        Login::Password { username, password } => (Some(username.as_str()), Some(password.as_str()), None),
        Login::Token(token) => (None, None, Some(serde_json::to_string(token).map_err(Error::internal)?)),
    };
    tx.exec(
        "INSERT INTO webdav_accounts (id, uid, server_url, name, username, password, token, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET username = excluded.username, \
         password = excluded.password, token = excluded.token",
        &vals![
            &account.id,
            uid,
            &account.server_url,
            &account.name,
            username,
            password,
            token.as_deref(),
            now.millis(),
        ],
    )
    .await?;
    tx.emit(Changed { uid: uid.to_owned(), action: "changed", account: json!(Shown::from(account)) });
    Ok(())
}

/// Removes an account of that user. Answers whether there was one.
pub(super) async fn remove(tx: &Tx, id: &str, uid: &str) -> Result<bool> {
    let removed =
        tx.exec("DELETE FROM webdav_accounts WHERE id = ?1 AND uid = ?2", &vals![id, uid]).await? > 0;
    if removed {
        tx.emit(Changed { uid: uid.to_owned(), action: "removed", account: json!({ "_id": id }) });
    }
    Ok(removed)
}

/// Removes everything of a user.
pub(crate) async fn forget_user(tx: &Tx, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM webdav_accounts WHERE uid = ?1", &vals![uid]).await?;
    Ok(())
}

/// A user's accounts changed.
struct Changed {
    uid: String,
    action: &'static str,
    account: Value,
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Changed, _>(|kernel, event| {
        let note = json!({ "type": event.action, "account": event.account });
        notify_user(kernel, &event.uid, "webdav", &note);
        Box::pin(async {})
    });
}
