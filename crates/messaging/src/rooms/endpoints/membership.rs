//! Joining, inviting, leaving, and who is in a room.

use gantry_kernel::prelude::*;

use crate::rooms::guards::{self, Live, Named, RoomOf, Seen, about_room};
use crate::rooms::kind::{Channels, Groups, Kind, path, register_both};
use crate::rooms::person::{People, Person};
use crate::rooms::reply::OneRoom;
use crate::rooms::roster::{self, Member, Roster};
use crate::rooms::{joining, view};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Join>();
    register_both!(registry, Invite, Kick, Leave, AddAll, Members, Online);
}

about_room!(schema: Kick, Leave, AddAll);
about_room!(Members);

/// Joins a public channel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Join {
    #[serde(flatten)]
    room: RoomOf<Channels>,
    /// The code that the channel asks for.
    join_code: Option<String>,
}

impl guards::AboutRoom<Channels> for Join {
    fn room(&self) -> &RoomOf<Channels> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        self.room.check_schema()
    }
}

impl Endpoint for Join {
    const SPEC: Spec = Spec::post("channels.join", "channels");
    type Guard = Named<Channels>;
    type Reply = OneRoom<Channels>;

    async fn call(self, named: Named<Channels>, ctx: &Ctx) -> Result<Self::Reply> {
        if named.room.archived.unwrap_or(false) {
            return Err(guards::archived::<Channels>(&named.room));
        }
        let (inner, rid) = (ctx.clone(), named.room.id);
        let room = ctx
            .write(async move |tx| {
                joining::join(&inner, tx, &rid, self.join_code.as_deref()).await?;
                view::fresh(&inner, tx, &rid).await
            })
            .await?;
        Ok(OneRoom::new(room))
    }
}

/// Adds people to a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Invite<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    #[serde(flatten)]
    people: People,
}

impl<K: Kind> Endpoint for Invite<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.invite", "groups.invite"), K::TAG);
    type Guard = LoggedIn;
    type Reply = OneRoom<K>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let (inner, named) = (ctx.clone(), self.room.for_invitation());
        let (room, there) = ctx
            .write(async move |tx| {
                let room = named.find(tx).await?;
                if K::T == Channels::T && room.archived.unwrap_or(false) {
                    return Err(guards::archived::<K>(&room));
                }
                let rid = room.id;
                let people = self.people.find(tx).await?;
                if people.is_empty() {
                    return Err(nobody::<K>());
                }
                let there = joining::invite_others(&inner, tx, &rid, &people).await?;
                Ok((view::fresh(&inner, tx, &rid).await?, there))
            })
            .await?;
        joining::tell_who_is_there(ctx, &room.id, &there);
        Ok(OneRoom::new(room))
    }
}

fn nobody<K: Kind>() -> Error {
    if K::T == Groups::T {
        Error::new("error-empty-invite-list", "Cannot invite if no valid users are provided")
    } else {
        Error::new("invalid-user-invite-list", "Cannot invite if no users are provided")
    }
}

/// Takes somebody out of a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Kick<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    #[serde(flatten)]
    person: Person,
}

impl<K: Kind> Endpoint for Kick<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.kick", "groups.kick"), K::TAG);
    type Guard = Named<K>;
    type Reply = OneRoom<K>;

    async fn call(self, named: Named<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let channel = K::T == Channels::T;
        if channel && named.room.archived.unwrap_or(false) {
            return Err(guards::archived::<K>(&named.room));
        }
        let (inner, rid) = (ctx.clone(), named.room.id);
        let room = ctx
            .write(async move |tx| {
                let user = self.person.find(tx).await?;
                joining::kick(&inner, tx, &rid, &user).await?;
                view::fresh(&inner, tx, &rid).await
            })
            .await?;
        Ok(if channel { OneRoom::new(room) } else { OneRoom::nothing() })
    }
}

/// Leaves a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Leave<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

impl<K: Kind> Endpoint for Leave<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.leave", "groups.leave"), K::TAG);
    type Guard = Live<K>;
    type Reply = OneRoom<K>;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let (inner, rid) = (ctx.clone(), live.room.id);
        let room = ctx
            .write(async move |tx| {
                joining::leave(&inner, tx, &rid).await?;
                view::fresh(&inner, tx, &rid).await
            })
            .await?;
        Ok(if K::T == Channels::T { OneRoom::new(room) } else { OneRoom::nothing() })
    }
}

/// Adds every user of the workspace to a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AddAll<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    /// Leaves out deactivated users: `true`, `1` and the like.
    active_users_only: Option<Value>,
}

impl<K: Kind> Endpoint for AddAll<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.addAll", "groups.addAll"), K::TAG);
    type Guard = Live<K>;
    type Reply = OneRoom<K>;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let (inner, rid) = (ctx.clone(), live.room.id);
        let active_only = self.active_users_only.as_ref().is_some_and(truthy);
        let room = ctx
            .write(async move |tx| {
                joining::add_all(&inner, tx, &rid, active_only).await?;
                view::fresh(&inner, tx, &rid).await
            })
            .await?;
        Ok(OneRoom::new(room))
    }
}

/// The ways in which clients say yes.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => text == "true" || text == "1",
        _ => false,
    }
}

/// Which members a list shows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct MembersFilter {
    /// Only members of these presences.
    status: Option<Vec<String>>,
    /// Only members whose names contain this.
    filter: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl MembersFilter {
    pub(super) fn window(&self, ctx: &Ctx) -> Window {
        self.page.window(ctx)
    }

    pub(super) fn roster(&self, ctx: &Ctx, by_role: bool) -> Result<Roster> {
        let order = self.page.order_by(&[("username", "username")], "")?;
        Ok(Roster {
            statuses: self.status.clone().unwrap_or_default(),
            filter: self.filter.clone().unwrap_or_default(),
            descending: order.ends_with("DESC"),
            by_role,
            real_names: order.is_empty() && ctx.settings.get(keys::UI_Use_Real_Name),
        })
    }
}

/// A page of members.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MembersReply {
    pub(super) members: Vec<Member>,
    pub(super) count: usize,
    pub(super) offset: i64,
    pub(super) total: i64,
}

/// Lists the members of a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Members<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    #[serde(flatten)]
    filter: MembersFilter,
}

impl<K: Kind> Endpoint for Members<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.members", "groups.members"), K::TAG);
    type Guard = Seen<K>;
    type Reply = MembersReply;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<MembersReply> {
        if K::T == Groups::T && seen.room.archived.unwrap_or(false) {
            return Err(guards::archived::<K>(&seen.room));
        }
        roster::ensure_listed(ctx, &seen.room, seen.roles())?;
        let (roster, window) = (self.filter.roster(ctx, false)?, self.filter.window(ctx));
        let (members, total) = ctx.read(async move |tx| roster.page(tx, &seen.room.id, window).await).await?;
        Ok(MembersReply { count: members.len(), members, offset: window.offset, total })
    }
}

/// Lists the members of a room who are not offline.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Online<K> {
    /// Room id.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    #[serde(skip)]
    kind: std::marker::PhantomData<K>,
}

/// Who is online.
#[derive(Debug, Serialize, JsonSchema)]
struct OnlineReply {
    online: Vec<OnlineMember>,
}

/// A member who is online.
#[derive(Debug, Serialize, JsonSchema)]
struct OnlineMember {
    #[serde(rename = "_id")]
    id: String,
    username: Option<String>,
}

impl<K: Kind> Endpoint for Online<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.online", "groups.online"), K::TAG);
    type Guard = LoggedIn;
    type Reply = OnlineReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OnlineReply> {
        let Some(id) = self.id.filter(|id| !id.is_empty()) else {
            return Err(Error::message("Invalid query"));
        };
        let inner = ctx.clone();
        let online = ctx
            .read(async move |tx| {
                let room = crate::rooms::rows::by_id(tx, &id).await?.filter(K::is).ok_or_else(|| {
                    let noun = if K::T == Channels::T { "Channel" } else { "Group" };
                    Error::message(format!("{noun} does not exists"))
                })?;
                if !crate::access::can_access(&inner, tx, &room).await? {
                    return Err(Error::new("error-not-allowed", "Not Allowed"));
                }
                roster::online(tx, &room.id).await
            })
            .await?;
        Ok(OnlineReply {
            online: online.into_iter().map(|(id, username)| OnlineMember { id, username }).collect(),
        })
    }
}
