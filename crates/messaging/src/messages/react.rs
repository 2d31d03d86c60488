//! Reactions.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;

use super::place;
use super::{changed, rows, rules};

/// Longest name of an emoji, in bytes.
const MAX_NAME: usize = 100;
/// Different emoji on one message: all of them are sent with it each time.
const MAX_DIFFERENT: usize = 200;

/// Sets, takes back or (without `should`) switches the caller's reaction to a message.
/// Upstream: `apps/meteor/app/reactions/server/setReaction.ts`.
///
/// # Errors
/// `error-not-allowed` for a bad emoji or too many, an unknown message or somebody muted, `not-authorized`, the sentence
/// about read-only rooms.
pub async fn set(ctx: &Ctx, tx: &Tx, mid: &str, emoji: &str, should: Option<bool>) -> Result<()> {
    let details = || json!({ "method": "setReaction" });
    let emoji = shortcode(emoji)
        .ok_or_else(|| Error::new("error-not-allowed", "Invalid emoji provided.").with_details(details()))?;
    let username = &ctx.caller()?.username;
    let not_allowed = || Error::new("error-not-allowed", "Not allowed").with_details(details());
    let mut message = rows::lock(tx, mid).await?.ok_or_else(not_allowed)?;
    let has = message
        .reactions
        .as_ref()
        .and_then(|all| all.get(&emoji))
        .is_some_and(|one| one.usernames.contains(username));
    if should == Some(has) {
        return Ok(());
    }
    let place = place::by_id(ctx, tx, &message.rid).await?.ok_or_else(not_allowed)?;
    if !place.readable(ctx, tx).await? {
        return Err(Error::new("not-authorized", "Not Authorized").with_details(details()));
    }
    if rules::is_muted(&place, username) {
        return Err(Error::new("error-not-allowed", "You have been muted and cannot speak in this room")
            .with_details(json!({ "rid": message.rid })));
    }
    if place.room.react_when_read_only != Some(true) {
        rules::may_write_read_only(ctx, &place, "You can't send messages because the room is readonly.")?;
    }
    let different = message.reactions.as_ref().map_or(0, |all| all.len());
    let known = message.reactions.as_ref().is_some_and(|all| all.contains_key(&emoji));
    if !known && different >= MAX_DIFFERENT {
        return Err(Error::new("error-not-allowed", "There are too many reactions to this message")
            .with_details(details()));
    }
    if has {
        take_back(&mut message, &emoji, username)
    } else {
        add(&mut message, emoji, username)
    }
    changed::store(ctx, tx, message).await?;
    Ok(())
}

/// `:name:` of what a client sent with or without colons.
fn shortcode(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| *c != ':').collect();
    let clean = !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.chars().any(|c| c.is_whitespace() || c.is_control());
    clean.then(|| format!(":{name}:"))
}

fn add(message: &mut Message, emoji: String, username: &str) {
    message.reactions.get_or_insert_default().entry(emoji).or_default().usernames.push(username.to_owned());
}

fn take_back(message: &mut Message, emoji: &str, username: &str) {
    let Some(all) = &mut message.reactions else { return };
    if let Some(one) = all.get_mut(emoji) {
        one.usernames.retain(|name| name != username);
        if one.usernames.is_empty() {
            all.remove(emoji);
        }
    }
    if all.is_empty() {
        message.reactions = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_has_one_name_with_or_without_colons() {
        assert_eq!(shortcode("smile").as_deref(), Some(":smile:"));
        assert_eq!(shortcode(":smile:").as_deref(), Some(":smile:"));
        assert_eq!(shortcode("::"), None);
        assert_eq!(shortcode("a b"), None);
    }

    #[test]
    fn the_last_reaction_taken_back_leaves_nothing() {
        let mut message = Message::default();
        add(&mut message, ":a:".into(), "alice");
        add(&mut message, ":a:".into(), "bob");
        take_back(&mut message, ":a:", "alice");
        assert_eq!(message.reactions.as_ref().unwrap()[":a:"].usernames, ["bob"]);
        take_back(&mut message, ":a:", "bob");
        assert_eq!(message.reactions, None);
    }
}
