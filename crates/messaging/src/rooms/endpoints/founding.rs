//! `channels.create` and `groups.create`.

use gantry_kernel::prelude::*;

use crate::rooms::founding::{self, Wish};
use crate::rooms::kind::{Channels, Groups, Kind};
use crate::rooms::reply::OneRoom;
use crate::rooms::view;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<CreateChannel>().endpoint::<CreateGroup>();
}

async fn create<K: Kind>(ctx: &Ctx, wish: Wish) -> Result<OneRoom<K>> {
    let inner = ctx.clone();
    let room = ctx
        .write(async move |tx| {
            let room = founding::found(&inner, tx, K::T, wish.clone()).await?;
            view::fresh(&inner, tx, &room.id).await
        })
        .await?;
    Ok(OneRoom::new(room))
}

/// Creates a public channel. The caller becomes its owner.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateChannel {
    #[serde(flatten)]
    wish: Wish,
}

impl Endpoint for CreateChannel {
    const SPEC: Spec = Spec::post("channels.create", "channels");
    type Guard = LoggedIn;
    type Reply = OneRoom<Channels>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let in_team = self.wish.extra_data.as_ref().is_some_and(|extra| extra.team_id.is_some());
        if !in_team && !ctx.may("create-c") {
            return Err(Error::unauthorized());
        }
        if self.wish.name.as_deref().is_none_or(str::is_empty) {
            return Err(Error::message("Param \"name\" is required"));
        }
        let created = create::<Channels>(ctx, self.wish).await;
        created.map_err(|error| if error.is("error-not-allowed") { Error::unauthorized() } else { error })
    }
}

/// Creates a private group. The caller becomes its owner.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateGroup {
    #[serde(flatten)]
    wish: Wish,
}

impl Endpoint for CreateGroup {
    const SPEC: Spec = Spec::post("groups.create", "groups");
    type Guard = LoggedIn;
    type Reply = OneRoom<Groups>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        if self.wish.name.as_deref().is_none_or(str::is_empty) {
            return Err(Error::message("Body param \"name\" is required"));
        }
        create::<Groups>(ctx, self.wish).await
    }
}
