//! What rooms do when something happens to a user, inside the same transaction.

use gantry_accounts::roles::events::{RoomRoleChanging, RoomRoleHoldersSought};
use gantry_accounts::users::{NameChanged, UserCreated, UserDeleting, UsernameChanged};
use gantry_kernel::within::Within;

use super::{granted, joining, relinquish, renaming};

/// Adds the rules.
pub fn add(within: &mut Within) {
    within.on::<UserCreated>(|ctx, tx, event| {
        Box::pin(async move {
            if !event.join_default_channels {
                return Ok(());
            }
            joining::join_defaults(ctx, tx, &event.user, false).await
        })
    });
    within.on::<UserDeleting>(|ctx, tx, event| Box::pin(relinquish::deleting(ctx, tx, event)));
    within.on::<UsernameChanged>(|ctx, tx, event| {
        Box::pin(renaming::renamed(ctx, tx, &event.user, event.old.as_deref()))
    });
    within.on::<NameChanged>(|ctx, tx, event| {
        Box::pin(renaming::renamed(ctx, tx, &event.user, event.user.username.as_deref()))
    });
    within.on::<RoomRoleChanging>(|ctx, tx, event| Box::pin(granted::change(ctx, tx, event)));
    within.on::<RoomRoleHoldersSought>(|_ctx, tx, event| Box::pin(granted::holders(tx, event)));
}
