//! Parameters that name a room, and the guards that load it together with the caller's side of it.

use std::marker::PhantomData;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, Subscription};

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
        let name = RoomName::of(self.room_id.as_deref(), self.room_name.as_deref());
        let room = match name {
            Some(name) => name.find(tx).await?,
            // Upstream looks for no channel then, and finds none.
            None if K::T == RoomType::Channel => None,
            None => return Err(not_named()),
        };
        room.filter(K::is).ok_or_else(K::not_found)
    }

    /// The same without parameters that say nothing: invitations to groups look at the name where the id is
    /// empty.
    pub(crate) fn for_invitation(self) -> Self {
        if K::T == RoomType::Channel {
            return self;
        }
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Self::new(filled(self.room_id), filled(self.room_name))
    }

    /// Refuses a call without a room in the words of a schema, where upstream has one: for channels.
    ///
    /// # Errors
    /// `invalid-params`.
    pub fn check_schema(&self) -> Result<()> {
        self.check_schema_with("", true)
    }

    /// As [`RoomOf::check_schema`], for a schema that needs one more parameter.
    ///
    /// # Errors
    /// As [`RoomOf::check_schema`].
    pub fn check_schema_with(&self, other: &str, given: bool) -> Result<()> {
        let named = self.room_id.is_some() || self.room_name.is_some();
        if K::T != RoomType::Channel || (named && given) {
            return Ok(());
        }
        let lacking = |name: &'static str, is_there: bool| {
            format!("must have required property '{}'", if is_there { other } else { name })
        };
        let by_id = lacking("roomId", self.room_id.is_some());
        let by_name = lacking("roomName", self.room_name.is_some());
        Err(Error::invalid_params(format!("{by_id}\n {by_name}\n must match exactly one schema in oneOf")))
    }
}

/// No parameter names a room.
pub(crate) fn not_named() -> Error {
    Error::new("error-room-param-not-provided", "The parameter \"roomId\" or \"roomName\" is required")
}

/// By what a call names a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoomName<'a> {
    Id(&'a str),
    Name(&'a str),
}

impl<'a> RoomName<'a> {
    /// The id if there is one, else the name. An empty one names a room that does not exist; two empty ones
    /// name nothing.
    pub(crate) fn of(id: Option<&'a str>, name: Option<&'a str>) -> Option<Self> {
        match (id, name) {
            (None, None) | (Some(""), Some("")) => None,
            (Some(id), _) => Some(Self::Id(id)),
            (None, Some(name)) => Some(Self::Name(name)),
        }
    }

    /// The room.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn find(self, tx: &Tx) -> Result<Option<Room>> {
        match self {
            Self::Id(id) => rows::by_id(tx, id).await,
            Self::Name(name) => rows::by_name(tx, name).await,
        }
    }
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

/// Implements [`AboutRoom`] for operations whose field `room` names the room; `schema:` for those that upstream
/// has a schema for.
macro_rules! about_room {
    (schema: $($operation:ident),+ $(,)?) => { $(
        impl<K: $crate::rooms::kind::Kind> $crate::rooms::guards::AboutRoom<K> for $operation<K> {
            fn room(&self) -> &$crate::rooms::guards::RoomOf<K> {
                &self.room
            }

            fn check(&self) -> Result<()> {
                self.room.check_schema()
            }
        }
    )+ };
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
                let overseer = inner.may("view-room-administration") && room.t == RoomType::Channel;
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
        params.check()?;
        let named = params.room().clone();
        let room = ctx.read(async move |tx| named.find(tx).await).await?;
        Ok(Self { room, kind: PhantomData })
    }
}

/// The refusal of an archived room.
pub fn archived<K: Kind>(room: &Room) -> Error {
    Error::new("error-room-archived", format!("The {}, {}, is archived", K::NOUN, shown_name(room)))
}
