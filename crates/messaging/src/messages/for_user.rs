//! Messages as one user sees them.

use std::collections::{HashMap, HashSet};

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_protocol::objects::Message;

/// Stored messages for the caller: of the stars only their own, and with `UI_Use_Real_Name` the names that
/// people have now. Messages to which neither applies are passed on as they are stored.
/// Upstream: `apps/meteor/app/utils/server/lib/normalizeMessagesForUser.ts`.
///
/// # Errors
/// The database's, and 500 for a damaged message.
pub async fn list(ctx: &Ctx, tx: &Tx, docs: Vec<RawJson>) -> Result<Vec<RawJson>> {
    if ctx.settings.get(keys::UI_Use_Real_Name) {
        let mut messages = docs
            .iter()
            .map(RawJson::parse)
            .collect::<std::result::Result<Vec<Message>, _>>()
            .map_err(Error::internal)?;
        name_all(tx, &mut messages.iter_mut().collect::<Vec<_>>()).await?;
        return messages.iter_mut().map(|message| own_star(ctx, message)).collect();
    }
    docs.into_iter()
        .map(|doc| {
            // A quotation mark inside a text is escaped: this can only be the field.
            if !doc.get().contains(r#""starred":["#) {
                return Ok(doc);
            }
            own_star(ctx, &mut doc.parse().map_err(Error::internal)?)
        })
        .collect()
}

/// As [`list`], for one message.
///
/// # Errors
/// As [`list`].
pub async fn one(ctx: &Ctx, tx: &Tx, mut message: Message) -> Result<RawJson> {
    if ctx.settings.get(keys::UI_Use_Real_Name) {
        message = with_names(tx, message).await?;
    }
    own_star(ctx, &mut message)
}

/// As [`list`], for messages that are parts of something else. Who is not logged in sees no stars.
///
/// # Errors
/// As [`list`].
pub async fn in_place(ctx: &Ctx, tx: &Tx, mut messages: Vec<&mut Message>) -> Result<()> {
    if ctx.settings.get(keys::UI_Use_Real_Name) && !messages.is_empty() {
        name_all(tx, &mut messages).await?;
    }
    for starred in messages.into_iter().filter_map(|message| message.starred.as_mut()) {
        starred.retain(|star| star.id == ctx.uid());
    }
    Ok(())
}

fn own_star(ctx: &Ctx, message: &mut Message) -> Result<RawJson> {
    if let Some(starred) = message.starred.as_mut().filter(|_| ctx.caller.is_some()) {
        starred.retain(|star| star.id == ctx.uid());
    }
    RawJson::new(message).map_err(Error::internal)
}

/// A message with the names that people have now.
///
/// # Errors
/// The database's.
pub async fn with_names(tx: &Tx, mut message: Message) -> Result<Message> {
    name_all(tx, &mut [&mut message]).await?;
    Ok(message)
}

async fn name_all(tx: &Tx, messages: &mut [&mut Message]) -> Result<()> {
    let mut usernames = HashSet::new();
    for message in messages.iter() {
        usernames.extend(message.u.username.iter().cloned());
        usernames.extend(message.mentions.iter().flatten().filter_map(|mention| mention.username.clone()));
        usernames.extend(
            message.reactions.iter().flatten().flat_map(|(_, reaction)| reaction.usernames.iter().cloned()),
        );
    }
    let usernames: Vec<String> = usernames.into_iter().collect();
    let names: HashMap<String, String> = users::by_usernames(tx, &usernames)
        .await?
        .into_iter()
        .filter_map(|user| Some((user.username?, user.name?)))
        .collect();
    let name_of = |username: &String| names.get(username).unwrap_or(username).clone();
    for message in messages {
        message.u.name = message.u.username.as_ref().map(name_of);
        for mention in message.mentions.iter_mut().flatten() {
            if let Some(username) = &mention.username {
                mention.name = Some(name_of(username));
            }
        }
        for reaction in message.reactions.iter_mut().flat_map(|reactions| reactions.values_mut()) {
            reaction.names = Some(reaction.usernames.iter().map(name_of).collect());
        }
    }
    Ok(())
}
