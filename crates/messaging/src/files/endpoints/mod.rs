//! The REST operations and addresses of files.

mod delete;
mod fetch;
mod images;
mod lists;
mod media;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use crate::access::can_access;
use crate::rooms;

const TAG: &str = "rooms";

pub(super) fn register(registry: &mut Registry) {
    delete::register(registry);
    fetch::register(registry);
    images::register(registry);
    lists::register(registry);
    media::register(registry);
}

/// A parameter struct that names the room of a file.
trait AboutRid {
    /// The room's id.
    fn rid(&self) -> &str;
}

/// A room that the caller may read. Whether it exists is not told to others.
struct Readable {
    room: Room,
}

impl<P: AboutRid + Sync> Guard<P> for Readable {
    const AUTH: Auth = Auth::User;

    async fn admit(params: &P, ctx: &Ctx) -> Result<Self> {
        let (inner, rid) = (ctx.clone(), params.rid().to_owned());
        ctx.read(async move |tx| match rooms::rows::by_id(tx, &rid).await? {
            Some(room) if can_access(&inner, tx, &room).await? => Ok(Self { room }),
            _ => Err(Error::unauthorized()),
        })
        .await
    }
}
