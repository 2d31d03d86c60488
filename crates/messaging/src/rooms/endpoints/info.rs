//! What a room is, and lists of rooms.

use std::marker::PhantomData;

use gantry_kernel::prelude::*;

use crate::rooms::guards::{RoomOf, Seen, about_room};
use crate::rooms::kind::{Channels, Groups, Kind, path, register_both};
use crate::rooms::lists::{self, SORTS};
use crate::rooms::reply::{OneRoom, RoomPage};
use crate::rooms::view;

pub(super) fn register(registry: &mut Registry) {
    register_both!(registry, Info);
    registry
        .endpoint::<ChannelsList>()
        .endpoint::<Joined<Channels>>()
        .endpoint::<Joined<Groups>>()
        .endpoint::<GroupsListAll>();
}

/// Describes a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Info<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

about_room!(Info);

impl<K: Kind> Endpoint for Info<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.info", "groups.info"), K::TAG);
    type Guard = Seen<K>;
    type Reply = OneRoom<K>;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<OneRoom<K>> {
        let inner = ctx.clone();
        let room = ctx.read(async move |tx| view::room(&inner, tx, seen.room.clone()).await).await?;
        Ok(OneRoom::new(room))
    }
}

/// Lists the public channels that the caller may see.
#[derive(Debug, Deserialize, JsonSchema)]
struct ChannelsList {
    /// Only the channel of this id.
    #[serde(rename = "_id")]
    id: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for ChannelsList {
    const SPEC: Spec = Spec::get("channels.list", "channels").needs_any(&["view-c-room", "view-joined-room"]);
    type Guard = LoggedIn;
    type Reply = RoomPage<Channels>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(SORTS, "COALESCE(r.name, '')")?;
        let inner = ctx.clone();
        let (rooms, total) = ctx
            .read(async move |tx| {
                lists::channels(&inner, tx, self.id.as_deref(), order.clone(), window).await
            })
            .await?;
        Ok(RoomPage::new(rooms, window.offset, total))
    }
}

/// Lists the rooms that the caller has joined.
#[derive(Debug, Deserialize, JsonSchema)]
struct Joined<K> {
    #[serde(flatten)]
    page: Page,
    #[serde(skip)]
    kind: PhantomData<K>,
}

impl<K: Kind> Endpoint for Joined<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.list.joined", "groups.list"), K::TAG);
    type Guard = LoggedIn;
    type Reply = RoomPage<K>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(SORTS, "COALESCE(r.name, '')")?;
        let inner = ctx.clone();
        let (rooms, total) =
            ctx.read(async move |tx| lists::joined(&inner, tx, K::T, order.clone(), window).await).await?;
        Ok(RoomPage::new(rooms, window.offset, total))
    }
}

/// Lists all private groups of the workspace.
#[derive(Debug, Deserialize, JsonSchema)]
struct GroupsListAll {
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for GroupsListAll {
    const SPEC: Spec = Spec::get("groups.listAll", "groups").needs_all(&["view-room-administration"]);
    type Guard = LoggedIn;
    type Reply = RoomPage<Groups>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(SORTS, "COALESCE(r.name, '')")?;
        let inner = ctx.clone();
        let (rooms, total) = ctx
            .read(async move |tx| lists::every(&inner, tx, Groups::T, order.clone(), window).await)
            .await?;
        Ok(RoomPage::new(rooms, window.offset, total))
    }
}
