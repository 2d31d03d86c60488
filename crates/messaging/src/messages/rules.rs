//! Who may post.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::RoomType;

use super::place::Place;
use crate::rooms::guards::archived;
use crate::rooms::kind::Channels;

/// Whether the caller may write into the room.
/// Upstream: `apps/meteor/app/authorization/server/functions/canSendMessage.ts`.
///
/// # Errors
/// `error-not-allowed`, `error-room-archived`, `room_is_blocked`, the sentence about read-only rooms, `You_have_been_muted`.
pub async fn may_post(ctx: &Ctx, tx: &Tx, place: &Place) -> Result<()> {
    let caller = ctx.caller()?;
    let room = &place.room;
    if caller.kind != "app" && !place.readable(ctx, tx).await? {
        return Err(Error::message("error-not-allowed"));
    }
    if room.archived.unwrap_or(false) {
        return Err(archived::<Channels>(room));
    }
    let two_people = room.t == RoomType::Direct && room.uids.as_ref().is_none_or(|uids| uids.len() <= 2);
    if two_people && place.member.as_ref().is_some_and(|member| member.blocked) {
        return Err(Error::message("room_is_blocked"));
    }
    may_write_read_only(ctx, place, "You can't send messages because the room is readonly.")?;
    if is_muted(place, &caller.username) {
        return Err(Error::message("You_have_been_muted"));
    }
    Ok(())
}

/// Refuses with `sentence` if the room is read only for the caller.
///
/// # Errors
/// The sentence.
pub(super) fn may_write_read_only(ctx: &Ctx, place: &Place, sentence: &'static str) -> Result<()> {
    let caller = ctx.caller()?;
    let unmuted = place.room.unmuted.iter().flatten().any(|name| *name == caller.username);
    if place.room.ro == Some(true) && !unmuted && !place.may(ctx, "post-readonly") {
        return Err(Error::message(sentence));
    }
    Ok(())
}

/// Whether that user is muted in the room.
pub(super) fn is_muted(place: &Place, username: &str) -> bool {
    place.room.muted.iter().flatten().any(|name| name == username)
}

/// Refuses messages that show another name or picture than the author's.
///
/// # Errors
/// `Not enough permission`.
pub fn may_impersonate(ctx: &Ctx, place: &Place, alias: Option<&str>, avatar: Option<&str>) -> Result<()> {
    let pretends =
        alias.is_some_and(|alias| !alias.is_empty()) || avatar.is_some_and(|avatar| !avatar.is_empty());
    if pretends && !place.may(ctx, "message-impersonate") {
        return Err(Error::message("Not enough permission"));
    }
    Ok(())
}
