//! Another name or type for a team.

use gantry_kernel::prelude::*;

use super::guard::InTeam;
use super::{creation, refused, rows};
use crate::rooms::rows as rooms;
use crate::rooms::settings::{self, Changes};

/// The caller renames a team or changes its type. With `room`, the main room changes too, and the team
/// follows it.
///
/// # Errors
/// `team-name-already-exists`, `room-name-already-exists`, and those of renaming the room.
pub async fn update(
    ctx: &Ctx,
    tx: &Tx,
    within: &InTeam,
    name: Option<&str>,
    private: Option<bool>,
    room: bool,
) -> Result<()> {
    let name = name.filter(|name| *name != within.team.name);
    let again = name.is_some_and(|name| name.eq_ignore_ascii_case(&within.team.name));
    if let Some(name) = name.filter(|_| !again) {
        creation::ensure_name_is_free(ctx, tx, name, Some(&within.main.id)).await?;
    }
    if room {
        let changes = Changes {
            room_name: name.map(str::to_owned),
            room_type: private.map(|private| if private { "p" } else { "c" }.to_owned()),
            ..Changes::default()
        };
        let mut main = rooms::lock(tx, &within.main.id).await?.ok_or_else(|| refused("invalid-room"))?;
        settings::change(ctx, tx, &mut main, changes).await?;
    }
    let mut team = within.team.clone();
    team.name = name.map_or(team.name, str::to_owned);
    team.private = private.unwrap_or(team.private);
    rows::update(tx, &team, ctx.now).await
}
