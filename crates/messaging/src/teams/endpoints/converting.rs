//! From rooms to teams and back.

use gantry_kernel::prelude::*;

use super::{Done, OneTeam};
use crate::rooms::endpoints::either;
use crate::rooms::guards::{AboutRoom, Live, RoomOf};
use crate::rooms::kind::{Channels, Groups, Kind};
use crate::subscriptions::rows as subs;
use crate::teams::creation;
use crate::teams::guard::{InTeam, TeamOf, about_team};
use crate::teams::rows::Team;
use crate::{access, rooms};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<ChannelToTeam>().endpoint::<GroupToTeam>().endpoint::<ToChannel>();
}

/// Makes a team of a room that the caller sees and may edit.
pub(super) async fn convert(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<Team> {
    let room = rooms::rows::by_id(tx, rid).await?.ok_or_else(Error::unauthorized)?;
    let roles = subs::roles_in(tx, rid, ctx.uid()).await?;
    if !ctx.may_in_room("edit-room", &roles) || !access::can_access(ctx, tx, &room).await? {
        return Err(Error::unauthorized());
    }
    creation::convert(ctx, tx, rid).await
}

async fn convert_named(ctx: &Ctx, named: RoomOf<Channels>) -> Result<OneTeam> {
    let inner = ctx.clone();
    let team = ctx
        .write(async move |tx| {
            let room = named.find(tx).await?;
            if !access::can_access(&inner, tx, &room).await? {
                return Err(Channels::not_found());
            }
            convert(&inner, tx, &room.id).await
        })
        .await?;
    Ok(OneTeam { team })
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Makes a channel the main room of a new team.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelToTeam {
    /// Room id.
    channel_id: Option<String>,
    /// Room name; not looked at when the id is given.
    channel_name: Option<String>,
}

impl Endpoint for ChannelToTeam {
    const SPEC: Spec = Spec::post("channels.convertToTeam", "channels").needs_all(&["create-team"]);
    type Guard = LoggedIn;
    type Reply = OneTeam;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneTeam> {
        either(("channelId", self.channel_id.as_deref()), ("channelName", self.channel_name.as_deref()))?;
        let named: RoomOf<Channels> = RoomOf::new(filled(self.channel_id), filled(self.channel_name));
        if named.room_id.is_none() && named.room_name.is_none() {
            return Err(Error::message("The parameter \"channelId\" or \"channelName\" is required"));
        }
        convert_named(ctx, named).await
    }
}

/// Makes a group the main room of a new private team.
#[derive(Debug, Deserialize, JsonSchema)]
struct GroupToTeam {
    #[serde(flatten)]
    room: RoomOf<Groups>,
}

impl AboutRoom<Groups> for GroupToTeam {
    fn room(&self) -> &RoomOf<Groups> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        let empty = |text: &Option<String>| text.as_deref() == Some("");
        if empty(&self.room.room_id) || empty(&self.room.room_name) {
            return Err(Error::message("The parameter \"roomId\" or \"roomName\" is required"));
        }
        Ok(())
    }
}

impl Endpoint for GroupToTeam {
    const SPEC: Spec = Spec::post("groups.convertToTeam", "groups");
    type Guard = Live<Groups>;
    type Reply = OneTeam;

    async fn call(self, live: Live<Groups>, ctx: &Ctx) -> Result<OneTeam> {
        if !ctx.may_in_room("create-team", live.roles()) {
            return Err(Error::unauthorized());
        }
        let inner = ctx.clone();
        let team = ctx.write(async move |tx| convert(&inner, tx, &live.room.id).await).await?;
        Ok(OneTeam { team })
    }
}

/// Makes a team an ordinary room again. Its other rooms leave it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ToChannel {
    #[serde(flatten)]
    team: TeamOf,
    /// Rooms of the team that are deleted.
    rooms_to_remove: Option<Vec<String>>,
}

about_team!(ToChannel);

impl Endpoint for ToChannel {
    const SPEC: Spec = Spec::post("teams.convertToChannel", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        within.ensure(ctx, &["convert-team"])?;
        let doomed = self.rooms_to_remove.unwrap_or_default();
        let inner = ctx.clone();
        ctx.write(async move |tx| creation::dissolve(&inner, tx, &within.team, &doomed).await).await?;
        Ok(Done {})
    }
}
