//! Reading a room, marking it unread, ignoring people in it.

use gantry_kernel::prelude::*;

use super::rows;
use crate::events::{RoomRead, SubscriptionsChanged};
use crate::messages::receipts;
use crate::{messages, threads};

/// The caller has read a room. Unread threads keep its alert unless they are read too.
/// Upstream: `apps/meteor/server/lib/readMessages.ts`.
///
/// # Errors
/// `error-invalid-subscription` if the caller is not in the room.
pub async fn room(ctx: &Ctx, tx: &Tx, rid: &str, with_threads: bool) -> Result<()> {
    let uid = ctx.uid();
    let sub = rows::lock(tx, rid, uid).await?.ok_or_else(|| Error::message("error-invalid-subscription"))?;
    if with_threads && sub.tunread.is_some() {
        threads::rows::mark_all_read(tx, rid, uid).await?;
    }
    let alert = sub.alert.unwrap_or(false);
    rows::mark_read(tx, rid, uid, alert && !with_threads && sub.tunread.is_some(), ctx.now).await?;
    if alert || sub.unread > 0 || sub.ls.is_none() {
        receipts::read(ctx, tx, rid, "", uid).await?;
        receipts::settle(ctx, tx, rid, None).await?;
    }
    tx.emit(RoomRead { rid: rid.to_owned(), uid: uid.to_owned(), at: ctx.now });
    Ok(())
}

/// Where unread begins.
#[derive(Clone, Debug)]
pub enum From {
    /// With the last message of this room.
    Room(String),
    /// With this message.
    Message(String),
}

/// Marks a room unread for the caller.
/// Upstream: `apps/meteor/app/message-mark-as-unread/server/unreadMessages.ts`.
///
/// # Errors
/// `error-no-message-for-unread`, `error-action-not-allowed`, `error-subscription-not-found`.
pub async fn unread(ctx: &Ctx, tx: &Tx, from: &From) -> Result<()> {
    let details = || json!({ "method": "unreadMessages", "action": "Unread_messages" });
    let uid = ctx.uid();
    let (rid, ts) = match from {
        From::Room(rid) => {
            let ts = messages::rows::newest_time(tx, rid).await?.ok_or_else(|| {
                Error::new("error-no-message-for-unread", "There are no messages to mark unread")
                    .with_details(details())
            })?;
            (rid.clone(), ts)
        }
        From::Message(mid) => {
            let message =
                messages::rows::by_id(tx, mid).await?.filter(|message| message.u.id != uid).ok_or_else(
                    || Error::new("error-action-not-allowed", "Not allowed").with_details(details()),
                )?;
            let seen = rows::find(tx, &message.rid, uid).await?.and_then(|sub| sub.ls).ok_or_else(|| {
                Error::new("error-subscription-not-found", "Subscription not found").with_details(details())
            })?;
            if message.ts >= seen {
                return Ok(());
            }
            (message.rid, message.ts)
        }
    };
    // Last seen lies before the first unread message.
    rows::mark_unread(tx, &rid, uid, ts.plus_millis(-1), ctx.now).await?;
    tx.emit(SubscriptionsChanged { rid, uids: vec![uid.to_owned()] });
    Ok(())
}

/// Hides or shows a member's messages for the caller.
/// Upstream: `apps/meteor/server/methods/ignoreUser.ts`.
///
/// # Errors
/// `error-invalid-subscription` if one of the two is not in the room.
pub async fn ignore(ctx: &Ctx, tx: &Tx, rid: &str, ignored: &str, ignore: bool) -> Result<()> {
    let invalid = || {
        Error::new("error-invalid-subscription", "Invalid subscription")
            .with_details(json!({ "method": "ignoreUser" }))
    };
    let uid = ctx.uid();
    let mut sub = rows::lock(tx, rid, uid).await?.ok_or_else(invalid)?;
    if !rows::exists(tx, rid, ignored).await? {
        return Err(invalid());
    }
    let list = sub.ignored.get_or_insert_default();
    let has = list.iter().any(|known| known == ignored);
    if has == ignore {
        return Ok(());
    }
    if ignore {
        list.push(ignored.to_owned());
    } else {
        list.retain(|known| known != ignored);
    }
    rows::update_doc(tx, &sub, ctx.now).await?;
    tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids: vec![uid.to_owned()] });
    Ok(())
}
