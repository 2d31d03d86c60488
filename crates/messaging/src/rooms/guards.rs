//! Parameters that name a room, and the guards that load it together with the caller's side of it.

use std::marker::PhantomData;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, Subscription};

use super::kind::Kind;
use super::rows;
use crate::access::can_access;
use crate::subscriptions::rows as subs;

/// Names a channel or group, by id or by name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomOf<K> {
    /// Room id.
    pub room_id: Option<String>,
    /// Room name; not looked at when the id is given.
    pub room_name: Option<String>,
    #[serde(skip)]
    kind: PhantomData<K>,
}

impl<K: Kind> RoomOf<K> {
    /// The room of that id.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self { room_id: Some(id.into()), room_name: None, kind: PhantomData }
    }

    /// The room of that id or else of that name.
    pub fn new(room_id: Option<String>, room_name: Option<String>) -> Self {
        Self { room_id, room_name, kind: PhantomData }
    }

    /// The room that the parameters name, whoever asks.
    ///
    /// # Errors
    /// `error-room-param-not-provided`, `error-room-not-found`.
    pub async fn find(&self, tx: &Tx) -> Result<Room> {
        let room = match (filled(self.room_id.as_deref()), filled(self.room_name.as_deref())) {
            (Some(id), _) => rows::by_id(tx, id).await?,
            (None, Some(name)) => rows::by_name(tx, name).await?,
            (None, None) => {
                return Err(Error::new(
                    "error-room-param-not-provided",
                    "The parameter \"roomId\" or \"roomName\" is required",
                ));
            }
        };
        room.filter(K::is).ok_or_else(K::not_found)
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// A parameter struct that names a channel or group.
pub trait AboutRoom<K> {
    /// The room's parameters.
    fn room(&self) -> &RoomOf<K>;

    /// Refuses what is wrong whatever the room is; comes before the room is looked for.
    ///
    /// # Errors
    /// What the operation answers.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}

/// Implements [`AboutRoom`] for operations whose field `room` names the room.
macro_rules! about_room {
    ($($operation:ident),+ $(,)?) => { $(
        impl<K: $crate::rooms::kind::Kind> $crate::rooms::guards::AboutRoom<K> for $operation<K> {
            fn room(&self) -> &$crate::rooms::guards::RoomOf<K> {
                &self.room
            }
        }
    )+ };
}
pub(crate) use about_room;

/// A room that the caller may see, and the caller's side of it. `ARCHIVED` admits archived rooms too.
#[derive(Clone, Debug)]
pub struct InRoom<K, const ARCHIVED: bool> {
    /// The room.
    pub room: Room,
    /// The caller's subscription; none for somebody who is not a member.
    pub subscription: Option<Subscription>,
    kind: PhantomData<K>,
}

/// A room that is not archived.
pub type Live<K> = InRoom<K, false>;
/// A room, archived or not.
pub type Seen<K> = InRoom<K, true>;

impl<K, const ARCHIVED: bool> InRoom<K, ARCHIVED> {
    /// The caller's roles in the room.
    pub fn roles(&self) -> &[String] {
        self.subscription.as_ref().and_then(|sub| sub.roles.as_deref()).unwrap_or_default()
    }

    /// What sentences for people call the room.
    pub fn shown_name(&self) -> &str {
        shown_name(&self.room)
    }
}

/// What sentences for people call a room: discussions have a random `name`.
pub fn shown_name(room: &Room) -> &str {
    let name = if room.prid.is_some() { room.fname.as_deref() } else { room.name.as_deref() };
    name.unwrap_or_default()
}

impl<K, P, const ARCHIVED: bool> Guard<P> for InRoom<K, ARCHIVED>
where
    K: Kind,
    P: AboutRoom<K> + Sync,
{
    const AUTH: Auth = Auth::User;

    async fn admit(params: &P, ctx: &Ctx) -> Result<Self> {
        params.check()?;
        let (inner, named) = (ctx.clone(), params.room().clone());
        let found = ctx
            .read(async move |tx| {
                let room = named.find(tx).await?;
                // Administrators look after channels that they are not in; a private group stays private.
                let overseer = inner.may("view-room-administration")
                    && room.t == gantry_protocol::objects::RoomType::Channel;
                if !overseer && !can_access(&inner, tx, &room).await? {
                    return Err(K::not_found());
                }
                let subscription = subs::find(tx, &room.id, inner.uid()).await?;
                Ok(Self { room, subscription, kind: PhantomData })
            })
            .await?;
        if !ARCHIVED && found.room.archived.unwrap_or(false) {
            return Err(archived::<K>(&found.room));
        }
        Ok(found)
    }
}

/// The room that the parameters name, whether or not the caller may see it: for operations that decide by a
/// permission over all rooms of the kind.
#[derive(Clone, Debug)]
pub struct Named<K> {
    /// The room.
    pub room: Room,
    kind: PhantomData<K>,
}

impl<K: Kind, P: AboutRoom<K> + Sync> Guard<P> for Named<K> {
    const AUTH: Auth = Auth::User;

    async fn admit(params: &P, ctx: &Ctx) -> Result<Self> {
        let named = params.room().clone();
        let room = ctx.read(async move |tx| named.find(tx).await).await?;
        Ok(Self { room, kind: PhantomData })
    }
}

/// The refusal of an archived room.
pub fn archived<K: Kind>(room: &Room) -> Error {
    Error::new("error-room-archived", format!("The {}, {}, is archived", K::NOUN, shown_name(room)))
}
