//! Commands about people in rooms.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::access::can_access;
use gantry_messaging::rooms::{founding, joining, mute as muting, rows};
use gantry_messaging::subscriptions::rows as subs;
use gantry_protocol::objects::{RoomType, User};

use super::call::Call;

fn nobody(name: &str) -> String {
    format!("The username `{name}` doesn't exist.")
}

/// The sentence of a refused invitation.
fn sentence(error: &Error) -> &str {
    if error.is("error-cant-invite-for-direct-room") {
        return "Cannot invite users to direct rooms";
    }
    error.reason.as_deref().or(error.code.as_deref()).unwrap_or_default()
}

/// `/invite @one @two`
pub(super) async fn invite(ctx: &Ctx, call: &Call) -> Result<()> {
    let names: Vec<String> = call
        .params
        .split([' ', '\t', '\n', ','])
        .map(|name| name.trim_start_matches('@').to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let (wanted, rid) = (names.clone(), call.rid().to_owned());
    let found: Vec<(User, bool)> = ctx
        .read(async move |tx| {
            let mut found = Vec::new();
            for user in users::by_usernames(tx, &wanted).await? {
                let there = subs::exists(tx, &rid, &user.id).await?;
                found.push((user, there));
            }
            Ok(found)
        })
        .await?;
    if found.is_empty() {
        call.tell(ctx, &format!("No user exists by the name of `@{}`.", names.join(" @")));
    }
    for (user, there) in found {
        if there {
            let name = user.username.unwrap_or_default();
            call.tell(ctx, &format!("`@{name}` is already in here."));
            continue;
        }
        let (inner, rid) = (ctx.clone(), call.rid().to_owned());
        let added = ctx
            .write(async move |tx| joining::invite(&inner, tx, &rid, std::slice::from_ref(&user)).await)
            .await;
        if let Err(error) = added {
            call.tell(ctx, sentence(&error));
        }
    }
    Ok(())
}

/// From where to where everybody is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From this room to the named one, which is made if there is none.
    To,
    /// From the named room to this one.
    From,
}

/// `/invite-all-to #room`, `/invite-all-from #room`
pub(super) async fn invite_all(ctx: &Ctx, call: &Call, way: Way) -> Result<()> {
    let name = call.params.trim().replacen('#', "", 1);
    if name.is_empty() {
        return Ok(());
    }
    let (inner, rid) = (ctx.clone(), call.rid().to_owned());
    let told = ctx
        .write(async move |tx| {
            let ctx = &inner;
            let (here, there) = (rows::by_id(tx, &rid).await?, rows::by_name(tx, &name).await?);
            let (from, to) = if way == Way::To { (here, there) } else { (there, here) };
            let Some(from) = from else { return Ok(vec![format!("The channel `#{name}` does not exist.")]) };
            if !can_access(ctx, tx, &from).await? {
                return Ok(vec!["The room does not exist or you may not have access permission".to_owned()]);
            }
            let uids = subs::member_ids(tx, &from.id).await?;
            let limit = ctx.settings.get(keys::API_User_Limit);
            if i64::try_from(uids.len()).unwrap_or(i64::MAX) > limit {
                return Err(Error::new("error-user-limit-exceeded", "User Limit Exceeded"));
            }
            let people = users::by_ids(tx, &uids).await?;
            let mut told = Vec::new();
            match to {
                None if matches!(from.t, RoomType::Channel | RoomType::Private) => {
                    let members = people.into_iter().filter_map(|user| user.username).collect();
                    let wish = founding::Wish {
                        name: Some(name.clone()),
                        members: Some(members),
                        ..founding::Wish::default()
                    };
                    founding::found(ctx, tx, from.t, wish).await?;
                    told.push(format!("Channel `#{name}` created."));
                }
                None => return Err(Error::new("error-invalid-room", "Invalid room")),
                Some(to) => joining::invite(ctx, tx, &to.id, &people).await?,
            }
            told.push("The users have been added".to_owned());
            Ok(told)
        })
        .await;
    match told {
        Ok(told) => told.iter().for_each(|text| call.tell(ctx, text)),
        Err(error) if error.status >= 500 => return Err(error),
        Err(error) => call.tell(ctx, sentence(&error)),
    }
    Ok(())
}

async fn named(ctx: &Ctx, call: &Call) -> Result<(String, Option<User>)> {
    let name = call.params.trim().replacen('@', "", 1);
    let wanted = name.clone();
    let user = ctx.read(async move |tx| users::by_username(tx, &wanted).await).await?;
    Ok((name, user))
}

/// `/kick @username`
pub(super) async fn kick(ctx: &Ctx, call: &Call) -> Result<()> {
    let (name, user) = named(ctx, call).await?;
    if name.is_empty() {
        return Ok(());
    }
    let Some(user) = user else {
        call.tell(ctx, &nobody(&name));
        return Ok(());
    };
    let (inner, rid) = (ctx.clone(), call.rid().to_owned());
    ctx.write(async move |tx| joining::kick(&inner, tx, &rid, &user).await).await
}

/// `/mute @username`, `/unmute @username`
pub(super) async fn mute(ctx: &Ctx, call: &Call, mute: bool) -> Result<()> {
    let (name, user) = named(ctx, call).await?;
    if name.is_empty() {
        return Ok(());
    }
    let Some(user) = user else {
        call.tell(ctx, &nobody(&name));
        if mute {
            return Err(Error::new("error-user-not-in-room", "User is not in this room")
                .with_details(json!({ "method": "muteUserInRoom" })));
        }
        return Ok(());
    };
    let (inner, rid) = (ctx.clone(), call.rid().to_owned());
    ctx.write(async move |tx| muting::set(&inner, tx, &rid, &user, mute).await).await
}
