//! Methods that make rooms.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use serde_json::Map;

use crate::rooms::discussions::{self, NewDiscussion};
use crate::rooms::endpoints::Opened;
use crate::rooms::founding::{self, Extra, Wish};
use crate::rooms::{direct, view};

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<CreateChannel>()
        .method::<CreatePrivateGroup>()
        .method::<CreateDirectMessage>()
        .method::<CreateDiscussion>();
}

/// A new room with its id under both its names.
#[derive(Debug, Serialize)]
struct Created {
    rid: String,
    inserted: bool,
    #[serde(flatten)]
    room: Room,
}

async fn found(ctx: &Ctx, t: RoomType, wish: Wish) -> Result<Created> {
    let inner = ctx.clone();
    let room = ctx
        .write(async move |tx| {
            let room = founding::found(&inner, tx, t, wish.clone()).await?;
            view::fresh(&inner, tx, &room.id).await
        })
        .await?;
    Ok(Created { rid: room.id.clone(), inserted: true, room })
}

/// A method that founds rooms of one kind.
macro_rules! founds {
    ($(#[$doc:meta])* $method:ident, $name:literal, $kind:expr) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        struct $method {
            name: String,
            members: Option<Vec<String>>,
            read_only: Option<bool>,
            custom_fields: Option<Map<String, Value>>,
            extra_data: Option<Extra>,
        }

        impl Method for $method {
            const SPEC: MethodSpec = MethodSpec::new($name, "rooms");
            type Guard = LoggedIn;
            type Reply = Created;

            async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Created> {
                let wish = Wish {
                    name: Some(self.name),
                    members: self.members,
                    read_only: self.read_only,
                    custom_fields: self.custom_fields,
                    extra_data: self.extra_data,
                    ..Wish::default()
                };
                found(ctx, $kind, wish).await
            }
        }
    };
}

founds!(
    /// Creates a public channel.
    CreateChannel,
    "createChannel",
    RoomType::Channel
);
founds!(
    /// Creates a private group.
    CreatePrivateGroup,
    "createPrivateGroup",
    RoomType::Private
);

/// Opens a direct room with the users of the given names; each is a parameter of its own.
#[derive(Debug, Deserialize)]
struct CreateDirectMessage(Vec<Value>);

impl Method for CreateDirectMessage {
    const SPEC: MethodSpec = MethodSpec::new("createDirectMessage", "rooms").rate(10, 60_000);
    type Guard = LoggedIn;
    type Reply = Opened;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Opened> {
        let usernames = self
            .0
            .into_iter()
            .map(|name| match name {
                Value::String(name) => Ok(name),
                _ => Err(Error::match_failed()),
            })
            .collect::<Result<Vec<_>>>()?;
        // Some clients append an empty parameter to every call.
        let usernames: Vec<String> = usernames.into_iter().filter(|name| !name.is_empty()).collect();
        let inner = ctx.clone();
        let (room, _) = ctx.write(async move |tx| direct::open(&inner, tx, &usernames, false).await).await?;
        Ok(Opened::new(room, false))
    }
}

/// Opens a discussion on a room or a message.
#[derive(Debug, Deserialize)]
struct CreateDiscussion {
    wish: DiscussionWish,
}

#[derive(Clone, Debug, Deserialize)]
struct DiscussionWish {
    prid: Option<String>,
    pmid: Option<String>,
    t_name: String,
    reply: Option<String>,
    users: Vec<String>,
    encrypted: Option<bool>,
}

impl Method for CreateDiscussion {
    const SPEC: MethodSpec = MethodSpec::new("createDiscussion", "rooms");
    type Guard = LoggedIn;
    type Reply = Created;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Created> {
        let wish = self.wish;
        let new = NewDiscussion {
            prid: wish.prid,
            pmid: wish.pmid,
            name: wish.t_name,
            reply: wish.reply,
            users: wish.users,
            encrypted: wish.encrypted,
            topic: None,
        };
        let inner = ctx.clone();
        let room = ctx.write(async move |tx| discussions::open(&inner, tx, new.clone()).await).await?;
        Ok(Created { rid: room.id.clone(), inserted: true, room })
    }
}
