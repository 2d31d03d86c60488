//! Commands about rooms.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::access::can_access;
use gantry_messaging::rooms::settings::{self, Changes};
use gantry_messaging::rooms::{archive as archiving, founding, joining, rows, sidebar};
use gantry_messaging::subscriptions::rows as subs;
use gantry_protocol::objects::{Room, RoomType};

use super::call::Call;

/// What a command came to: a text to tell, or nothing.
type Told = Option<String>;

fn unknown(name: &str) -> String {
    format!("The channel `#{name}` does not exist.")
}

/// The channel or group of that name, as far as the caller may know of it.
async fn named(ctx: &Ctx, tx: &Tx, name: &str, permission: &str) -> Result<Option<Room>> {
    match rows::by_name(tx, name).await? {
        Some(room) if ctx.may(permission) || can_access(ctx, tx, &room).await? => Ok(Some(room)),
        _ => Ok(None),
    }
}

/// `/archive #channel` and `/unarchive #channel`; without a name, the room it is typed in.
pub(super) async fn archive(ctx: &Ctx, call: &Call, archived: bool) -> Result<()> {
    let (inner, rid) = (ctx.clone(), call.rid().to_owned());
    let typed = call.params.trim().replacen('#', "", 1);
    let told = ctx
        .write(async move |tx| {
            let ctx = &inner;
            let permission = if archived { "archive-room" } else { "unarchive-room" };
            let room = if typed.is_empty() {
                rows::by_id(tx, &rid).await?
            } else {
                named(ctx, tx, &typed, permission).await?
            };
            let Some(room) = room else { return Ok(unknown(&typed)) };
            let name = room.name.clone().unwrap_or_default();
            if !matches!(room.t, RoomType::Channel | RoomType::Private) {
                let what = if archived { "archivable" } else { "unarchivable" };
                let how = if archived { "archived" } else { "unarchived" };
                return Err(Error::new(
                    format!("error-room-type-not-{what}"),
                    format!("Room type: {} can not be {how}", room.t.as_str()),
                ));
            }
            let roles = subs::roles_in(tx, &room.id, ctx.uid()).await?;
            if !ctx.may_in_room(permission, &roles) {
                return Err(Error::new("error-not-authorized", "Not authorized"));
            }
            if room.archived.unwrap_or(false) == archived {
                return Ok(if archived {
                    format!("An archived Channel with name `#{name}` exists")
                } else {
                    format!("Channel with name `#{name}` is already in Unarchived state")
                });
            }
            archiving::set(ctx, tx, &room.id, archived).await?;
            let how = if archived { "archived" } else { "Unarchived" };
            Ok(format!("Channel with name `#{name}` has been {how} successfully"))
        })
        .await?;
    call.tell(ctx, &told);
    Ok(())
}

/// `/create #channel [--private]`
pub(super) async fn create(ctx: &Ctx, call: &Call) -> Result<()> {
    let pattern = ctx.settings.get(keys::UTF8_Channel_Names_Validation);
    let Ok(pattern) = regex::Regex::new(&pattern) else { return Ok(()) };
    let Some(name) = pattern.find(call.params.trim()).map(|found| found.as_str().to_owned()) else {
        return Ok(());
    };
    if name.is_empty() {
        return Ok(());
    }
    let private = call.params.split_whitespace().any(|word| word == "--private");
    let kind = if private { RoomType::Private } else { RoomType::Channel };
    let inner = ctx.clone();
    let told: Told = ctx
        .write(async move |tx| {
            if rows::by_name(tx, &name).await?.is_some() {
                return Ok(Some(format!("The channel `#{name}` already exists.")));
            }
            let wish = founding::Wish { name: Some(name.clone()), ..founding::Wish::default() };
            founding::found(&inner, tx, kind, wish).await?;
            Ok(None)
        })
        .await?;
    if let Some(told) = told {
        call.tell(ctx, &told);
    }
    Ok(())
}

/// `/hide #room` or `/hide @user`; without a name, the room it is typed in.
pub(super) async fn hide(ctx: &Ctx, call: &Call) -> Result<()> {
    let (inner, here) = (ctx.clone(), call.rid().to_owned());
    let typed = call.params.trim().to_owned();
    let told: Told = ctx
        .write(async move |tx| {
            let ctx = &inner;
            let mut rid = here.clone();
            if !typed.is_empty() {
                let name = typed.trim_start_matches(['#', '@']).split(' ').next().unwrap_or_default();
                let room = if typed.starts_with('#') {
                    named(ctx, tx, name, "view-room-administration").await?
                } else {
                    match users::by_username(tx, name).await? {
                        Some(user) => rows::direct_of(tx, &[ctx.uid().to_owned(), user.id]).await?,
                        None => None,
                    }
                };
                let Some(room) = room else { return Ok(Some(unknown(name))) };
                rid = room.id;
            }
            if !subs::exists(tx, &rid, ctx.uid()).await? {
                return Ok(Some(format!("You are not in the room `{typed}`")));
            }
            sidebar::hide(ctx, tx, &rid).await?;
            Ok(None)
        })
        .await?;
    if let Some(told) = told {
        call.tell(ctx, &told);
    }
    Ok(())
}

/// `/join #channel`
pub(super) async fn join(ctx: &Ctx, call: &Call) -> Result<()> {
    let name = call.params.trim().replacen('#', "", 1);
    if name.is_empty() {
        return Ok(());
    }
    let inner = ctx.clone();
    let told: Told = ctx
        .write(async move |tx| {
            let ctx = &inner;
            let room = rows::by_name(tx, &name).await?.filter(|room| room.t == RoomType::Channel);
            let Some(room) = room else { return Ok(Some(unknown(&name))) };
            if subs::exists(tx, &room.id, ctx.uid()).await? {
                return Err(Error::new("error-user-already-in-room", "You are already in the channel")
                    .with_details(json!({ "method": "slashCommands" })));
            }
            joining::join(ctx, tx, &room.id, None).await?;
            Ok(None)
        })
        .await?;
    if let Some(told) = told {
        call.tell(ctx, &told);
    }
    Ok(())
}

/// `/leave`, `/part`
pub(super) async fn leave(ctx: &Ctx, call: &Call) -> Result<()> {
    let (inner, rid) = (ctx.clone(), call.rid().to_owned());
    let left = ctx.write(async move |tx| joining::leave(&inner, tx, &rid).await).await;
    left.inspect_err(|error| call.tell(ctx, error.reason.as_deref().unwrap_or_default()))
}

/// `/topic text`: nothing happens for somebody who may not.
pub(super) async fn topic(ctx: &Ctx, call: &Call) -> Result<()> {
    let (inner, rid, topic) = (ctx.clone(), call.rid().to_owned(), call.params.trim().to_owned());
    ctx.write(async move |tx| {
        let roles = subs::roles_in(tx, &rid, inner.uid()).await?;
        if !inner.may_in_room("edit-room", &roles) {
            return Ok(());
        }
        let changes = Changes { room_topic: Some(topic.clone()), ..Changes::default() };
        settings::save(&inner, tx, &rid, changes).await
    })
    .await
}
