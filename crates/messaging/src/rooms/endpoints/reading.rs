//! Reading a room: history, messages, mentions, counters.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_protocol::objects::RoomType;

use super::direct::either;
use crate::messages::history::History;
use crate::rooms::counters::Counters;
use crate::rooms::guards::{self, AboutRoom, Live, Named, RoomOf, Seen, about_room};
use crate::rooms::history::{self, Filter, Span};
use crate::rooms::kind::{Channels, Groups, Kind, path, register_both};
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    register_both!(registry, ReadHistory, CountersOf);
    registry
        .endpoint::<ChannelsMessages>()
        .endpoint::<GroupsMessages>()
        .endpoint::<AnonymousRead>()
        .endpoint::<UserMentions>();
}

about_room!(schema: ReadHistory);

/// Which part of a history a client asks for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpanParams {
    /// Newest time, ISO 8601; now if absent.
    latest: Option<String>,
    /// Oldest time, ISO 8601.
    oldest: Option<String>,
    /// Messages of exactly these times belong to it.
    inclusive: Option<bool>,
    /// Tell about unread messages that are not returned.
    unreads: Option<bool>,
    /// Show replies that stay in their thread.
    show_thread_messages: Option<bool>,
    #[serde(flatten)]
    page: Page,
}

impl SpanParams {
    /// The span. Upstream's groups differ from other rooms in what goes without saying: 20 messages, and
    /// replies that stay in their thread among them.
    pub(super) fn span(&self, ctx: &Ctx, group: bool) -> Result<Span> {
        let mut window = self.page.window(ctx);
        if self.page.count.is_none() && group {
            window.count = 20;
        }
        // Groups take an empty time for none.
        let given = |text: &Option<String>| {
            text.as_deref().filter(|text| !group || !text.is_empty()).map(time).transpose()
        };
        Ok(Span {
            latest: given(&self.latest)?,
            oldest: given(&self.oldest)?,
            inclusive: self.inclusive.unwrap_or(false),
            window,
            unreads: self.unreads.unwrap_or(false),
            threads: self.show_thread_messages.unwrap_or(group),
        })
    }
}

/// A time as clients write it.
///
/// # Errors
/// 400.
pub(super) fn time(text: &str) -> Result<Timestamp> {
    Timestamp::parse_iso(text).ok_or_else(|| Error::new("error-invalid-date", "Invalid date"))
}

/// Reads the messages of a room, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
struct ReadHistory<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    #[serde(flatten)]
    span: SpanParams,
}

impl<K: Kind> Endpoint for ReadHistory<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.history", "groups.history"), K::TAG);
    type Guard = Seen<K>;
    type Reply = History;

    async fn call(self, seen: Seen<K>, ctx: &Ctx) -> Result<History> {
        let (inner, span) = (ctx.clone(), self.span.span(ctx, K::T == Groups::T)?);
        let read = ctx.read(async move |tx| history::read(&inner, tx, &seen.room.id, &span).await).await?;
        read.ok_or_else(Error::unauthorized)
    }
}

/// Which messages a client asks for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilterParams {
    /// Only messages that mention one of these users: ids, separated by commas.
    mention_ids: Option<String>,
    /// Only messages that one of these users starred: ids, separated by commas.
    starred_ids: Option<String>,
    /// `true` for pinned messages only.
    pinned: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    #[serde(flatten)]
    pub(super) page: Page,
}

impl FilterParams {
    pub(super) fn filter(&self) -> Result<Filter> {
        let ids = |text: &Option<String>| -> Vec<String> {
            let parts = text.iter().flat_map(|text| text.split(',')).map(|id| id.trim().to_owned());
            parts.filter(|id| !id.is_empty()).collect()
        };
        Ok(Filter {
            mention_ids: ids(&self.mention_ids),
            starred_ids: ids(&self.starred_ids),
            pinned: self.pinned.as_deref().is_some_and(|pinned| pinned.eq_ignore_ascii_case("true")),
            ascending: self.page.order_by(&[("ts", "ts")], "ts DESC")? == "ts ASC",
        })
    }
}

/// A page of messages.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MessagesReply {
    messages: Vec<RawJson>,
    count: usize,
    offset: i64,
    total: i64,
}

/// The page of a room's messages that `params` ask for.
pub(super) async fn messages(ctx: &Ctx, rid: String, params: &FilterParams) -> Result<MessagesReply> {
    let (inner, filter, window) = (ctx.clone(), params.filter()?, params.page.window(ctx));
    let (messages, total) =
        ctx.read(async move |tx| history::list(&inner, tx, &rid, &filter, window).await).await?;
    Ok(MessagesReply { count: messages.len(), messages, offset: window.offset, total })
}

/// Lists the messages of a channel, newest first, replies in threads included.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct ChannelsMessages {
    #[serde(flatten)]
    room: RoomOf<Channels>,
    #[serde(flatten)]
    filter: FilterParams,
}

impl AboutRoom<Channels> for ChannelsMessages {
    fn room(&self) -> &RoomOf<Channels> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        let named = self.room.room_id.is_some() || self.room.room_name.is_some();
        let missing = || Error::invalid_params("must have required property 'roomId'");
        if named { Ok(()) } else { Err(missing()) }
    }
}

impl Endpoint for ChannelsMessages {
    const SPEC: Spec = Spec::get("channels.messages", "channels").needs_all(&["view-c-room"]);
    type Guard = Seen<Channels>;
    type Reply = MessagesReply;

    async fn call(self, seen: Seen<Channels>, ctx: &Ctx) -> Result<MessagesReply> {
        if ctx.may("view-joined-room") && seen.subscription.is_none() {
            return Err(Error::unauthorized());
        }
        messages(ctx, seen.room.id, &self.filter).await
    }
}

/// Lists the messages of a group, newest first, replies in threads included.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct GroupsMessages {
    #[serde(flatten)]
    room: RoomOf<Groups>,
    #[serde(flatten)]
    filter: FilterParams,
}

impl AboutRoom<Groups> for GroupsMessages {
    fn room(&self) -> &RoomOf<Groups> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        let (id, name) = (self.room.room_id.as_deref(), self.room.room_name.as_deref());
        either(("roomId", id), ("roomName", name)).map(|_| ())
    }
}

impl Endpoint for GroupsMessages {
    const SPEC: Spec = Spec::get("groups.messages", "groups");
    type Guard = Live<Groups>;
    type Reply = MessagesReply;

    async fn call(self, live: Live<Groups>, ctx: &Ctx) -> Result<MessagesReply> {
        messages(ctx, live.room.id, &self.filter).await
    }
}

/// Lists the messages of a channel without signing in.
#[derive(Debug, Deserialize, JsonSchema)]
struct AnonymousRead {
    #[serde(flatten)]
    room: RoomOf<Channels>,
    #[serde(flatten)]
    filter: FilterParams,
}

impl Endpoint for AnonymousRead {
    const SPEC: Spec = Spec::get("channels.anonymousread", "channels");
    type Guard = Anyone;
    type Reply = MessagesReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<MessagesReply> {
        if !ctx.settings.get(keys::Accounts_AllowAnonymousRead) {
            return Err(Error::new("error-not-allowed", "Enable \"Allow Anonymous Read\"")
                .with_details(json!({ "method": "channels.anonymousread" })));
        }
        let (inner, named) = (ctx.clone(), self.room);
        let rid = ctx
            .read(async move |tx| {
                let room = named.find(tx).await?;
                let readable = crate::access::can_access(&inner, tx, &room).await?;
                if readable { Ok(room.id) } else { Err(Channels::not_found()) }
            })
            .await?;
        messages(ctx, rid, &self.filter).await
    }
}

/// Lists the messages of a room that mention the caller.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
struct UserMentions {
    /// Room id.
    room_id: String,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of messages that mention the caller.
#[derive(Debug, Serialize, JsonSchema)]
struct MentionsReply {
    mentions: Vec<RawJson>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for UserMentions {
    const SPEC: Spec = Spec::get("channels.getAllUserMentionsByChannel", "channels");
    type Guard = LoggedIn;
    type Reply = MentionsReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<MentionsReply> {
        let window = self.page.window(ctx);
        let ascending = self.page.order_by(&[("ts", "ts")], "ts ASC")? == "ts ASC";
        let filter = Filter { mention_ids: vec![caller.uid.clone()], ascending, ..Filter::default() };
        let inner = ctx.clone();
        let (mentions, total) = ctx
            .read(async move |tx| {
                let room = crate::rooms::rows::by_id(tx, &self.room_id).await?;
                let room = room.ok_or_else(|| Error::new("error-invalid-room", "Invalid room"))?;
                if !crate::access::can_access(&inner, tx, &room).await? {
                    return Err(Error::new("error-invalid-room", "Invalid room"));
                }
                history::list(&inner, tx, &room.id, &filter, window).await
            })
            .await?;
        Ok(MentionsReply { count: mentions.len(), mentions, offset: window.offset, total })
    }
}

/// Counts messages, members and what is unread in a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CountersOf<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    /// Count for this user instead of the caller; takes `view-room-administration`.
    user_id: Option<String>,
}

impl<K: Kind> AboutRoom<K> for CountersOf<K> {
    fn room(&self) -> &RoomOf<K> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        let named = [&self.room.room_id, &self.room.room_name];
        match K::T {
            RoomType::Private if named.iter().any(|name| name.as_deref() == Some("")) => {
                Err(guards::not_named())
            }
            RoomType::Private if named.iter().all(|name| name.is_none()) => Err(K::not_found()),
            _ => Ok(()),
        }
    }
}

impl<K: Kind> Endpoint for CountersOf<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.counters", "groups.counters"), K::TAG);
    type Guard = Named<K>;
    type Reply = Counters;

    async fn call(self, named: Named<K>, ctx: &Ctx) -> Result<Counters> {
        let overseer = ctx.may("view-room-administration");
        let other = self.user_id.filter(|uid| !uid.is_empty());
        let archived = named.room.archived.unwrap_or(false);
        // Of a group that is archived nobody hears more, whoever it is about.
        let hidden = other.is_some() && !overseer;
        if hidden && !(archived && K::T == RoomType::Private) {
            return Err(Error::unauthorized());
        }
        if archived {
            return Err(guards::archived::<K>(&named.room));
        }
        let uid = other.unwrap_or_else(|| ctx.uid().to_owned());
        ctx.read(async move |tx| {
            let sub = subs::find(tx, &named.room.id, &uid).await?;
            Counters::of(tx, &named.room, sub.as_ref(), overseer).await
        })
        .await
    }
}
