//! Who may change what about a room.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};

use super::{Changes, Sidepanel};
use crate::rooms::refusals::action_not_allowed;
use crate::rooms::rows;
use crate::subscriptions::rows as subs;

/// Refuses changes that the caller, who may edit the room, may still not make.
pub(super) async fn check(
    ctx: &Ctx,
    tx: &Tx,
    room: &Room,
    roles: &[String],
    changes: &Changes,
) -> Result<()> {
    if (changes.default.is_some() || changes.featured.is_some()) && !ctx.may("view-room-administration") {
        return Err(action_not_allowed(
            "Viewing room administration is not allowed",
            "Viewing_room_administration",
        ));
    }
    if changes.room_avatar.is_some() && !ctx.may_in_room("edit-room-avatar", roles) {
        return Err(action_not_allowed("Editing a room avatar is not allowed", "Editing_room"));
    }
    if let Some(sidepanel) = &changes.sidepanel {
        check_sidepanel(ctx, room, roles, sidepanel)?;
    }
    if let Some(kind) = &changes.room_type {
        check_type(ctx, tx, room, kind).await?;
    }
    if changes.encrypted.is_some_and(|wish| Some(wish) != room.encrypted) {
        let possible =
            matches!(room.t, RoomType::Private | RoomType::Direct) && ctx.settings.get(keys::E2E_Enable);
        if !possible {
            return Err(action_not_allowed(
                "Only groups or direct channels can enable encryption",
                "Change_Room_Encrypted",
            ));
        }
        if room.t != RoomType::Direct && !ctx.may_in_room("toggle-room-e2e-encryption", roles) {
            return Err(action_not_allowed(
                "You do not have permission to toggle E2E encryption",
                "Change_Room_Encrypted",
            ));
        }
    }
    let retention = room.retention.clone().unwrap_or_default();
    let same = changes.retention_enabled.is_none_or(|wish| Some(wish) == retention.enabled)
        && changes.retention_max_age.is_none_or(|wish| Some(wish) == retention.max_age)
        && changes.retention_exclude_pinned.is_none_or(|wish| Some(wish) == retention.exclude_pinned)
        && changes.retention_files_only.is_none_or(|wish| Some(wish) == retention.files_only)
        && changes.retention_override_global.is_none_or(|wish| Some(wish) == retention.override_global)
        && changes.retention_ignore_threads.is_none_or(|wish| Some(wish) == retention.ignore_threads);
    if !same && !ctx.may_in_room("edit-room-retention-policy", roles) {
        return Err(action_not_allowed("Editing room retention policy is not allowed", "Editing_room"));
    }
    Ok(())
}

fn check_sidepanel(ctx: &Ctx, room: &Room, roles: &[String], sidepanel: &Sidepanel) -> Result<()> {
    if !room.team_main.unwrap_or(false) {
        return Err(action_not_allowed("Invalid room", ""));
    }
    if !ctx.may_in_room("edit-team", roles) {
        return Err(action_not_allowed("You do not have permission to change sidepanel items", ""));
    }
    if !sidepanel.is_valid() {
        return Err(Error::code("error-invalid-sidepanel"));
    }
    Ok(())
}

async fn check_type(ctx: &Ctx, tx: &Tx, room: &Room, kind: &str) -> Result<()> {
    if kind == room.t.as_str() {
        return Ok(());
    }
    if kind != "c" && kind != "p" {
        return Err(Error::new("error-invalid-room-type", "error-invalid-room-type")
            .with_details(json!({ "function": "RocketChat.saveRoomType", "type": kind })));
    }
    if !matches!(room.t, RoomType::Channel | RoomType::Private) {
        return Err(Error::new("error-direct-room", "Can't change type of direct rooms")
            .with_details(json!({ "function": "RocketChat.saveRoomType" })));
    }
    let Some(team) = &room.team_id else {
        let refusal = match kind {
            "c" => "Changing a private group to a public channel is not allowed",
            _ => "Changing a public channel to a private room is not allowed",
        };
        let may = ctx.may(&format!("create-{kind}"));
        return if may { Ok(()) } else { Err(action_not_allowed(refusal, "Change_Room_Type")) };
    };
    let main = rows::main_of_team(tx, team).await?;
    let in_team = match &main {
        Some(main) => subs::roles_in(tx, &main.id, ctx.uid()).await?,
        None => Vec::new(),
    };
    let (permission, refusal) = match kind {
        "c" => ("create-team-channel", "Changing a team's private group to a public channel is not allowed"),
        _ => ("create-team-group", "Changing a team's public channel to a private room is not allowed"),
    };
    let may = ctx.may_in_room(permission, &in_team);
    if may { Ok(()) } else { Err(action_not_allowed(refusal, "Change_Room_Type")) }
}
