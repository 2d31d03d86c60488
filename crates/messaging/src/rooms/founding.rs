//! Founding channels and groups: who may, and with whom.
//! Upstream: `apps/meteor/app/lib/server/methods/createChannel.ts`, `createPrivateGroup.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, User};
use serde_json::Map;

use super::announce::Announcer;
use super::create::{self, NewRoom};
use super::joining::the_caller;
use super::refusals::not_allowed;
use super::rows;
use crate::access::can_access;
use crate::subscriptions::rows as subs;
use crate::teams;

/// What a client asks a new room to be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// Name as typed.
    pub name: Option<String>,
    /// Usernames of the members; unknown ones are left out.
    pub members: Option<Vec<String>>,
    /// Names of teams whose members become members.
    pub teams: Option<Vec<String>>,
    /// Only owners and moderators may write.
    pub read_only: Option<bool>,
    /// Custom fields.
    pub custom_fields: Option<Map<String, Value>>,
    /// Further properties of the room.
    pub extra_data: Option<Extra>,
    /// The founder does not become a member.
    pub exclude_self: Option<bool>,
}

/// The properties that a founder may choose. Others are not taken over.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extra {
    /// Team that the room belongs to.
    pub team_id: Option<String>,
    /// Members see only their own messages and those of the owners.
    pub broadcast: Option<bool>,
    /// End-to-end encryption.
    pub encrypted: Option<bool>,
    /// Topic.
    pub topic: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Announcement.
    pub announcement: Option<String>,
    /// Reactions are allowed in a read-only room.
    pub react_when_read_only: Option<bool>,
}

/// The caller founds a channel or a group.
///
/// # Errors
/// `error-not-allowed`, `error-team-not-found`, and those of [`create::room`].
pub async fn found(ctx: &Ctx, tx: &Tx, t: RoomType, wish: Wish) -> Result<Room> {
    let (method, in_team) = match t {
        RoomType::Channel => ("createChannel", "create-team-channel"),
        _ => ("createPrivateGroup", "create-team-group"),
    };
    let extra = wish.extra_data.unwrap_or_default();
    let team = match &extra.team_id {
        None if ctx.may(&format!("create-{}", t.as_str())) => None,
        None => return Err(not_allowed(method)),
        Some(id) => {
            let main = rows::main_of_team(tx, id).await?.ok_or_else(|| {
                Error::new("error-team-not-found", "The \"teamId\" param provided does not match any team")
                    .with_details(json!({ "method": method }))
            })?;
            let roles = subs::roles_in(tx, &main.id, ctx.uid()).await?;
            if !ctx.may_in_room(in_team, &roles) {
                return Err(not_allowed(method));
            }
            Some(main)
        }
    };
    let owner = the_caller(ctx, tx, method).await?;
    let mut members = users::by_usernames(tx, &wish.members.unwrap_or_default()).await?;
    members.extend(of_teams(ctx, tx, &wish.teams.unwrap_or_default()).await?);
    let default_encryption = t == RoomType::Private
        && ctx.settings.get(keys::E2E_Enable)
        && ctx.settings.get(keys::E2E_Enabled_Default_PrivateRooms);
    let new = NewRoom {
        name: wish.name.unwrap_or_default(),
        t,
        members,
        without_owner: wish.exclude_self.unwrap_or(false),
        extra: Room {
            ro: wish.read_only,
            custom_fields: Some(wish.custom_fields.unwrap_or_default()),
            team_id: extra.team_id,
            broadcast: extra.broadcast,
            encrypted: extra.encrypted.or(default_encryption.then_some(true)),
            topic: extra.topic,
            description: extra.description,
            announcement: extra.announcement,
            react_when_read_only: extra.react_when_read_only,
            ..Room::default()
        },
    };
    let room = create::room(ctx, tx, &owner, new).await?;
    if let (Some(mut main), RoomType::Channel) = (team, t) {
        let name = room.name.as_deref().unwrap_or_default();
        Announcer::caller(ctx, tx)?.say(&mut main, "user-added-room-to-team", name).await?;
    }
    Ok(room)
}

/// The members of the teams of those names that the caller may see.
async fn of_teams(ctx: &Ctx, tx: &Tx, names: &[String]) -> Result<Vec<User>> {
    let mut people = Vec::new();
    for name in names {
        let Some(team) = teams::rows::by_name(tx, name).await? else { continue };
        let Some(main) = rows::by_id(tx, &team.room_id).await? else { continue };
        if !ctx.may("view-all-teams") && !can_access(ctx, tx, &main).await? {
            continue;
        }
        let uids = subs::member_ids(tx, &main.id).await?;
        people.extend(users::by_ids(tx, &uids).await?);
    }
    Ok(people)
}
