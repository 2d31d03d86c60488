//! Making, changing and removing teams.

use gantry_kernel::prelude::*;

use super::{Done, OneTeam};
use crate::rooms::founding::Extra;
use crate::rooms::settings::Sidepanel;
use crate::teams::creation::{self, NewTeam};
use crate::teams::guard::{InTeam, TeamOf, about_team};
use crate::teams::{changing, refused};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Create>().endpoint::<Update>().endpoint::<Delete>();
}

/// Whether strangers see a team: 0 for public, 1 for private.
fn is_private(kind: i64) -> Result<bool> {
    match kind {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::invalid_params("must be equal to one of the allowed values")),
    }
}

/// Makes a team with its main room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Create {
    /// Name of the team and of its main room.
    name: String,
    /// 0 for public, 1 for private.
    #[serde(rename = "type")]
    kind: i64,
    /// Ids or usernames of the members.
    members: Option<Vec<String>>,
    /// The main room: an existing one by its id, or properties of the new one.
    room: Option<MainRoom>,
    /// Id of the user who owns the team in the caller's place.
    owner: Option<String>,
    /// What is shown beside the main room.
    sidepanel: Option<Sidepanel>,
}

/// What a team's main room is to be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MainRoom {
    /// An existing channel or group becomes the main room, with its members and its name.
    id: Option<String>,
    /// Only owners and moderators may write.
    read_only: Option<bool>,
    /// Further properties.
    extra_data: Option<Extra>,
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("teams.create", "teams").needs_all(&["create-team"]);
    type Guard = LoggedIn;
    type Reply = OneTeam;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneTeam> {
        let private = is_private(self.kind)?;
        if self.sidepanel.as_ref().is_some_and(|panel| !panel.is_valid()) {
            return Err(refused("error-invalid-sidepanel"));
        }
        let room = self.room.unwrap_or_default();
        let inner = ctx.clone();
        let team = if let Some(rid) = room.id.filter(|rid| !rid.is_empty()) {
            ctx.write(async move |tx| super::converting::convert(&inner, tx, &rid).await).await?
        } else {
            let new = NewTeam {
                name: self.name,
                private,
                members: self.members.unwrap_or_default(),
                owner: self.owner.filter(|owner| !owner.is_empty()),
                read_only: room.read_only,
                extra: room.extra_data.unwrap_or_default(),
                sidepanel: self.sidepanel,
            };
            ctx.write(async move |tx| creation::create(&inner, tx, new.clone()).await).await?
        };
        Ok(OneTeam { team })
    }
}

/// Changes the name or the type of a team, and of its main room with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Update {
    #[serde(flatten)]
    team: TeamOf,
    /// What changes.
    data: Data,
    /// Set to false to leave the main room as it is.
    update_room: Option<bool>,
    /// Not looked at; the new name is in `data`.
    #[serde(rename = "name")]
    _name: Option<String>,
}

/// A team's name and type.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Data {
    /// New name.
    name: Option<String>,
    /// 0 for public, 1 for private.
    #[serde(rename = "type")]
    kind: Option<i64>,
}

about_team!(Update, Delete);

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("teams.update", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        within.ensure(ctx, &["edit-team"])?;
        if self.data.name.is_none() && self.data.kind.is_none() {
            return Err(Error::invalid_params(
                "must have required property 'name'\n must have required property 'type'\n \
                 must match a schema in anyOf",
            ));
        }
        let private = self.data.kind.map(is_private).transpose()?;
        let name = self.data.name.filter(|name| !name.trim().is_empty());
        let room = self.update_room.unwrap_or(true);
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            changing::update(&inner, tx, &within, name.as_deref(), private, room).await
        })
        .await?;
        Ok(Done {})
    }
}

/// Deletes a team with its main room. Its other rooms are rooms of the workspace again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Delete {
    #[serde(flatten)]
    team: TeamOf,
    /// Rooms of the team that are deleted too.
    #[schemars(length(min = 1))]
    rooms_to_remove: Option<Vec<String>>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("teams.delete", "teams");
    type Guard = InTeam;
    type Reply = Done;

    async fn call(self, within: InTeam, ctx: &Ctx) -> Result<Done> {
        within.ensure(ctx, &["delete-team"])?;
        let doomed = self.rooms_to_remove.unwrap_or_default();
        let inner = ctx.clone();
        ctx.write(async move |tx| creation::delete(&inner, tx, &within.team, &doomed).await).await?;
        Ok(Done {})
    }
}
