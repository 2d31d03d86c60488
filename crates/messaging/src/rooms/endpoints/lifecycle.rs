//! Archiving, deleting, hiding.

use gantry_kernel::prelude::*;

use crate::rooms::guards::{Live, RoomOf, Seen, about_room};
use crate::rooms::kind::{Channels, Kind, path, register_both};
use crate::rooms::reply::Done;
use crate::rooms::{archive, delete, sidebar};

pub(super) fn register(registry: &mut Registry) {
    register_both!(registry, Archive, Unarchive, Delete, Open, Close);
}

about_room!(schema: Archive, Unarchive, Delete, Open);
about_room!(Close);

/// Archives a room: it can be read and no longer be written to.
#[derive(Debug, Deserialize, JsonSchema)]
struct Archive<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

impl<K: Kind> Endpoint for Archive<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.archive", "groups.archive"), K::TAG);
    type Guard = Live<K>;
    type Reply = Done;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Done> {
        let inner = ctx.clone();
        ctx.write(async move |tx| archive::set(&inner, tx, &live.room.id, true).await).await?;
        Ok(Done {})
    }
}

/// Opens an archived room again.
#[derive(Debug, Deserialize, JsonSchema)]
struct Unarchive<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

impl<K: Kind> Endpoint for Unarchive<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.unarchive", "groups.unarchive"), K::TAG);
    type Guard = Seen<K>;
    type Reply = Done;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<Done> {
        if K::T == Channels::T && !seen.room.archived.unwrap_or(false) {
            return Err(Error::message(format!("The channel, {}, is not archived", seen.shown_name())));
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| archive::set(&inner, tx, &seen.room.id, false).await).await?;
        Ok(Done {})
    }
}

/// Deletes a room with all messages.
#[derive(Debug, Deserialize, JsonSchema)]
struct Delete<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

impl<K: Kind> Endpoint for Delete<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.delete", "groups.delete"), K::TAG);
    type Guard = Seen<K>;
    type Reply = Done;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<Done> {
        let inner = ctx.clone();
        ctx.write(async move |tx| delete::erase(&inner, tx, &seen.room.id).await).await?;
        Ok(Done {})
    }
}

/// Puts a room back into the caller's list.
#[derive(Debug, Deserialize, JsonSchema)]
struct Open<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

impl<K: Kind> Endpoint for Open<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.open", "groups.open"), K::TAG);
    type Guard = Seen<K>;
    type Reply = Done;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<Done> {
        let name = seen.shown_name();
        let channel = K::T == Channels::T;
        match &seen.subscription {
            None if channel => {
                return Err(Error::message(format!("The user/callee is not in the channel \"{name}\".")));
            }
            Some(sub) if sub.open && channel => {
                return Err(Error::message(format!("The channel, {name}, is already open to the sender")));
            }
            Some(sub) if sub.open => {
                return Err(Error::message(format!(
                    "The private group, {name}, is already open for the sender"
                )));
            }
            _ => {}
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::open(&inner, tx, &seen.room.id).await).await?;
        Ok(Done {})
    }
}

/// Takes a room out of the caller's list until something new is said in it.
#[derive(Debug, Deserialize, JsonSchema)]
struct Close<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

impl<K: Kind> Endpoint for Close<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.close", "groups.close"), K::TAG);
    type Guard = Seen<K>;
    type Reply = Done;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<Done> {
        let name = seen.shown_name();
        match &seen.subscription {
            None if K::T == Channels::T => {
                return Err(Error::message(format!("The user/callee is not in the channel \"{name}.")));
            }
            Some(sub) if sub.open => {}
            _ => {
                let noun = K::NOUN;
                return Err(Error::message(format!("The {noun}, {name}, is already closed to the sender")));
            }
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::hide(&inner, tx, &seen.room.id).await).await?;
        Ok(Done {})
    }
}
