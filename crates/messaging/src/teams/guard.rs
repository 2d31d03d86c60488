//! Parameters that name a team, and the guard that loads it.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use super::refused;
use super::rows::{self, Team};
use crate::rooms::rows as rooms;
use crate::subscriptions::rows as subs;

/// Names a team, by id or by name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamOf {
    /// Team id.
    pub team_id: Option<String>,
    /// Team name; give one of the two.
    pub team_name: Option<String>,
}

impl TeamOf {
    /// The team that the parameters name.
    ///
    /// # Errors
    /// `invalid-params` if none is named, or two.
    pub async fn find(&self, tx: &Tx) -> Result<Option<Team>> {
        match (self.team_id.as_deref(), self.team_name.as_deref()) {
            (None, None) => Err(Error::invalid_params(
                "must have required property 'teamId'\n must have required property 'teamName'\n \
                 must match exactly one schema in oneOf",
            )),
            (Some(_), Some(_)) => Err(Error::invalid_params("must match exactly one schema in oneOf")),
            (Some(id), None) => rows::by_id(tx, id).await,
            (None, Some(name)) => rows::by_name(tx, name).await,
        }
    }
}

/// A parameter struct that names a team.
pub trait AboutTeam {
    /// The team's parameters.
    fn team(&self) -> &TeamOf;

    /// The refusal of a team that does not exist.
    fn missing() -> Error {
        refused("team-does-not-exist")
    }
}

/// Implements [`AboutTeam`] for operations whose field `team` names the team.
macro_rules! about_team {
    ($($operation:ident),+ $(,)?) => { $(
        impl $crate::teams::guard::AboutTeam for $operation {
            fn team(&self) -> &$crate::teams::guard::TeamOf {
                &self.team
            }
        }
    )+ };
}
pub(super) use about_team;

/// A team and the caller's side of it. Which permission it takes is the operation's question: see
/// [`InTeam::ensure`].
#[derive(Clone, Debug)]
pub struct InTeam {
    /// The team.
    pub team: Team,
    /// Its main room.
    pub main: Room,
    /// The caller is in it.
    pub member: bool,
    /// The caller's roles in it.
    pub roles: Vec<String>,
}

impl InTeam {
    /// Whether the caller holds a permission in the team or everywhere.
    pub fn may(&self, ctx: &Ctx, permission: &str) -> bool {
        ctx.may_in_room(permission, &self.roles)
    }

    /// Refuses a caller who holds none of the permissions.
    ///
    /// # Errors
    /// 403.
    pub fn ensure(&self, ctx: &Ctx, permissions: &[&str]) -> Result<()> {
        if permissions.iter().any(|permission| self.may(ctx, permission)) {
            Ok(())
        } else {
            Err(Error::unauthorized())
        }
    }

    /// The team and the caller's side of it.
    ///
    /// # Errors
    /// `Room not found` if the main room is gone.
    pub async fn load(ctx: &Ctx, tx: &Tx, team: Team) -> Result<Self> {
        let main = rooms::by_id(tx, &team.room_id).await?.ok_or_else(|| refused("Room not found"))?;
        let member = subs::exists(tx, &main.id, ctx.uid()).await?;
        let roles = subs::roles_in(tx, &main.id, ctx.uid()).await?;
        Ok(Self { team, main, member, roles })
    }
}

impl<P: AboutTeam + Sync> Guard<P> for InTeam {
    const AUTH: Auth = Auth::User;

    async fn admit(params: &P, ctx: &Ctx) -> Result<Self> {
        let (inner, named) = (ctx.clone(), params.team().clone());
        ctx.read(async move |tx| {
            let team = named.find(tx).await?.ok_or_else(P::missing)?;
            Self::load(&inner, tx, team).await
        })
        .await
    }
}
