//! What rooms do when something happens to a user, inside the same transaction.

use gantry_accounts::roles::events::{RoomRoleChanging, RoomRoleHoldersSought};
use gantry_accounts::users::events::{
    AcquaintancesSought, EncryptionKeysReset, RoomsSought, UserActivated, UserDeactivating,
};
use gantry_accounts::users::{NameChanged, UserCreated, UserDeleting, UsernameChanged};
use gantry_kernel::prelude::*;
use gantry_kernel::within::Within;
use gantry_store::vals;

use super::{granted, joining, members, relinquish, renaming};
use crate::events::{Action, RoomChanged, SubscriptionsChanged};
use crate::messages::authors;
use crate::subscriptions::rows as subs;

/// Adds the rules.
pub fn add(within: &mut Within) {
    within.on::<UserCreated>(|ctx, tx, event| Box::pin(created(ctx, tx, event)));
    within.on::<UserDeleting>(|ctx, tx, event| Box::pin(relinquish::deleting(ctx, tx, event)));
    within.on::<UserDeleting>(|ctx, tx, event| Box::pin(authors::removed(ctx, tx, event)));
    within.on::<UserDeactivating>(|ctx, tx, event| {
        Box::pin(relinquish::deactivating(ctx, tx, &event.user, event.confirm_relinquish))
    });
    within.on::<UserActivated>(|ctx, tx, event| Box::pin(relinquish::activated(ctx, tx, &event.user)));
    within.on::<UsernameChanged>(|ctx, tx, event| {
        Box::pin(renaming::renamed(ctx, tx, &event.user, event.old.as_deref()))
    });
    within.on::<UsernameChanged>(|ctx, tx, event| {
        Box::pin(authors::renamed(ctx, tx, &event.user, event.old.as_deref()))
    });
    within.on::<EncryptionKeysReset>(|ctx, tx, event| Box::pin(keys_reset(ctx, tx, &event.uid)));
    within.on::<NameChanged>(|ctx, tx, event| {
        Box::pin(renaming::renamed(ctx, tx, &event.user, event.user.username.as_deref()))
    });
    within.on::<RoomRoleChanging>(|ctx, tx, event| Box::pin(granted::change(ctx, tx, event)));
    within.on::<RoomRoleHoldersSought>(|_ctx, tx, event| Box::pin(granted::holders(tx, event)));
    within.on::<RoomsSought>(|_, tx, event| Box::pin(rooms_of(tx, event)));
    within.on::<AcquaintancesSought>(|_, tx, event| Box::pin(acquaintances_of(tx, event)));
}

async fn created(ctx: &Ctx, tx: &Tx, event: &UserCreated) -> Result<()> {
    if !event.join_default_channels {
        return Ok(());
    }
    joining::join_defaults(ctx, tx, &event.user, false).await
}

/// What `users.info` tells of a user's rooms. Upstream: `apps/meteor/app/api/server/v1/users.ts`.
async fn rooms_of(tx: &Tx, sought: &RoomsSought) -> Result<()> {
    let rooms = subs::of_user(tx, &sought.uid).await?;
    sought.add(rooms.into_iter().map(|sub| {
        let mut room = json!({ "rid": sub.rid, "name": sub.name, "t": sub.t, "unread": sub.unread });
        if let Some(roles) = sub.roles {
            room["roles"] = json!(roles);
        }
        room
    }));
    Ok(())
}

async fn acquaintances_of(tx: &Tx, sought: &AcquaintancesSought) -> Result<()> {
    let found = tx
        .query(
            "SELECT DISTINCT other.uid FROM subscriptions own JOIN subscriptions other ON other.rid = own.rid \
             WHERE own.uid = ?1 AND other.uid <> ?1 ORDER BY other.uid",
            &vals![&sought.uid],
        )
        .await?;
    sought.add(found.iter().map(|row| Ok(row.text(0)?)).collect::<Result<Vec<_>>>()?);
    Ok(())
}

/// The keys that a user's subscriptions keep for encrypted rooms go, and the user waits for none.
/// Upstream: `apps/meteor/server/lib/resetUserE2EKey.ts`.
async fn keys_reset(ctx: &Ctx, tx: &Tx, uid: &str) -> Result<()> {
    for rid in subs::room_ids_of(tx, uid).await? {
        let Some(mut sub) = subs::lock(tx, &rid, uid).await? else { continue };
        let had = sub.e2e_key.take().is_some()
            | sub.e2e_suggested_key.take().is_some()
            | sub.old_room_keys.take().is_some()
            | sub.suggested_old_room_keys.take().is_some();
        if had {
            subs::update_doc(tx, &sub, ctx.now).await?;
            tx.emit(SubscriptionsChanged { rid: sub.rid.clone(), uids: vec![uid.to_owned()] });
        }
        if let Some(room) = members::waits_no_longer(ctx, tx, &sub.rid, uid).await? {
            tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
        }
    }
    Ok(())
}
