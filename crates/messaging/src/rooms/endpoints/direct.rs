//! `im.*`, also known as `dm.*`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType, Subscription};

use super::membership::{MembersFilter, MembersReply};
use super::reading::{FilterParams, MessagesReply, SpanParams, messages};
use crate::access::can_access;
use crate::messages::history::History;
use crate::rooms::counters::Counters;
use crate::rooms::lists::{self, SORTS};
use crate::rooms::reply::Done;
use crate::rooms::settings::{self, Changes};
use crate::rooms::{delete, direct, history, roster, rows, sidebar};
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Create>()
        .endpoint::<Delete>()
        .endpoint::<Close>()
        .endpoint::<Open>()
        .endpoint::<CountersOf>()
        .endpoint::<ReadHistory>()
        .endpoint::<Members>()
        .endpoint::<Messages>()
        .endpoint::<MessagesOfOthers>()
        .endpoint::<Joined>()
        .endpoint::<Everyone>()
        .endpoint::<SetTopic>()
        .endpoint::<BlockUser>();
}

/// A parameter struct that names a direct room.
pub(crate) trait AboutDirect {
    /// The room's id, or the name of the other person.
    ///
    /// # Errors
    /// What the operation answers if no room is named.
    fn named(&self) -> Result<&str>;

    /// The refusal of an id that no room has; nothing where it may also name a person.
    fn absent() -> Option<Error> {
        None
    }
}

/// Implements [`AboutDirect`] for operations that take the id only.
macro_rules! about_direct {
    ($($operation:ident $place:literal),+ $(,)?) => { $(
        impl AboutDirect for $operation {
            fn named(&self) -> Result<&str> {
                self.room_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| not_named($place))
            }

            fn absent() -> Option<Error> {
                Some(Error::unauthorized())
            }
        }
    )+ };
}

/// Implements [`AboutDirect`] for operations that take an id or a username.
macro_rules! about_either {
    ($($operation:ident),+ $(,)?) => { $(
        impl AboutDirect for $operation {
            fn named(&self) -> Result<&str> {
                either(("roomId", self.room_id.as_deref()), ("username", self.username.as_deref()))
            }
        }
    )+ };
}

fn not_named(place: &str) -> Error {
    Error::new("error-room-param-not-provided", format!("{place} param \"roomId\" is required"))
}

/// The one of two parameters that is given; both or none is refused as upstream's schemas do.
pub(crate) fn either<'a>(a: (&str, Option<&'a str>), b: (&str, Option<&'a str>)) -> Result<&'a str> {
    let [first, second] = match (a.1, b.1) {
        (Some(one), None) | (None, Some(one)) => return Ok(one),
        (None, None) => [a.0, b.0].map(|name| format!("must have required property '{name}'")),
        (Some(_), Some(_)) => ["must NOT have additional properties"; 2].map(str::to_owned),
    };
    let reason = format!("{first}\n {second}\n must match exactly one schema in oneOf");
    Err(Error::invalid_params(reason))
}

/// A direct room of the caller, and the caller's side of it.
#[derive(Debug)]
pub(crate) struct InDirect {
    /// The room.
    pub(crate) room: Room,
    subscription: Option<Subscription>,
}

impl<P: AboutDirect + Sync> Guard<P> for InDirect {
    const AUTH: Auth = Auth::User;

    async fn admit(params: &P, ctx: &Ctx) -> Result<Self> {
        let named = params.named()?;
        let (inner, id) = (ctx.clone(), named.to_owned());
        let found = ctx
            .read(async move |tx| {
                if let Some(refusal) = P::absent()
                    && rows::by_id(tx, &id).await?.is_none()
                {
                    return Err(refusal);
                }
                let Some(room) = direct::find(&inner, tx, &id).await? else { return Ok(None) };
                if !can_access(&inner, tx, &room).await? {
                    return Err(Error::unauthorized());
                }
                let subscription = subs::find(tx, &room.id, inner.uid()).await?;
                Ok(Some(Self { room, subscription }))
            })
            .await?;
        if let Some(found) = found {
            return Ok(found);
        }
        let (inner, name) = (ctx.clone(), named.to_owned());
        ctx.write(async move |tx| {
            let room = direct::find_or_open(&inner, tx, &name).await?;
            let subscription = subs::find(tx, &room.id, inner.uid()).await?;
            Ok(Self { room, subscription })
        })
        .await
    }
}

/// Opens a direct room with one person or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    /// The other person's username.
    username: Option<String>,
    /// Several usernames, separated by commas.
    usernames: Option<String>,
    /// The caller stays out of the room.
    exclude_self: Option<bool>,
}

/// The room that is open now.
#[derive(Debug, Serialize, JsonSchema)]
struct CreateReply {
    room: Opened,
}

/// A direct room in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::rooms) struct Opened {
    t: RoomType,
    rid: String,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    usernames: Vec<String>,
}

impl Opened {
    /// With the id under both its names, as REST has it, or only as `rid`.
    pub(in crate::rooms) fn new(room: Room, both: bool) -> Self {
        Self {
            t: room.t,
            id: both.then(|| room.id.clone()),
            rid: room.id,
            usernames: room.usernames.unwrap_or_default(),
        }
    }
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("im.create", "im").aliases(&["dm.create"]);
    type Guard = LoggedIn;
    type Reply = CreateReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<CreateReply> {
        let names = either(("usernames", self.usernames.as_deref()), ("username", self.username.as_deref()))?;
        let usernames: Vec<String> = match self.username {
            Some(name) => vec![name],
            None => names.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        let (inner, without) = (ctx.clone(), self.exclude_self.unwrap_or(false));
        let (room, _) =
            ctx.write(async move |tx| direct::open(&inner, tx, &usernames, without).await).await?;
        Ok(CreateReply { room: Opened::new(room, true) })
    }
}

/// Deletes a direct room with all messages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    /// Room id.
    room_id: Option<String>,
    /// The other person's username.
    username: Option<String>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("im.delete", "im").aliases(&["dm.delete"]);
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        let named = either(("roomId", self.room_id.as_deref()), ("username", self.username.as_deref()))?;
        let named = named.to_owned();
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let room = direct::find(&inner, tx, &named).await?.ok_or_else(not_found)?;
            let overseer = inner.may("view-room-administration");
            if !overseer && !can_access(&inner, tx, &room).await? {
                return Err(Error::new("error-not-allowed", "Not allowed"));
            }
            delete::erase(&inner, tx, &room.id).await
        })
        .await?;
        Ok(Done {})
    }
}

fn not_found() -> Error {
    Error::new(
        "error-room-not-found",
        "The required \"roomId\" param provided does not match any direct message",
    )
}

about_direct!(Open "Body", CountersOf "Query", SetTopic "Body");
about_either!(Members, Messages);

impl AboutDirect for Close {
    fn named(&self) -> Result<&str> {
        self.room_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| not_named("Body"))
    }

    fn absent() -> Option<Error> {
        Some(not_subscribed())
    }
}

fn not_subscribed() -> Error {
    Error::message("The user is not subscribed to the room")
}

impl AboutDirect for ReadHistory {
    fn named(&self) -> Result<&str> {
        match self.room_id.as_deref() {
            None => Err(Error::invalid_params("must have required property 'roomId'")),
            Some("") => Err(Error::invalid_params("must NOT have fewer than 1 characters")),
            Some(id) => Ok(id),
        }
    }
}

/// Takes a direct room out of the caller's list until something new is said in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Close {
    /// Room id.
    room_id: Option<String>,
}

impl Endpoint for Close {
    const SPEC: Spec = Spec::post("im.close", "im").aliases(&["dm.close"]);
    type Guard = InDirect;
    type Reply = Done;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<Done> {
        let sub = direct.subscription.ok_or_else(not_subscribed)?;
        if !sub.open {
            return Err(Error::message("The direct message room, is already closed to the sender"));
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::hide(&inner, tx, &sub.rid).await).await?;
        Ok(Done {})
    }
}

/// Puts a direct room back into the caller's list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Open {
    /// Room id.
    room_id: Option<String>,
}

impl Endpoint for Open {
    const SPEC: Spec = Spec::post("im.open", "im").aliases(&["dm.open"]);
    type Guard = InDirect;
    type Reply = Done;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<Done> {
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::open(&inner, tx, &direct.room.id).await).await?;
        Ok(Done {})
    }
}

/// Counts messages, members and what is unread in a direct room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CountersOf {
    /// Room id.
    room_id: Option<String>,
    /// Count for this user instead of the caller; takes `view-room-administration`.
    user_id: Option<String>,
}

impl Endpoint for CountersOf {
    const SPEC: Spec = Spec::get("im.counters", "im").aliases(&["dm.counters"]);
    type Guard = LoggedIn;
    type Reply = Counters;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Counters> {
        let overseer = ctx.may("view-room-administration");
        let other = self.user_id.clone().filter(|uid| !uid.is_empty());
        if other.is_none() {
            let own = CountersOf { room_id: self.room_id, user_id: None };
            let direct = InDirect::admit(&own, ctx).await?;
            return Ok(Counters::of_direct(&direct.room, direct.subscription.as_ref(), overseer));
        }
        let rid = self.named()?.to_owned();
        if !overseer {
            return Err(Error::unauthorized());
        }
        ctx.read(async move |tx| {
            let room = rows::by_id(tx, &rid).await?.filter(|room| room.t == RoomType::Direct);
            let sub = subs::find(tx, &rid, other.as_deref().unwrap_or_default()).await?;
            match (room, sub) {
                (Some(room), Some(sub)) => Ok(Counters::of_direct(&room, Some(&sub), true)),
                _ => Err(Error::unauthorized()),
            }
        })
        .await
    }
}

/// Reads the messages of a direct room, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
struct ReadHistory {
    /// Room id.
    room_id: Option<String>,
    #[serde(flatten)]
    span: SpanParams,
}

impl Endpoint for ReadHistory {
    const SPEC: Spec = Spec::get("im.history", "im").aliases(&["dm.history"]);
    type Guard = InDirect;
    type Reply = History;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<History> {
        let (inner, span) = (ctx.clone(), self.span.span(ctx, false)?);
        let read = ctx.read(async move |tx| history::read(&inner, tx, &direct.room.id, &span).await).await?;
        read.ok_or_else(Error::unauthorized)
    }
}

/// Lists the people of a direct room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
struct Members {
    /// Room id.
    room_id: Option<String>,
    /// The other person's username.
    username: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    #[serde(flatten)]
    filter: MembersFilter,
}

impl Endpoint for Members {
    const SPEC: Spec = Spec::get("im.members", "im").aliases(&["dm.members"]);
    type Guard = InDirect;
    type Reply = MembersReply;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<MembersReply> {
        let (roster, window) = (self.filter.roster(ctx, false)?, self.filter.window(ctx));
        let (members, total) =
            ctx.read(async move |tx| roster.page(tx, &direct.room.id, window).await).await?;
        Ok(MembersReply { count: members.len(), members, offset: window.offset, total })
    }
}

/// Lists the messages of a direct room, newest first, replies in threads included.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
struct Messages {
    /// Room id.
    room_id: Option<String>,
    /// The other person's username.
    username: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    fields: Option<String>,
    #[serde(flatten)]
    filter: FilterParams,
}

impl Endpoint for Messages {
    const SPEC: Spec = Spec::get("im.messages", "im").aliases(&["dm.messages"]);
    type Guard = InDirect;
    type Reply = MessagesReply;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<MessagesReply> {
        messages(ctx, direct.room.id, &self.filter).await
    }
}

/// Lists the messages of a direct room of other people, where the workspace allows it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MessagesOfOthers {
    /// Room id.
    room_id: Option<String>,
    #[serde(flatten)]
    filter: FilterParams,
}

impl Endpoint for MessagesOfOthers {
    const SPEC: Spec = Spec::get("im.messages.others", "im")
        .aliases(&["dm.messages.others"])
        .needs_all(&["view-room-administration"]);
    type Guard = LoggedIn;
    type Reply = MessagesReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<MessagesReply> {
        if !ctx.settings.get(keys::API_Enable_Direct_Message_History_EndPoint) {
            return Err(Error::new("error-endpoint-disabled", "This endpoint is disabled")
                .with_details(json!({ "route": "/api/v1/im.messages.others" })));
        }
        let Some(rid) = self.room_id.filter(|rid| !rid.is_empty()) else {
            return Err(Error::new(
                "error-roomid-param-not-provided",
                "The parameter \"roomId\" is required",
            ));
        };
        let id = rid.clone();
        let room = ctx.read(async move |tx| rows::by_id(tx, &id).await).await?;
        if room.is_none_or(|room| room.t != RoomType::Direct) {
            return Err(Error::new(
                "error-room-not-found",
                format!("No direct message room found by the id of: {rid}"),
            ));
        }
        messages(ctx, rid, &self.filter).await
    }
}

/// A page of direct rooms.
#[derive(Debug, Serialize, JsonSchema)]
struct RoomsReply {
    ims: Vec<Room>,
    offset: i64,
    count: usize,
    total: i64,
}

/// A page of the caller's direct rooms, or of `all`.
async fn rooms(ctx: &Ctx, page: &Page, all: bool) -> Result<RoomsReply> {
    let (window, order) = (page.window(ctx), page.order_by(SORTS, "COALESCE(r.name, '')")?);
    let inner = ctx.clone();
    let (ims, total) = ctx
        .read(async move |tx| {
            let (t, order) = (RoomType::Direct, order.clone());
            if all {
                lists::every(&inner, tx, t, order, window).await
            } else {
                lists::joined(&inner, tx, t, order, window).await
            }
        })
        .await?;
    Ok(RoomsReply { count: ims.len(), ims, offset: window.offset, total })
}

/// Lists the caller's direct rooms.
#[derive(Debug, Deserialize, JsonSchema)]
struct Joined {
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for Joined {
    const SPEC: Spec = Spec::get("im.list", "im").aliases(&["dm.list"]);
    type Guard = LoggedIn;
    type Reply = RoomsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoomsReply> {
        rooms(ctx, &self.page, false).await
    }
}

/// Lists all direct rooms of the workspace.
#[derive(Debug, Deserialize, JsonSchema)]
struct Everyone {
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for Everyone {
    const SPEC: Spec = Spec::get("im.list.everyone", "im")
        .aliases(&["dm.list.everyone"])
        .needs_all(&["view-room-administration"]);
    type Guard = LoggedIn;
    type Reply = RoomsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoomsReply> {
        rooms(ctx, &self.page, true).await
    }
}

/// Sets the topic of a direct room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetTopic {
    /// Room id.
    room_id: Option<String>,
    /// The new topic; empty to remove it.
    topic: Option<String>,
}

/// The new topic.
#[derive(Debug, Serialize, JsonSchema)]
struct TopicReply {
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
}

impl Endpoint for SetTopic {
    const SPEC: Spec = Spec::post("im.setTopic", "im").aliases(&["dm.setTopic"]);
    type Guard = InDirect;
    type Reply = TopicReply;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<TopicReply> {
        let (inner, topic) = (ctx.clone(), self.topic.clone().unwrap_or_default());
        ctx.write(async move |tx| {
            let changes = Changes { room_topic: Some(topic.clone()), ..Changes::default() };
            settings::save(&inner, tx, &direct.room.id, changes).await
        })
        .await?;
        Ok(TopicReply { topic: self.topic })
    }
}

/// Blocks the other person of a direct room, or takes it back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BlockUser {
    /// Room id.
    room_id: String,
    /// Whether the other person is blocked.
    block: bool,
}

impl AboutDirect for BlockUser {
    fn named(&self) -> Result<&str> {
        Ok(&self.room_id)
    }
}

impl Endpoint for BlockUser {
    const SPEC: Spec = Spec::post("im.blockUser", "im").aliases(&["dm.blockUser"]);
    type Guard = InDirect;
    type Reply = Done;

    async fn call(self, direct: InDirect, ctx: &Ctx) -> Result<Done> {
        let other =
            direct.room.uids.iter().flatten().find(|uid| *uid != ctx.uid()).cloned().unwrap_or_default();
        let inner = ctx.clone();
        ctx.write(async move |tx| roster::block(&inner, tx, &direct.room, &other, self.block).await).await?;
        Ok(Done {})
    }
}
