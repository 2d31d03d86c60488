//! Roles in rooms that administrators give and take, whatever their own role in the room is.
//! Upstream: `Roles.addUserRoles` and `Roles.removeUserRoles` with a scope.

use gantry_accounts::roles::events::{RoomRoleChanging, RoomRoleHoldersSought};
use gantry_kernel::prelude::*;
use gantry_store::vals;

use crate::events::RoomRoleChanged;
use crate::subscriptions::rows as subs;

/// Stores the change; leaves it undone if there is no such room.
pub(super) async fn change(ctx: &Ctx, tx: &Tx, change: &RoomRoleChanging) -> Result<()> {
    let RoomRoleChanging { rid, uid, role, given, .. } = change;
    if super::rows::by_id(tx, rid).await?.is_none() {
        return Ok(());
    }
    if !subs::exists(tx, rid, uid).await? {
        return Err(Error::new("error-invalid-user", "User is not part of given room")
            .with_details(json!({ "method": "authorization:addUserToRole" })));
    }
    let mut held = subs::roles_in(tx, rid, uid).await?;
    held.retain(|have| have != role);
    if *given {
        held.push(role.clone());
    }
    subs::set_roles(tx, rid, uid, &held, ctx.now).await?;
    tx.emit(RoomRoleChanged { rid: rid.clone(), uid: uid.clone(), role: role.clone(), given: *given });
    change.done();
    Ok(())
}

/// Names those who hold a role in a room, or in any.
pub(super) async fn holders(tx: &Tx, sought: &RoomRoleHoldersSought) -> Result<()> {
    if let Some(rid) = &sought.rid {
        sought.add(super::roles::holders(tx, rid, &sought.role).await?);
        return Ok(());
    }
    let rows = tx
        .query("SELECT uid, roles FROM subscriptions WHERE roles IS NOT NULL ORDER BY uid, id", &vals![])
        .await?;
    for row in rows {
        let roles: Vec<String> = serde_json::from_str(row.str(1)?).map_err(Error::internal)?;
        if roles.contains(&sought.role) {
            sought.add([row.text(0)?]);
        }
    }
    Ok(())
}
