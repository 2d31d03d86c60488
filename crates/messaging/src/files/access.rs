//! Who may fetch a file. Upstream: `requestCanAccessFiles` in
//! `apps/meteor/app/file-upload/server/lib/FileUpload.ts`.

use std::sync::atomic::{AtomicBool, Ordering};

use gantry_kernel::prelude::*;

use super::{Upload, token};
use crate::access::can_access;
use crate::{rooms, subscriptions};

/// What a request for a file brings besides a login.
#[derive(Clone, Debug, Default)]
pub struct Presented {
    /// A signed link.
    pub token: Option<String>,
    /// `rc_room_type`: the type of a room whose own rule is asked.
    pub room_type: Option<String>,
    /// `rc_rid`: that room.
    pub rid: Option<String>,
    /// `rc_token`: a visitor's token there.
    pub room_token: Option<String>,
}

/// Somebody without an account asks for a file of a room; runs as a rule (`kernel.within`). Whoever knows such
/// people (the visitors of customer chats) answers.
#[derive(Debug)]
pub struct OutsiderSought {
    /// The room's type as the request says.
    pub room_type: String,
    /// The room of the file.
    pub rid: String,
    /// The token that they hold.
    pub token: String,
    granted: AtomicBool,
}

impl OutsiderSought {
    /// The token is one of somebody in the room.
    pub fn grant(&self) {
        self.granted.store(true, Ordering::Relaxed);
    }
}

/// Whether the caller may fetch the file.
///
/// # Errors
/// The database's.
pub async fn may_fetch(ctx: &Ctx, tx: &Tx, file: &Upload, hidden: bool, with: &Presented) -> Result<bool> {
    let settings = &ctx.settings;
    if !settings.get(keys::FileUpload_ProtectFiles) {
        return Ok(true);
    }
    if with.token.as_deref().is_some_and(|token| token::opens(ctx, token, &file.id)) {
        return Ok(true);
    }
    if outsider(ctx, tx, file, with).await? {
        return Ok(true);
    }
    let Some(caller) = &ctx.caller else { return Ok(false) };
    // What nobody shows yet, or no longer, is its sender's alone.
    let own = file.user_id.as_deref() == Some(&caller.uid);
    if !own && (hidden || file.expires_at.is_some()) {
        return Ok(false);
    }
    let members = settings.get(keys::FileUpload_Restrict_to_room_members);
    let readers = settings.get(keys::FileUpload_Restrict_to_users_who_can_access_room);
    if members && !subscriptions::rows::exists(tx, &file.rid, &caller.uid).await? {
        return Ok(false);
    }
    if readers {
        let Some(room) = rooms::rows::by_id(tx, &file.rid).await? else { return Ok(false) };
        return can_access(ctx, tx, &room).await;
    }
    Ok(true)
}

async fn outsider(ctx: &Ctx, tx: &Tx, file: &Upload, with: &Presented) -> Result<bool> {
    let (Some(room_type), Some(token)) = (&with.room_type, &with.room_token) else { return Ok(false) };
    // A visitor of one room gets no file of another.
    if with.rid.as_deref() != Some(&file.rid) {
        return Ok(false);
    }
    let sought = OutsiderSought {
        room_type: room_type.clone(),
        rid: file.rid.clone(),
        token: token.clone(),
        granted: AtomicBool::new(false),
    };
    ctx.within.run(ctx, tx, &sought).await?;
    Ok(sought.granted.load(Ordering::Relaxed))
}
