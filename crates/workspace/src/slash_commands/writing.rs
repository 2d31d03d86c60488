//! Commands that write something.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::rooms::direct;

use super::call::{Call, send};

/// The keyboard shortcuts of the web client.
const SHORTCUTS: [(&str, &str); 8] = [
    ("Command (or Ctrl) + p OR Command (or Ctrl) + k", "Open Channel / User search"),
    ("Shift (or Ctrl) + ESC", "Mark all messages (in all channels) as read"),
    ("Up Arrow", "Edit previous message"),
    ("Command (or Alt) + Left Arrow", "Move to the beginning of the message"),
    ("Command (or Alt) + Up Arrow", "Move to the beginning of the message"),
    ("Command (or Alt) + Right Arrow", "Move to the end of the message"),
    ("Command (or Alt) + Down Arrow", "Move to the end of the message"),
    ("Shift + Enter", "New line in message compose input"),
];

/// `/help`
pub(super) fn help(ctx: &Ctx, call: &Call) {
    let lines: String = SHORTCUTS.iter().map(|(keys, effect)| format!("\n`{keys}` - {effect}")).collect();
    call.tell(ctx, &lines);
}

/// `/me`, `/shrug` and the like: a text around the text.
pub(super) async fn art(ctx: &Ctx, call: &Call) -> Result<()> {
    let text = &call.params;
    let said = match call.command.name {
        "me" if text.trim().is_empty() => return Ok(()),
        "me" => format!("_{text}_"),
        "gimme" => format!("༼ つ ◕_◕ ༽つ {text}"),
        "lennyface" => format!("{text} ( ͡° ͜ʖ ͡°)"),
        "shrug" => format!("{text} ¯\\\\_(ツ)_/¯"),
        "tableflip" => format!("{text} (╯°□°）╯︵ ┻━┻"),
        "unflip" => format!("{text} ┬─┬ ノ( ゜-゜ノ)"),
        _ => return Ok(()),
    };
    call.say(ctx, said).await
}

/// `/msg @username text`
pub(super) async fn msg(ctx: &Ctx, call: &Call) -> Result<()> {
    let Some((named, text)) = call.params.trim().split_once(' ') else {
        call.tell(ctx, "Username and message must not be empty.");
        return Ok(());
    };
    let (inner, username) = (ctx.clone(), named.replacen('@', "", 1));
    let room = ctx
        .write(async move |tx| {
            let Some(user) = users::by_username(tx, &username).await? else { return Ok(None) };
            let username = user.username.unwrap_or_default();
            direct::open(&inner, tx, &[username], false).await.map(|(room, _)| Some(room))
        })
        .await?;
    let Some(room) = room else {
        call.tell(ctx, &format!("The username `{named}` doesn't exist."));
        return Ok(());
    };
    let Value::Object(message) = json!({ "rid": room.id, "msg": text }) else { return Ok(()) };
    send(ctx, message).await.map(|_| ())
}

/// `/status text`
pub(super) async fn status(ctx: &Ctx, call: &Call) -> Result<()> {
    let changed = users::status::set_own(ctx, None, Some(call.params.trim())).await;
    match &changed {
        Ok(_) => call.tell(ctx, "Status message changed successfully."),
        Err(error) if error.is("error-not-allowed") => {
            call.tell(ctx, "Your administrator has disabled the changing of status messages");
        }
        Err(_) => {}
    }
    changed.map(|_| ())
}
