//! Who and which rooms a text mentions.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{ChannelMention, Mention, Message, Room};
use gantry_store::vals;

use super::patterns;
use crate::rooms::rows::fold;

/// Mentions of everybody.
const EVERYBODY: [&str; 2] = ["all", "here"];

/// Names in a text, in its order and without repetition.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// Usernames, team names, `all`, `here`.
    users: Vec<String>,
    /// Room names.
    rooms: Vec<String>,
}

/// Finds the names. In encrypted messages the client has found them.
/// Upstream: `apps/meteor/app/mentions/server/Mentions.ts`.
pub(super) fn find(message: &Message, pattern: &str) -> Named {
    let mut named = Named::default();
    if message.t.as_deref() == Some("e2e") {
        let given = message.e2e_mentions.clone().unwrap_or_default();
        let bare = |list: Option<Vec<String>>, mark: char| {
            list.unwrap_or_default()
                .iter()
                .map(|name| name.trim().trim_start_matches(mark).to_owned())
                .collect::<Vec<_>>()
        };
        named.users = bare(given.e2e_user_mentions, '@');
        named.rooms = bare(given.e2e_channel_mentions, '#');
        return named;
    }
    if !message.msg.contains(['@', '#']) {
        return named;
    }
    let patterns = patterns::names(pattern);
    let mut collect = |found: regex::CaptureMatches<'_, '_>, into: fn(&mut Named) -> &mut Vec<String>| {
        for name in found.filter_map(|captures| captures.get(1)) {
            let list = into(&mut named);
            if !list.iter().any(|known| known == name.as_str()) {
                list.push(name.as_str().to_owned());
            }
        }
    };
    collect(patterns.user.captures_iter(&message.msg), |named| &mut named.users);
    collect(patterns.room.captures_iter(&message.msg), |named| &mut named.rooms);
    named
}

/// Looks the names up and fills in `mentions` and `channels`. `roles` are the author's roles in the room.
///
/// # Errors
/// `error-action-not-allowed` if everybody is mentioned without the permission, or in a room above
/// `Message_MaxAll`. Edits of messages (`edited`) are not asked for the permission again.
pub(super) async fn resolve(
    ctx: &Ctx,
    tx: &Tx,
    (room, roles): (&Room, &[String]),
    named: &Named,
    message: &mut Message,
    edited: bool,
) -> Result<()> {
    let mut mentions = Vec::new();
    for name in EVERYBODY {
        if !named.users.iter().any(|user| user == name) {
            continue;
        }
        within_limit(ctx, room)?;
        if !edited && !ctx.may_in_room(&format!("mention-{name}"), roles) {
            return Err(Error::new(
                "error-action-not-allowed",
                format!("Notify {name} in this room not allowed"),
            )
            .with_details(json!({ "action": "Notify all in this room" })));
        }
        mentions.push(Mention { id: name.to_owned(), username: Some(name.to_owned()), ..Mention::default() });
    }
    mentions.extend(users(ctx, tx, &named.users).await?);
    message.mentions = Some(mentions);
    message.channels = Some(rooms(ctx, tx, &named.rooms).await?);
    Ok(())
}

fn within_limit(ctx: &Ctx, room: &Room) -> Result<()> {
    let limit = ctx.settings.get(keys::Message_MaxAll);
    if limit > 0 && room.users_count > limit {
        let text = format!(
            "Group mentions `@all` and `@here` have been disabled for rooms with more than {limit} members."
        );
        let details = json!({ "method": "filterATAllTag", "action": text });
        return Err(Error::new("error-action-not-allowed", text).with_details(details));
    }
    Ok(())
}

/// Users, and teams: private ones only for their members, so that a name tells strangers nothing.
async fn users(ctx: &Ctx, tx: &Tx, names: &[String]) -> Result<Vec<Mention>> {
    let names: Vec<&String> = names.iter().filter(|name| !EVERYBODY.contains(&name.as_str())).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let found = tx
        .all(&[
            ("SELECT id, username, name FROM users WHERE username_folded IN list(?1) ORDER BY username_folded", &vals![&folded]),
            (
                "SELECT t.id, t.name FROM teams t WHERE t.name_folded IN list(?1) AND (NOT t.private OR EXISTS \
                 (SELECT 1 FROM subscriptions s WHERE s.rid = t.room_id AND s.uid = ?2)) ORDER BY t.name_folded",
                &vals![&folded, ctx.uid()],
            ),
        ])
        .await?;
    let mut mentions = Vec::new();
    for name in names {
        for row in &found[0] {
            if row.opt_str(1)? == Some(name) {
                mentions.push(Mention {
                    id: row.text(0)?,
                    username: row.opt_text(1)?,
                    name: row.opt_text(2)?,
                    kind: Some("user".to_owned()),
                    ..Mention::default()
                });
            }
        }
        for row in &found[1] {
            if row.opt_str(1)? == Some(name)
                && let Some(id) = row.opt_text(0)?
            {
                let kind = Some("team".to_owned());
                mentions.push(Mention { id, name: Some(name.clone()), kind, ..Mention::default() });
            }
        }
    }
    Ok(mentions)
}

/// Channels, and those private groups that the author is in: a name must not tell strangers of a group.
async fn rooms(ctx: &Ctx, tx: &Tx, names: &[String]) -> Result<Vec<ChannelMention>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let rows = tx
        .query(
            "SELECT r.id, r.name, r.fname FROM rooms r WHERE r.name_folded IN list(?1) AND (r.t = 'c' OR (r.t = 'p' AND \
             EXISTS (SELECT 1 FROM subscriptions s WHERE s.rid = r.id AND s.uid = ?2))) ORDER BY r.name_folded",
            &vals![&folded, ctx.uid()],
        )
        .await?;
    let mut channels = Vec::new();
    for name in names {
        for row in &rows {
            if row.opt_str(1)? == Some(name) {
                channels.push(ChannelMention {
                    id: row.text(0)?,
                    name: row.opt_text(1)?,
                    fname: row.opt_text(2)?,
                    ..ChannelMention::default()
                });
            }
        }
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Vec<String>) {
        let named = find(&Message { msg: text.into(), ..Message::default() }, "[0-9a-zA-Z-_.]+");
        (named.users, named.rooms)
    }

    #[test]
    fn names_begin_after_a_space_and_are_listed_once() {
        let (users, rooms) = names("@bob hi @alice, @bob\n>@all mail@example.com #general x#y");
        assert_eq!(users, ["bob", "alice", "all"]);
        assert_eq!(rooms, ["general"]);
    }

    #[test]
    fn encrypted_messages_bring_their_own_list() {
        let message = Message {
            t: Some("e2e".into()),
            msg: "@eve".into(),
            e2e_mentions: Some(serde_json::from_value(json!({ "e2eUserMentions": ["@bob"] })).unwrap()),
            ..Message::default()
        };
        assert_eq!(find(&message, "x").users, ["bob"]);
    }
}
