//! Who may hear and say what on these streams.

use gantry_kernel::prelude::*;

/// What concerns the workspace and is no secret.
pub(super) struct NotifyAll;

impl Stream for NotifyAll {
    const NAME: &'static str = "notify-all";

    async fn may_read(_event: &str, _args: &[Value], _ctx: &Ctx) -> Result<bool> {
        Ok(true)
    }
}

/// What concerns the workspace, for people who are signed in.
pub(super) struct NotifyLogged;

/// Who may hear how settings change.
const SETTING_READERS: &[&str] =
    &["view-privileged-setting", "edit-privileged-setting", "manage-selected-settings"];

impl Stream for NotifyLogged {
    const NAME: &'static str = "notify-logged";

    async fn may_read(event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        let Some(caller) = &ctx.caller else { return Ok(false) };
        Ok(event != "private-settings-changed" || ctx.permissions.has_any(&caller.roles, SETTING_READERS))
    }
}

/// What concerns one user. The event is `<uid>/<name>`.
pub(super) struct NotifyUser;

/// Events that only the server sends. Upstream lets every signed-in user write them to everybody, which lets
/// one user log another out, or show them messages that nobody wrote.
const FROM_SERVER: &[&str] = &[
    "banners",
    "calendar",
    "call.hangup",
    "departmentAgentData",
    "force_logout",
    "media-signal",
    "message",
    "notification",
    "rooms-changed",
    "subscriptions-changed",
    "uiInteraction",
    "updateInvites",
    "userData",
    "voip.events",
    "webdav",
];

impl Stream for NotifyUser {
    const NAME: &'static str = "notify-user";

    async fn may_read(event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        let Some((uid, name)) = event.split_once('/') else { return Ok(false) };
        Ok(ctx.caller.as_ref().is_some_and(|caller| caller.uid == uid) && !name.is_empty())
    }

    async fn may_write(event: &str, args: &[Value], ctx: &Ctx) -> Result<bool> {
        let (Some(_), Some((_, name))) = (&ctx.caller, event.split_once('/')) else { return Ok(false) };
        Ok(match name {
            // Addressed to the server, which has no voice calls yet.
            "media-calls" => false,
            "video-conference" => names_a_call(args),
            name => !FROM_SERVER.contains(&name),
        })
    }
}

/// Whether the argument is `{action, params: {callId, uid, rid}}`.
fn names_a_call(args: &[Value]) -> bool {
    let Some(call) = args.first() else { return false };
    let texts = ["callId", "uid", "rid"].iter().all(|field| call["params"][field].is_string());
    call["action"].is_string() && texts
}

/// How roles change.
pub(super) struct Roles;

impl Stream for Roles {
    const NAME: &'static str = "roles";

    async fn may_read(_event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        Ok(ctx.caller.is_some())
    }
}

/// Who is here. Read through the publication of the same name, which keeps a list of users per connection.
pub(super) struct UserPresence;

impl Stream for UserPresence {
    const NAME: &'static str = "user-presence";

    async fn may_read(_event: &str, _args: &[Value], ctx: &Ctx) -> Result<bool> {
        Ok(ctx.caller.is_some())
    }
}

/// What upstream's parts say to each other inside one server. Nobody reads or writes it.
pub(super) struct Local;

impl Stream for Local {
    const NAME: &'static str = "local";

    async fn may_read(_event: &str, _args: &[Value], _ctx: &Ctx) -> Result<bool> {
        Ok(false)
    }
}
