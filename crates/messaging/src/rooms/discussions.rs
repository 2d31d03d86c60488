//! Discussions: rooms that hang on another room, often on one message of it.
//! Upstream: `apps/meteor/app/discussion/server/methods/createDiscussion.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Attachment, Message, Room, RoomType};

use super::create::{self, NewRoom};
use super::joining::the_caller;
use super::{members, refusals, rows};
use crate::messages::send::{Sender, send, send_system};
use crate::messages::{place, rules};
use crate::subscriptions::rows as subs;

/// What a new discussion is to be.
#[derive(Clone, Debug, Default)]
pub struct NewDiscussion {
    /// The room that it hangs on; that of the message if absent.
    pub prid: Option<String>,
    /// The message that it hangs on.
    pub pmid: Option<String>,
    /// Shown name.
    pub name: String,
    /// First message in it.
    pub reply: Option<String>,
    /// Usernames of its members; unknown ones are left out.
    pub users: Vec<String>,
    /// End-to-end encryption; as the parent room if absent.
    pub encrypted: Option<bool>,
    /// Topic; the parent room's name if absent.
    pub topic: Option<String>,
}

fn refuse(code: &'static str, reason: &'static str) -> Error {
    Error::new(code, reason).with_details(json!({ "method": "DiscussionCreation" }))
}

/// The caller opens a discussion. A message has at most one: asking again joins it.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-message`, `error-invalid-arguments`, `error-invalid-room`,
/// `error-nested-discussion`, and what writing to the parent room refuses.
pub async fn open(ctx: &Ctx, tx: &Tx, new: NewDiscussion) -> Result<Room> {
    if !ctx.settings.get(keys::Discussion_enabled) {
        return Err(not_allowed());
    }
    let message = match &new.pmid {
        Some(id) => {
            let found = crate::messages::rows::by_id(tx, id).await?;
            Some(found.ok_or_else(|| refuse("error-invalid-message", "Invalid message"))?)
        }
        None => None,
    };
    let parent = parent_of(tx, &new, message.as_ref()).await?;
    let roles = subs::roles_in(tx, &parent, ctx.uid()).await?;
    let may = |permission| ctx.may_in_room(permission, &roles);
    if !may("start-discussion") && !may("start-discussion-other-user") {
        return Err(not_allowed());
    }
    let place =
        place::by_id(ctx, tx, &parent).await?.ok_or_else(|| refusals::invalid_room("DiscussionCreation"))?;
    rules::may_post(ctx, tx, &place).await?;
    let parent = place.room;
    if parent.prid.is_some() {
        return Err(refuse("error-nested-discussion", "Cannot create nested discussions"));
    }
    let encrypted = new.encrypted.unwrap_or(parent.encrypted.unwrap_or(false));
    if encrypted && new.reply.as_ref().is_some_and(|reply| !reply.is_empty()) {
        return Err(refuse(
            "error-invalid-arguments",
            "Encrypted discussions must not receive an initial reply.",
        ));
    }
    if let Some(existing) = message.as_ref().and_then(|message| message.drid.clone())
        && let Some(room) = rows::by_id(tx, &existing).await?
    {
        let user = the_caller(ctx, tx, "createDiscussion").await?;
        members::add(ctx, tx, &room, &user, None, false).await?;
        return Ok(room);
    }
    make(ctx, tx, &parent, message, new, encrypted).await
}

fn not_allowed() -> Error {
    Error::new("error-action-not-allowed", "You are not allowed to create a discussion")
        .with_details(json!({ "method": "createDiscussion" }))
}

/// The room that the discussion hangs on, which is never itself a discussion of the message's room.
async fn parent_of(tx: &Tx, new: &NewDiscussion, message: Option<&Message>) -> Result<String> {
    let given = new.prid.clone().filter(|prid| !prid.is_empty());
    let Some(message) = message else {
        return given.ok_or_else(|| refuse("error-invalid-arguments", "Missing parent room ID"));
    };
    let Some(given) = given else { return Ok(message.rid.clone()) };
    let room = rows::by_id(tx, &message.rid).await?;
    let parent = room.map(|room| room.prid.unwrap_or(room.id));
    if parent.as_ref() == Some(&given) {
        return Ok(given);
    }
    Err(refuse("error-invalid-arguments", "Root message room ID does not match parent room ID "))
}

async fn make(
    ctx: &Ctx,
    tx: &Tx,
    parent: &Room,
    message: Option<Message>,
    new: NewDiscussion,
    encrypted: bool,
) -> Result<Room> {
    let owner = the_caller(ctx, tx, "createDiscussion").await?;
    let mut invited = new.users;
    invited.extend(message.as_ref().and_then(|message| message.u.username.clone()));
    let description = message.as_ref().filter(|_| !parent.encrypted.unwrap_or(false)).map(|m| m.msg.clone());
    let room = create::room(
        ctx,
        tx,
        &owner,
        NewRoom {
            name: ctx.ids.id(),
            t: kind_of(tx, parent).await?,
            members: users::by_usernames(tx, &invited).await?,
            without_owner: false,
            extra: Room {
                fname: Some(new.name.clone()),
                description: Some(description.unwrap_or_default()),
                topic: new.topic.filter(|topic| !topic.is_empty()).or_else(|| parent.name.clone()),
                prid: Some(parent.id.clone()),
                encrypted: Some(encrypted),
                ..Room::default()
            },
        },
    )
    .await?;
    let sender = Sender::from(&owner);
    let attachments = message.as_ref().map(|message| vec![quote(ctx, parent, message)]);
    if attachments.is_some() {
        let draft = Message { attachments: attachments.clone(), ..Message::default() };
        send(ctx, tx, &room, &sender, draft).await?;
    }
    let home = match &message {
        Some(message) if message.rid != parent.id => rows::by_id(tx, &message.rid).await?,
        _ => None,
    };
    let drid = room.id.clone();
    send_system(
        ctx,
        tx,
        home.as_ref().unwrap_or(parent),
        &sender,
        ("discussion-created", &new.name),
        |note| {
            note.drid = Some(drid);
            note.attachments = attachments;
        },
    )
    .await?;
    if let Some(reply) = new.reply.filter(|reply| !reply.is_empty()) {
        // With the counters as the first message left them.
        let now = rows::by_id(tx, &room.id).await?;
        let now = now.as_ref().unwrap_or(&room);
        send(ctx, tx, now, &sender, Message { msg: reply, ..Message::default() }).await?;
    }
    Ok(room)
}

/// A channel's discussion is public, unless the channel belongs to a private team.
async fn kind_of(tx: &Tx, parent: &Room) -> Result<RoomType> {
    if parent.t != RoomType::Channel {
        return Ok(RoomType::Private);
    }
    let main = match &parent.team_id {
        Some(team) => rows::main_of_team(tx, team).await?,
        None => None,
    };
    Ok(main.map_or(RoomType::Channel, |main| main.t))
}

/// The message that a discussion begins with, as an attachment.
fn quote(ctx: &Ctx, room: &Room, message: &Message) -> Attachment {
    let text = if room.encrypted.unwrap_or(false) { "Encrypted message" } else { &message.msg };
    let username = message.u.username.as_deref().unwrap_or_default();
    let author = message.alias.as_deref().unwrap_or(username);
    let real = message.u.name.as_deref().filter(|_| ctx.settings.get(keys::UI_Use_Real_Name));
    let value = json!({
        "text": text,
        "author_name": real.unwrap_or(author),
        "author_icon": format!("/avatar/{username}"),
        "message_link": link(room, message),
        "attachments": message.attachments,
        "ts": message.ts,
    });
    serde_json::from_value(value).unwrap_or_default()
}

fn link(room: &Room, message: &Message) -> String {
    let (kind, name) = match room.t {
        RoomType::Channel => ("channel", room.name.as_deref()),
        RoomType::Private => ("group", room.name.as_deref()),
        _ => ("direct", Some(room.id.as_str())),
    };
    format!("/{kind}/{}?msg={}", name.unwrap_or_default(), message.id)
}
