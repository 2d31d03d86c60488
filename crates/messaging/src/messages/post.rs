//! Posting as a client asks for it: rules, then sending.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;

use super::place::{self, Place};
use super::prepare::Draft;
use super::send::{self, Sender};
use super::{rows, rules};

/// How far a client's clock may be off before its time is replaced, in milliseconds.
const CLOCK_TOLERANCE: i64 = 10_000;
/// How far it may be off at all, in milliseconds.
const CLOCK_LIMIT: i64 = 60_000;

/// Whether a client may give a message its type: people send encrypted and off-the-record messages, everything
/// else is the server's to say.
pub fn may_have_type(message: &Message) -> bool {
    message.t.as_deref().is_none_or(|t| matches!(t, "" | "e2e" | "otr" | "otr-ack"))
}

/// Takes a client's message as upstream's `sendMessage` does: fields that only the server may set are
/// dropped, the time is checked.
/// Upstream: `apps/meteor/app/lib/server/methods/sendMessage.ts`.
///
/// # Errors
/// `invalid-params`, `error-not-allowed` while threads are off, `error-message-ts-out-of-sync`, and what
/// [`Draft::new`] refuses.
pub fn accept(ctx: &Ctx, mut message: Message, previews: Option<&[String]>) -> Result<Draft> {
    if message.tshow == Some(true) && message.tmid.is_none() {
        return Err(Error::new("invalid-params", "tshow provided but missing tmid")
            .with_details(json!({ "method": "sendMessage" })));
    }
    if message.tmid.is_some() && !ctx.settings.get(keys::Threads_enabled) {
        return Err(
            Error::new("error-not-allowed", "not-allowed").with_details(json!({ "method": "sendMessage" }))
        );
    }
    message.ts = time(ctx, message.ts)?;
    drop_server_fields(&mut message);
    Draft::new(ctx, message, previews)
}

fn time(ctx: &Ctx, ts: Timestamp) -> Result<Timestamp> {
    if ts == Timestamp::default() {
        return Ok(ctx.now);
    }
    let off = (ts.millis() - ctx.now.millis()).abs();
    if off > CLOCK_LIMIT {
        let details = json!({ "method": "sendMessage", "message_ts": ts, "server_ts": ctx.now.millis() });
        return Err(Error::new("error-message-ts-out-of-sync", "Message timestamp is out of sync")
            .with_details(details));
    }
    Ok(if off > CLOCK_TOLERANCE { ctx.now } else { ts })
}

/// What a client says here would be believed by other clients.
fn drop_server_fields(message: &mut Message) {
    let given = std::mem::take(message);
    *message = Message {
        id: given.id,
        rid: given.rid,
        msg: given.msg,
        ts: given.ts,
        t: given.t.filter(|t| !t.is_empty()),
        tmid: given.tmid,
        tshow: given.tshow.filter(|show| *show),
        attachments: given.attachments,
        file: given.file,
        files: given.files,
        groupable: given.groupable,
        alias: given.alias,
        avatar: given.avatar,
        emoji: given.emoji,
        bot: given.bot,
        parse_urls: given.parse_urls,
        custom_fields: given.custom_fields,
        location: given.location,
        blocks: given.blocks,
        e2e: given.e2e,
        e2e_mentions: given.e2e_mentions,
        content: given.content,
        sent_by_email: given.sent_by_email,
        federation: given.federation,
        rest: given.rest,
        ..Message::default()
    };
}

/// Posts a draft into the room that it names, or into its thread's room. Upstream: `executeSendMessage`.
///
/// # Errors
/// `The 'rid' property …`, `error-invalid-room`, what [`rules`] refuse, `error-not-allowed` for clear text in
/// an encrypted room.
pub async fn post(ctx: &Ctx, tx: &Tx, mut draft: Draft) -> Result<Message> {
    if let Some(tmid) = &draft.message.tmid
        && let Some(parent) = rows::by_id(tx, tmid).await?
    {
        // Threads are one level deep: a reply to a reply belongs to the same thread.
        draft.message.rid = parent.rid;
        draft.message.tmid = Some(parent.tmid.unwrap_or(parent.id));
    }
    if draft.message.rid.is_empty() {
        return Err(Error::message("The 'rid' property on the message object is missing."));
    }
    let place = place::by_id(ctx, tx, &draft.message.rid)
        .await?
        .ok_or_else(|| Error::message("error-invalid-room"))?;
    rules::may_post(ctx, tx, &place).await?;
    refuse_clear_text(ctx, &place, &draft.message)?;
    send(ctx, tx, &place, draft).await
}

/// Posts a draft into a room that is loaded, as webhooks and `chat.postMessage` do: clear text goes into
/// encrypted rooms too.
///
/// # Errors
/// What [`rules`] refuse.
pub async fn post_at(ctx: &Ctx, tx: &Tx, place: &Place, draft: Draft) -> Result<Message> {
    rules::may_post(ctx, tx, place).await?;
    send(ctx, tx, place, draft).await
}

async fn send(ctx: &Ctx, tx: &Tx, place: &Place, draft: Draft) -> Result<Message> {
    rules::may_impersonate(ctx, place, draft.message.alias.as_deref(), draft.message.avatar.as_deref())?;
    let sender = Sender::from(ctx.caller()?.as_ref());
    send::send_draft(ctx, tx, (&place.room, place.roles()), &sender, draft).await
}

fn refuse_clear_text(ctx: &Ctx, place: &Place, message: &Message) -> Result<()> {
    let clear = message.t.as_deref() != Some("e2e");
    let settings = &ctx.settings;
    if clear
        && place.room.encrypted == Some(true)
        && settings.get(keys::E2E_Enable)
        && !settings.get(keys::E2E_Allow_Unencrypted_Messages)
    {
        return Err(Error::new(
            "error-not-allowed",
            "Not allowed to send un-encrypted messages in an encrypted room",
        )
        .with_details(json!({ "method": "sendMessage" })));
    }
    Ok(())
}
