//! Stars.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::IdRef;

use super::{changed, place, rows};

/// Sets or takes away the caller's star on a message. Answers `false` if the caller is not in the room or the
/// message is not in it. Upstream: `apps/meteor/app/message-star/server/starMessage.ts`.
///
/// # Errors
/// `error-action-not-allowed` while stars are off, `not-authorized`.
pub async fn set(ctx: &Ctx, tx: &Tx, rid: &str, mid: &str, starred: bool) -> Result<bool> {
    if !ctx.settings.get(keys::Message_AllowStarring) {
        return Err(Error::new("error-action-not-allowed", "Message starring not allowed")
            .with_details(json!({ "method": "starMessage", "action": "Message_starring" })));
    }
    let Some(place) = place::by_id(ctx, tx, rid).await?.filter(|place| place.member.is_some()) else {
        return Ok(false);
    };
    let Some(mut message) = rows::lock(tx, mid).await?.filter(|message| message.rid == rid) else {
        return Ok(false);
    };
    if !place.readable(ctx, tx).await? {
        return Err(
            Error::new("not-authorized", "Not Authorized").with_details(json!({ "method": "starMessage" }))
        );
    }
    let uid = ctx.uid();
    let stars = message.starred.get_or_insert_default();
    let has = stars.iter().any(|star| star.id == uid);
    if has == starred {
        return Ok(true);
    }
    if starred {
        stars.push(IdRef { id: uid.to_owned(), ..IdRef::default() });
        rows::add_star(tx, uid, mid, rid).await?;
    } else {
        stars.retain(|star| star.id != uid);
        rows::remove_star(tx, uid, mid).await?;
    }
    changed::store(ctx, tx, message).await?;
    Ok(true)
}
