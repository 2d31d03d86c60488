//! `channels.getIntegrations`, `groups.getIntegrations`: the integrations of a room.

use std::marker::PhantomData;

use gantry_kernel::prelude::*;
use gantry_messaging::rooms::guards::{AboutRoom, RoomOf, Seen};
use gantry_messaging::rooms::kind::{Channels, Groups, Kind};
use gantry_protocol::objects::RoomType;

use super::endpoints::{ANY, Listed};
use super::record::{self, Filter, SORTS};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<OfChannel>().endpoint::<OfGroup>();
}

macro_rules! of_room {
    ($name:ident, $kind:ty, $path:literal, $all:ident, $scope:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        struct $name {
            #[serde(flatten)]
            room: RoomOf<$kind>,
            /// Whether those of all rooms of the kind are listed too; by default they are.
            $all: Option<String>,
            #[serde(flatten)]
            page: Page,
            #[serde(skip)]
            kind: PhantomData<$kind>,
        }

        impl AboutRoom<$kind> for $name {
            fn room(&self) -> &RoomOf<$kind> {
                &self.room
            }
        }

        impl Endpoint for $name {
            const SPEC: Spec = Spec::get($path, <$kind as Kind>::TAG).needs_any(ANY);
            type Guard = Seen<$kind>;
            type Reply = Listed;

            async fn call(self, seen: Seen<$kind>, ctx: &Ctx) -> Result<Listed> {
                // Groups take an empty wish for none.
                let wish = self.$all.filter(|all| !all.is_empty() || <$kind as Kind>::T == RoomType::Channel);
                let all = wish.is_none_or(|all| all == "true");
                let name = seen.room.name.as_deref().unwrap_or_default();
                list(ctx, &self.page, name, all.then_some($scope)).await
            }
        }
    };
}

of_room!(
    OfChannel,
    Channels,
    "channels.getIntegrations",
    include_all_public_channels,
    "all_public_channels",
    "Lists the integrations of a channel that the caller may manage."
);
of_room!(
    OfGroup,
    Groups,
    "groups.getIntegrations",
    include_all_private_groups,
    "all_private_groups",
    "Lists the integrations of a group that the caller may manage."
);

async fn list(ctx: &Ctx, page: &Page, name: &str, scope: Option<&str>) -> Result<Listed> {
    let window = page.window(ctx);
    let order = page.order_by(SORTS, "i.created_at ASC")?;
    let channels = std::iter::once(format!("#{name}")).chain(scope.map(str::to_owned)).collect();
    let filter = Filter { channels: Some(channels), ..Filter::default() };
    let inner = ctx.clone();
    let (integrations, total) =
        ctx.read(async move |tx| record::visible(&inner, tx, &filter, &order, window).await).await?;
    let count = integrations.len();
    Ok(Listed { integrations, offset: window.offset, items: None, count, total })
}
