//! One use of a command.

use gantry_kernel::prelude::*;
use gantry_messaging::access::can_access;
use gantry_messaging::messages::{notice, post, prepare};
use gantry_messaging::rooms::rows;
use gantry_protocol::objects::Message;
use serde_json::Map;

use super::catalogue::Command;
use super::{people, rooms, writing};

/// Which command, with what, where.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) command: Command,
    /// What stands after the command.
    pub(super) params: String,
    /// The message in which it was typed: its room, its thread, its id.
    pub(super) message: Map<String, Value>,
}

impl Call {
    /// The room.
    pub(super) fn rid(&self) -> &str {
        self.message.get("rid").and_then(Value::as_str).unwrap_or_default()
    }

    /// The thread.
    pub(super) fn tmid(&self) -> Option<&str> {
        self.message.get("tmid").and_then(Value::as_str).filter(|tmid| !tmid.is_empty())
    }

    /// Tells the caller something that nobody else sees.
    pub(super) fn tell(&self, ctx: &Ctx, text: &str) {
        notice::tell(ctx, self.rid(), self.tmid(), text);
    }

    /// Sends a text in the place of what was typed.
    pub(super) async fn say(&self, ctx: &Ctx, text: String) -> Result<()> {
        let mut message = self.message.clone();
        message.retain(|field, _| ["_id", "rid", "tmid"].contains(&field.as_str()));
        message.insert("msg".into(), text.into());
        send(ctx, message).await.map(|_| ())
    }
}

/// Sends a message as the client would.
pub(super) async fn send(ctx: &Ctx, message: Map<String, Value>) -> Result<Message> {
    let message = prepare::wire::message(message)?;
    let draft = post::accept(ctx, message, None)?;
    let inner = ctx.clone();
    ctx.write(async move |tx| post::post(&inner, tx, draft.clone()).await).await
}

/// Whether the caller may see the room.
///
/// # Errors
/// The database's.
pub(super) async fn may_use(ctx: &Ctx, rid: &str) -> Result<bool> {
    let (inner, rid) = (ctx.clone(), rid.to_owned());
    ctx.read(async move |tx| match rows::by_id(tx, &rid).await? {
        Some(room) => can_access(&inner, tx, &room).await,
        None => Ok(false),
    })
    .await
}

/// Runs a command. What people should know is told in the room, to them alone.
///
/// # Errors
/// `invalid-command-usage` without a room, `error-not-allowed` in a room that the caller may not see, and what
/// the command's work refuses.
pub(super) async fn run(ctx: &Ctx, call: &Call) -> Result<()> {
    if call.rid().is_empty() {
        return Err(Error::new(
            "invalid-command-usage",
            "Executing a command requires at least a message with a room id.",
        ));
    }
    if !may_use(ctx, call.rid()).await? {
        return Err(
            Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": "slashCommand" }))
        );
    }
    match call.command.name {
        "archive" => rooms::archive(ctx, call, true).await,
        "unarchive" => rooms::archive(ctx, call, false).await,
        "create" => rooms::create(ctx, call).await,
        "hide" => rooms::hide(ctx, call).await,
        "join" => rooms::join(ctx, call).await,
        "leave" | "part" => rooms::leave(ctx, call).await,
        "topic" => rooms::topic(ctx, call).await,
        "invite" => people::invite(ctx, call).await,
        "invite-all-to" => people::invite_all(ctx, call, people::Way::To).await,
        "invite-all-from" => people::invite_all(ctx, call, people::Way::From).await,
        "kick" => people::kick(ctx, call).await,
        "mute" => people::mute(ctx, call, true).await,
        "unmute" => people::mute(ctx, call, false).await,
        "msg" => writing::msg(ctx, call).await,
        "status" => writing::status(ctx, call).await,
        "help" => {
            writing::help(ctx, call);
            Ok(())
        }
        _ => writing::art(ctx, call).await,
    }
}
