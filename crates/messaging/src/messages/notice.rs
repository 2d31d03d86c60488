//! Notices that only one user sees, in a room: they are not stored.

use gantry_kernel::prelude::*;

/// Shows the caller a text in the room, in the thread if one is given.
/// Upstream: `notify.ephemeralMessage` in `apps/meteor/server/modules/listeners/listeners.module.ts`.
pub fn tell(ctx: &Ctx, rid: &str, tmid: Option<&str>, text: &str) {
    let mut note = json!({
        "_id": ctx.ids.id(),
        "rid": rid,
        "msg": text,
        "ts": ctx.now,
        "_updatedAt": ctx.now,
        "u": { "_id": "rocket.cat", "username": "rocket.cat" },
        "groupable": false,
        "private": true,
    });
    if let Some(tmid) = tmid {
        note["tmid"] = tmid.into();
    }
    ctx.hub.publish("notify-user", &format!("{}/message", ctx.uid()), &[&note.to_string()]);
}
