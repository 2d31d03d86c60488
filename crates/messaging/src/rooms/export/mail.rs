//! Chosen messages by mail.

use gantry_accounts::mail;
use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;
use gantry_store::vals;

use super::page;

/// What is sent to whom.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// Usernames.
    pub users: Vec<String>,
    /// Addresses.
    pub addresses: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Ids of messages; those of other rooms are left out.
    pub messages: Vec<String>,
}

/// Receivers of one letter.
const RECEIVERS: usize = 100;
/// Messages in one letter.
const MESSAGES: usize = 1000;

/// Sends the messages after the commit; answers the usernames of people who have no address.
///
/// # Errors
/// `error-invalid-email`, and the database's.
pub async fn send(ctx: &Ctx, tx: &Tx, rid: &str, letter: &Letter) -> Result<Vec<String>> {
    let mut addresses: Vec<String> = letter
        .addresses
        .iter()
        .map(|address| address.trim().to_owned())
        .filter(|address| !address.is_empty())
        .collect();
    let mut missing: Vec<String> = letter.users.iter().filter(|name| !name.is_empty()).cloned().collect();
    for user in users::by_usernames(tx, &letter.users).await? {
        if let Some(email) = user.emails.iter().flatten().next() {
            missing.retain(|name| Some(name) != user.username.as_ref());
            addresses.push(email.address.clone());
        }
    }
    if addresses.iter().any(|address| !looks_right(address)) {
        return Err(Error::message("error-invalid-email"));
    }
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.len() > RECEIVERS || letter.messages.len() > MESSAGES {
        return Err(Error::invalid_params(format!(
            "must NOT have more than {RECEIVERS} receivers and {MESSAGES} messages"
        )));
    }
    let found = tx
        .query(
            "SELECT doc FROM messages WHERE rid = ?1 AND id IN list(?2) AND NOT hidden ORDER BY ts, id",
            &vals![rid, &letter.messages],
        )
        .await?;
    let mut html = String::new();
    for row in &found {
        let message: Message = serde_json::from_str(row.str(0)?).map_err(Error::internal)?;
        html.push_str(&page::in_mail(&message));
    }
    for address in &addresses {
        tx.emit(mail::page(ctx, address, &letter.subject, &html));
    }
    Ok(missing)
}

/// One `@` with something on both sides, and nothing that ends a header or names a second receiver.
fn looks_right(address: &str) -> bool {
    let sound = |c: char| !c.is_control() && !c.is_whitespace() && !",;<>\"()".contains(c);
    let parts: Vec<&str> = address.split('@').collect();
    matches!(parts.as_slice(), [user, host] if !user.is_empty() && !host.is_empty())
        && address.chars().all(sound)
}
