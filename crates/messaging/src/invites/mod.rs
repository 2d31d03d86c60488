//! Invitations: links with which people come into a room, and letters that ask them to the workspace.
//! Upstream: `apps/meteor/app/invites/server/functions`.

mod endpoints;
pub mod links;
mod rows;

use gantry_accounts::users::UsernameChanged;
use gantry_accounts::users::events::SecretSought;
use gantry_kernel::prelude::*;
use gantry_kernel::within::Within;

pub use rows::Invite;
pub(crate) use rows::delete_of_room;

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
}

/// Adds what invitations do when people register and choose their names.
pub fn rules(within: &mut Within) {
    within.on::<SecretSought>(|ctx, tx, event| Box::pin(secret_sought(ctx, tx, event)));
    within.on::<UsernameChanged>(|ctx, tx, event| Box::pin(named(ctx, tx, event)));
}

/// Starts telling people of the invitations that they make.
pub fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<links::InviteMade, _>(|kernel, event| {
        let topic = format!("{}/updateInvites", event.0.user_id);
        let told = json!({ "invite": event.0 }).to_string();
        kernel.hub.publish("notify-user", &topic, &[&told]);
        Box::pin(async {})
    });
}

/// Who has a valid invitation may register where only a secret address allows it.
async fn secret_sought(ctx: &Ctx, tx: &Tx, sought: &SecretSought) -> Result<()> {
    match links::valid(ctx, tx, &sought.secret).await {
        Ok(_) => sought.accept(),
        Err(error) if error.status >= 500 => return Err(error),
        Err(_) => {}
    }
    Ok(())
}

/// Somebody who was invited and had no name yet has chosen one: now they can enter the room.
async fn named(ctx: &Ctx, tx: &Tx, event: &UsernameChanged) -> Result<()> {
    let Some(token) = event.user.invite_token.as_deref().filter(|_| event.old.is_none()) else {
        return Ok(());
    };
    // The use was counted when they came, and may have been the last.
    let Some(invite) = rows::by_id(tx, token).await? else { return Ok(()) };
    let Some(room) = crate::rooms::rows::lock(tx, &invite.rid).await? else { return Ok(()) };
    crate::rooms::members::add(ctx, tx, &room, &event.user, None, false).await.map(drop)
}
