//! What happens to a message's text before it is stored.
//!
//! In two steps: [`Draft`] does what needs no database (size, custom fields, links, bad words, markdown), so
//! that no transaction waits for it; `complete` looks up what the text names (mentions, rooms, quotes).

mod addresses;
mod bad_words;
mod custom_fields;
mod links;
mod markdown;
mod mentions;
mod patterns;
mod quotes;
pub mod wire;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Mention, Message, Room};

use crate::teams::rows as team_rows;

/// A message that is checked and parsed as far as that needs no database.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The message so far.
    pub message: Message,
    named: mentions::Named,
}

impl Draft {
    /// Checks the message and fills in what the server derives from its text alone. `previews` names the links
    /// that get a preview; without it all do.
    /// Upstream: `beforeSave` in `apps/meteor/server/services/messages/service.ts`.
    ///
    /// # Errors
    /// `error-message-size-exceeded` if the text is longer than `Message_MaxAllowedSize`; what the custom
    /// fields' schema refuses.
    pub fn new(ctx: &Ctx, mut message: Message, previews: Option<&[String]>) -> Result<Self> {
        within_size(ctx, &message.msg)?;
        if let Some(fields) = &message.custom_fields {
            custom_fields::check(ctx, fields)?;
        }
        let settings = &ctx.settings;
        links::find(&mut message, previews, &settings.get(keys::Site_Url));
        let named = mentions::find(&message, &settings.get(keys::UTF8_User_Names_Validation));
        if settings.get(keys::Message_AllowBadWordsFilter) && !message.msg.is_empty() {
            let list = settings.get(keys::Message_BadWordsFilterList);
            message.msg =
                bad_words::censor(&message.msg, &list, &settings.get(keys::Message_BadWordsWhitelist));
        }
        addresses::defuse_attachments(message.attachments.as_deref_mut().unwrap_or_default());
        markdown::build(ctx, &mut message)?;
        if message.edited_at.is_none() && settings.get(keys::Message_Read_Receipt_Enabled) {
            message.unread = Some(true);
        }
        Ok(Self { message, named })
    }

    /// Looks up what the text names. `roles` are the author's roles in the room.
    ///
    /// # Errors
    /// `error-action-not-allowed` for a mention of everybody that the author may not make.
    pub async fn complete(self, ctx: &Ctx, tx: &Tx, room: &Room, roles: &[String]) -> Result<Message> {
        let mut message = self.message;
        // Somebody who is alone has read what they write.
        message.unread = message.unread.filter(|_| room.users_count > 1);
        let edited = message.edited_at.is_some();
        mentions::resolve(ctx, tx, (room, roles), &self.named, &mut message, edited).await?;
        quotes::build(ctx, tx, room, &mut message).await?;
        Ok(message)
    }
}

/// Parses a text anew that the server itself has changed.
///
/// # Errors
/// 500 if the tree cannot be written.
pub fn parse_again(ctx: &Ctx, message: &mut Message) -> Result<()> {
    markdown::build(ctx, message)
}

/// Refuses text that is longer than `Message_MaxAllowedSize`, counted as JavaScript counts; 0 is no limit.
///
/// # Errors
/// `error-message-size-exceeded`.
pub fn within_size(ctx: &Ctx, text: &str) -> Result<()> {
    let limit = usize::try_from(ctx.settings.get(keys::Message_MaxAllowedSize)).unwrap_or(0);
    // A text never has more UTF-16 units than bytes.
    if limit == 0 || text.len() <= limit || text.encode_utf16().count() <= limit {
        return Ok(());
    }
    Err(Error::new("error-message-size-exceeded", "Message size exceeds Message_MaxAllowedSize")
        .with_details(json!({ "method": "sendMessage" })))
}

/// Ids of the users that a message mentions, without its author and without `all` and `here`.
pub fn mentioned_users(message: &Message) -> Vec<String> {
    message
        .mentions
        .iter()
        .flatten()
        .filter(|mention| mention.kind.as_deref().is_none_or(|kind| kind == "user"))
        .map(|mention| mention.id.clone())
        .filter(|id| *id != message.u.id && id != "all" && id != "here")
        .collect()
}

/// As [`mentioned_users`], with those members of the room who are in a team that the message mentions.
/// Upstream: `apps/meteor/app/mentions/server/getMentionedTeamMembers.ts`.
///
/// # Errors
/// The database's.
pub async fn mentioned_people(tx: &Tx, message: &Message) -> Result<Vec<String>> {
    let mut people = mentioned_users(message);
    let team = |mention: &&Mention| mention.kind.as_deref() == Some("team");
    let teams: Vec<String> =
        message.mentions.iter().flatten().filter(team).map(|mention| mention.id.clone()).collect();
    if !teams.is_empty() {
        people.extend(team_rows::members_in_room(tx, &teams, &message.rid).await?);
        people.retain(|uid| *uid != message.u.id);
        people.sort_unstable();
        people.dedup();
    }
    Ok(people)
}

/// Whether a message mentions everybody.
pub fn mentions_everybody(message: &Message) -> bool {
    message.mentions.iter().flatten().any(|mention| mention.id == "all" || mention.id == "here")
}
