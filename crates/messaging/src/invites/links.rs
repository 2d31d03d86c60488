//! Links into rooms: making, checking and using them.

use gantry_accounts::users;
use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use gantry_kernel::settings::Settings;
use gantry_protocol::objects::{Room, RoomType};

use super::rows::{self, Invite};
use crate::rooms::{members, rows as rooms};
use crate::subscriptions::rows as subs;

/// The numbers of days that a link may be valid; 0 for ever.
const DAYS: [i64; 5] = [0, 1, 7, 15, 30];
/// The numbers of people who may use a link; 0 for any number.
const USES: [i64; 7] = [0, 1, 5, 10, 25, 50, 100];
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Somebody made a link.
#[derive(Clone, Debug)]
pub struct InviteMade(pub Invite);

fn refuse(code: &'static str, reason: &'static str, method: &str, field: &str) -> Error {
    Error::new(code, reason).with_details(json!({ "method": method, "field": field }))
}

fn not_authorized() -> Error {
    Error::code("not_authorized")
}

/// Only channels and groups can be entered by a link.
fn has_door(room: &Room) -> bool {
    matches!(room.t, RoomType::Channel | RoomType::Private)
}

/// The caller's link into a room with these terms: the one that is there, or a new one.
///
/// # Errors
/// `error-the-field-is-required`, `not_authorized`, `error-invalid-room`, `error-room-type-not-allowed`,
/// `invalid-number-of-days`, `invalid-number-of-uses`.
pub async fn find_or_create(ctx: &Ctx, tx: &Tx, rid: &str, days: i64, max_uses: i64) -> Result<Invite> {
    const METHOD: &str = "findOrCreateInvite";
    if rid.is_empty() {
        return Err(refuse("error-the-field-is-required", "The field rid is required", METHOD, "rid"));
    }
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room("create-invite-links", &roles) {
        return Err(not_authorized());
    }
    let room = match rooms::by_id(tx, rid).await? {
        Some(room) if subs::exists(tx, rid, ctx.uid()).await? => room,
        _ => return Err(refuse("error-invalid-room", "The rid field is invalid", METHOD, "rid")),
    };
    if !has_door(&room) {
        return Err(Error::new(
            "error-room-type-not-allowed",
            "Cannot create invite links for this room type",
        )
        .with_details(json!({ "method": METHOD })));
    }
    if !DAYS.contains(&days) {
        return Err(Error::new(
            "invalid-number-of-days",
            "Invite should expire in 1, 7, 15 or 30 days, or send 0 to never expire.",
        ));
    }
    if !USES.contains(&max_uses) {
        return Err(Error::new(
            "invalid-number-of-uses",
            "Invite should be valid for 1, 5, 10, 25, 50, 100 or infinite (0) uses.",
        ));
    }
    let wanted = Invite {
        id: ctx.ids.id(),
        rid: rid.to_owned(),
        user_id: ctx.uid().to_owned(),
        days,
        max_uses,
        uses: 0,
        created_at: ctx.now,
        expires: (days > 0).then(|| Timestamp::from_millis(ctx.now.millis() + days * DAY)),
        updated_at: ctx.now,
        url: None,
    };
    let mut invite = match rows::alike(tx, &wanted).await? {
        Some(known) => known,
        None => {
            rows::insert(tx, &wanted).await?;
            tx.emit(InviteMade(wanted.clone()));
            wanted
        }
    };
    invite.url = Some(address(&ctx.settings, &invite.id));
    Ok(invite)
}

/// Where a link leads: straight to the workspace, or to the page that opens the right app.
fn address(settings: &Settings, token: &str) -> String {
    let site = settings.get(keys::Site_Url);
    let site = site.trim_end_matches('/');
    if settings.get(keys::Accounts_Registration_InviteUrlType) == "direct" {
        return format!("{site}/invite/{token}");
    }
    let opener = settings.get(keys::DeepLink_Url);
    let host = site.trim_start_matches("https://").trim_start_matches("http://");
    let path = percent::value(&format!("invite/{token}"));
    let plain = if site.starts_with("http://") { "secure=no&" } else { "" };
    format!("{}/invite?{plain}host={}&path={path}", opener.trim_end_matches('/'), percent::value(host))
}

/// All links, for those who may make them everywhere.
///
/// # Errors
/// `not_authorized`.
pub async fn all(ctx: &Ctx, tx: &Tx) -> Result<Vec<Invite>> {
    if !ctx.may("create-invite-links") {
        return Err(not_authorized());
    }
    rows::all(tx).await
}

/// The caller takes a link away.
///
/// # Errors
/// `not_authorized`, `invalid-invitation-id`.
pub async fn remove(ctx: &Ctx, tx: &Tx, id: &str) -> Result<()> {
    if !ctx.may("create-invite-links") {
        return Err(not_authorized());
    }
    if rows::by_id(tx, id).await?.is_none() {
        return Err(Error::new("invalid-invitation-id", "Invalid Invitation _id")
            .with_details(json!({ "method": "removeInvite" })));
    }
    rows::delete(tx, id).await
}

/// The link of that token with its room, if it can be used.
///
/// # Errors
/// `error-invalid-token`, `error-invalid-room`, `error-invite-expired`.
pub async fn valid(ctx: &Ctx, tx: &Tx, token: &str) -> Result<(Invite, Room)> {
    const METHOD: &str = "validateInviteToken";
    const INVALID: &str = "The invite token is invalid.";
    let invite = rows::by_id(tx, token).await?;
    let invite = invite.ok_or_else(|| refuse("error-invalid-token", INVALID, METHOD, "token"))?;
    let room = rooms::by_id(tx, &invite.rid).await?;
    let room = room.ok_or_else(|| refuse("error-invalid-room", INVALID, METHOD, "rid"))?;
    if invite.is_over(ctx.now) {
        let field = if invite.expires.is_some_and(|end| end <= ctx.now) { "expires" } else { "maxUses" };
        return Err(refuse("error-invite-expired", "The invite token has expired.", METHOD, field));
    }
    Ok((invite, room))
}

/// The caller enters a room by a link. Somebody without a username enters when they have chosen one.
///
/// # Errors
/// `error-invalid-token`, `error-invite-expired`, `error-room-type-not-allowed`.
pub async fn enter(ctx: &Ctx, tx: &Tx, token: &str) -> Result<Room> {
    const METHOD: &str = "useInviteToken";
    let invalid = || refuse("error-invalid-token", "The invite token is invalid.", METHOD, "token");
    if token.is_empty() {
        return Err(invalid());
    }
    let (invite, room) = valid(ctx, tx, token).await?;
    if !has_door(&room) {
        return Err(refuse(
            "error-room-type-not-allowed",
            "Can't join room of this type via invite",
            METHOD,
            "token",
        ));
    }
    let user = users::lock(tx, ctx.uid()).await?;
    let mut user =
        user.ok_or_else(|| refuse("error-invalid-user", "The user is invalid", METHOD, "userId"))?;
    // Somebody without a name has not entered yet, and may come with the link again.
    let again = user.username.is_none() && user.invite_token.as_deref() == Some(token);
    user.invite_token = Some(token.to_owned());
    users::save(tx, &user).await?;
    let counts = !again && !subs::exists(tx, &room.id, &user.id).await?;
    if counts && !rows::count_use(tx, &invite.id, ctx.now).await? {
        return Err(refuse("error-invite-expired", "The invite token has expired.", METHOD, "maxUses"));
    }
    if user.username.is_some() {
        let room = rooms::lock(tx, &room.id).await?.ok_or_else(invalid)?;
        members::add(ctx, tx, &room, &user, None, false).await?;
    }
    Ok(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_safe_inside_addresses() {
        assert_eq!(percent::value("localhost:3000/a b"), "localhost%3A3000%2Fa%20b");
    }
}
