//! Who may subscribe to and write what of the streams of rooms.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use crate::access::can_access;
use crate::{rooms, subscriptions};

/// Whether the caller may read the room of that id; `false` for a room that does not exist.
async fn may_read_room(rid: &str, ctx: &Ctx) -> Result<bool> {
    may_read_room_that(rid, ctx, |_room| true).await
}

/// As [`may_read_room`], if the room is such a one.
async fn may_read_room_that(rid: &str, ctx: &Ctx, such: fn(&Room) -> bool) -> Result<bool> {
    let (inner, rid) = (ctx.clone(), rid.to_owned());
    ctx.read(async move |tx| match rooms::rows::by_id(tx, &rid).await?.filter(such) {
        Some(room) => can_access(&inner, tx, &room).await,
        None => Ok(false),
    })
    .await
}

/// In an archived room nobody speaks, so nobody is about to.
fn takes_messages(room: &Room) -> bool {
    !room.archived.unwrap_or(false)
}

/// Messages of a room, and of all rooms of the caller (`__my_messages__`).
pub(super) struct RoomMessages;

impl Stream for RoomMessages {
    const NAME: &'static str = "room-messages";

    async fn may_read(event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        if event == "__my_messages__" {
            return Ok(ctx.caller.is_some());
        }
        let (inner, rid) = (ctx.clone(), event.to_owned());
        ctx.read(async move |tx| {
            let Some(room) = rooms::rows::by_id(tx, &rid).await? else { return Ok(false) };
            if !can_access(&inner, tx, &room).await? {
                return Ok(false);
            }
            // A channel can be looked into before joining only with the permission to preview it.
            let preview = inner.caller.is_none() || inner.may("preview-c-room");
            Ok(preview || subscriptions::rows::exists(tx, &rid, inner.uid()).await?)
        })
        .await
    }
}

/// A room itself, whenever it changes, for people who are signed in and may read it.
pub(super) struct RoomData;

impl Stream for RoomData {
    const NAME: &'static str = "room-data";

    async fn may_read(event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        Ok(ctx.caller.is_some() && may_read_room(event, ctx).await?)
    }
}

/// What happens in a room besides messages: typing, deletes, reads.
pub(super) struct NotifyRoom;

impl Stream for NotifyRoom {
    const NAME: &'static str = "notify-room";

    async fn may_read(event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        match event.split_once('/') {
            Some((rid, _)) => may_read_room(rid, ctx).await,
            None => Ok(false),
        }
    }

    /// Typing and the like, in one's own name, by people who may read the room. Unlike upstream's, not in a
    /// room that is archived.
    async fn may_write(event: &str, args: &[Value], ctx: &Ctx) -> Result<bool> {
        let Some((rid, "user-activity")) = event.split_once('/') else { return Ok(false) };
        let Some(caller) = &ctx.caller else { return Ok(false) };
        let real = ctx.settings.get(keys::UI_Use_Real_Name);
        let own = caller.name.as_deref().filter(|_| real).unwrap_or(&caller.username);
        let in_own_name = args.first().and_then(Value::as_str) == Some(own);
        Ok(in_own_name && may_read_room_that(rid, ctx, takes_messages).await?)
    }
}

/// A client's message to the other members of a room, passed on to each of them on `notify-user`.
pub(super) struct NotifyRoomUsers;

impl Stream for NotifyRoomUsers {
    const NAME: &'static str = "notify-room-users";

    async fn may_read(_event: &str, _args: &[Value], _ctx: &Ctx) -> Result<bool> {
        Ok(false)
    }

    /// Always answers `false`: nothing appears on this stream itself.
    async fn may_write(event: &str, args: &[Value], ctx: &Ctx) -> Result<bool> {
        let Some((rid, name)) = event.split_once('/') else { return Ok(false) };
        if !["video-conference", "userData", "e2ekeyRequest", "otr", "webrtc"].contains(&name) {
            return Ok(false);
        }
        let (uid, room) = (ctx.uid().to_owned(), rid.to_owned());
        if !ctx.read(async move |tx| subscriptions::rows::exists(tx, &room, &uid).await).await? {
            return Ok(false);
        }
        let args: Vec<String> = args.iter().map(Value::to_string).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let others = ctx.hub.membership().members(rid).into_iter().filter(|member| **member != *ctx.uid());
        ctx.hub.publish_shared("notify-user", others.map(|member| format!("{member}/{name}")), &args);
        Ok(false)
    }
}
