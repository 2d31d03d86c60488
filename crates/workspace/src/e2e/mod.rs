//! End-to-end encryption. Clients encrypt; the server keeps their keys and passes them on: a pair of keys for
//! each person, of which the private one is encrypted with a password that the server does not know, and a key
//! for each room, encrypted for each member by another member.
//!
//! Upstream: `apps/meteor/app/e2e/server`.

mod bounds;
mod endpoints;
mod methods;
mod own;
mod queue;
mod room;
mod share;
mod stored;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::registry::Registry;
use gantry_kernel::within::Within;
use gantry_messaging::events::MemberJoined;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

pub(crate) fn rules(within: &mut Within) {
    within.on::<gantry_accounts::users::UserDeleting>(|_ctx, tx, event| {
        Box::pin(async move { stored::forget_user(tx, &event.user.id).await })
    });
    within.on::<gantry_accounts::users::events::EncryptionKeysReset>(|ctx, tx, event| {
        Box::pin(async move { own::reset(ctx, tx, &event.uid).await })
    });
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<MemberJoined, _>(|kernel, event| {
        Box::pin(async move {
            let ctx = Ctx::internal(kernel);
            let rid = event.rid.clone();
            match ctx.read(async move |tx| gantry_messaging::rooms::rows::by_id(tx, &rid).await).await {
                Ok(room) => {
                    if let Some(key_id) = room.and_then(|room| room.e2e_key_id) {
                        share::ask(kernel, &event.rid, &key_id);
                    }
                }
                Err(error) => tracing::warn!(%error, "nobody was asked for a room's key"),
            }
        })
    });
    kernel.events.on::<share::Wanted, _>(|kernel, event| {
        share::ask(kernel, &event.rid, &event.key_id);
        Box::pin(async {})
    });
}
