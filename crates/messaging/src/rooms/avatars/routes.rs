//! `/avatar/room/…`. Upstream: `apps/meteor/server/routes/avatar/room.ts`.

use gantry_accounts::avatars::serve::{self, Look};
use gantry_kernel::media::{self, Area, Offer};
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use gantry_protocol::objects::{Room, RoomType};
use http::HeaderMap;

use crate::access::can_access;
use crate::rooms::rows;
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    registry.resource::<OfRoom>();
}

/// The picture of a room: the one that was chosen, that of the parent for a discussion without one, or the
/// first letter of the name.
///
/// Who may not see the room is told that there is none. Who is not signed in gets a letter that says
/// nothing, unless the workspace shows pictures to everybody.
#[derive(Deserialize, JsonSchema)]
struct OfRoom {
    /// Room id.
    rid: String,
    #[serde(flatten)]
    look: Look,
}

/// What the caller may see of a room.
struct Shown {
    name: String,
    picture: Option<Offer>,
}

impl Resource for OfRoom {
    const SPEC: ResourceSpec = ResourceSpec::get("/avatar/room/:rid", "rooms").cookies();
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        if !serve::may_see(ctx) {
            return serve::letter(ctx, &self.look, &asked, &self.rid).await;
        }
        let (inner, rid, headers) = (ctx.clone(), self.rid.clone(), asked.headers.clone());
        let shown = ctx.read(async move |tx| shown(&inner, tx, &rid, &headers).await).await?;
        let Some(Shown { name, picture }) = shown else { return Ok(Answer::status(404)) };
        let provider = ctx.settings.get(keys::Accounts_RoomAvatarExternalProviderUrl);
        if let Some(url) = serve::elsewhere(&provider, "{roomId}", &self.rid) {
            return Ok(Answer::redirect(&url));
        }
        match picture {
            Some(picture) => Ok(serve::chosen(ctx, &self.look, &picture)),
            None => serve::letter(ctx, &self.look, &asked, &name).await,
        }
    }
}

async fn shown(ctx: &Ctx, tx: &Tx, rid: &str, asked: &HeaderMap) -> Result<Option<Shown>> {
    let Some(room) = rows::by_id(tx, rid).await? else { return Ok(None) };
    // Its name and picture are in the directory for everybody who looks for it.
    let open = room.t == RoomType::Channel && room.team_id.is_none();
    if !open && !ctx.may("view-room-administration") && !can_access(ctx, tx, &room).await? {
        return Ok(None);
    }
    let mut picture = media::offer(tx, Area::RoomAvatar, &room.id, asked).await?;
    if let (None, Some(parent)) = (&picture, &room.prid) {
        picture = media::offer(tx, Area::RoomAvatar, parent, asked).await?;
    }
    Ok(Some(Shown { name: name(ctx, tx, &room).await?, picture }))
}

/// The name that the caller knows the room by.
async fn name(ctx: &Ctx, tx: &Tx, room: &Room) -> Result<String> {
    if room.t == RoomType::Direct
        && let Some(own) = subs::find(tx, &room.id, ctx.uid()).await?
    {
        return Ok(own.name);
    }
    let name = room.fname.as_ref().or(room.name.as_ref()).filter(|name| !name.is_empty());
    Ok(name.unwrap_or(&room.id).clone())
}
