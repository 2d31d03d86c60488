//! Methods that read what was said in a room and who is in it.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;

use crate::access::can_access;
use crate::messages::history::History;
use crate::rooms::history::{self, Filter, Span};
use crate::rooms::refusals::{invalid_room, not_allowed};
use crate::rooms::roles::{self, Holder};
use crate::rooms::roster::{Member, Roster};
use crate::rooms::rows;
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<GetChannelHistory>()
        .method::<GetUserMentionsByChannel>()
        .method::<GetUsersOfRoom>()
        .method::<GetRoomRoles>();
}

/// Reads the messages of a room, newest first; `false` for a room that the caller may not read.
#[derive(Debug, Deserialize)]
struct GetChannelHistory {
    params: HistoryParams,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistoryParams {
    rid: String,
    latest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    inclusive: Option<bool>,
    offset: Option<i64>,
    count: Option<i64>,
    unreads: Option<bool>,
    show_thread_messages: Option<bool>,
}

/// A history, or `false`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum HistoryReply {
    Read(Box<History>),
    Refused(bool),
}

impl Method for GetChannelHistory {
    const SPEC: MethodSpec = MethodSpec::new("getChannelHistory", "rooms");
    type Guard = LoggedIn;
    type Reply = HistoryReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<HistoryReply> {
        let params = self.params;
        let upper = ctx.settings.get(keys::API_Upper_Count_Limit);
        let count = params.count.filter(|count| *count > 0).unwrap_or(20).min(upper.max(1));
        let span = Span {
            latest: params.latest,
            oldest: params.oldest,
            inclusive: params.inclusive.unwrap_or(false),
            window: Window { offset: params.offset.unwrap_or(0).max(0), count },
            unreads: params.unreads.unwrap_or(false),
            threads: params.show_thread_messages.unwrap_or(true),
        };
        let inner = ctx.clone();
        let read = ctx.read(async move |tx| history::read(&inner, tx, &params.rid, &span).await).await?;
        Ok(read.map_or(HistoryReply::Refused(false), |history| HistoryReply::Read(Box::new(history))))
    }
}

/// Lists the messages of a room that mention the caller.
#[derive(Debug, Deserialize)]
struct GetUserMentionsByChannel {
    params: MentionParams,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MentionParams {
    room_id: String,
    #[serde(default)]
    options: MentionOptions,
}

#[derive(Debug, Default, Deserialize)]
struct MentionOptions {
    limit: Option<i64>,
    skip: Option<i64>,
}

impl Method for GetUserMentionsByChannel {
    const SPEC: MethodSpec = MethodSpec::new("getUserMentionsByChannel", "rooms");
    type Guard = LoggedIn;
    type Reply = Vec<RawJson>;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Vec<RawJson>> {
        const METHOD: &str = "getUserMentionsByChannel";
        let options = self.params.options;
        let count = options.limit.filter(|limit| *limit > 0).unwrap_or(100).min(100);
        let window = Window { offset: options.skip.unwrap_or(0).max(0), count };
        let filter = Filter { mention_ids: vec![caller.uid.clone()], ascending: true, ..Filter::default() };
        let (inner, rid) = (ctx.clone(), self.params.room_id);
        ctx.read(async move |tx| {
            let room = rows::by_id(tx, &rid).await?.ok_or_else(|| invalid_room(METHOD))?;
            if !can_access(&inner, tx, &room).await? {
                return Err(invalid_room(METHOD));
            }
            Ok(history::list(&inner, tx, &rid, &filter, window).await?.0)
        })
        .await
    }
}

/// Lists the members of a room.
#[derive(Debug, Deserialize)]
struct GetUsersOfRoom {
    rid: String,
    show_all: Option<bool>,
    options: Option<Slice>,
    filter: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Slice {
    limit: Option<i64>,
    skip: Option<i64>,
}

/// Members of a room, and how many there are in all.
#[derive(Debug, Serialize)]
struct UsersOfRoom {
    total: i64,
    records: Vec<Member>,
}

impl Method for GetUsersOfRoom {
    const SPEC: MethodSpec = MethodSpec::new("getUsersOfRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = UsersOfRoom;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UsersOfRoom> {
        const METHOD: &str = "getUsersOfRoom";
        let slice = self.options.unwrap_or_default();
        let count = slice.limit.filter(|limit| *limit > 0).unwrap_or(i64::MAX);
        let window = Window { offset: slice.skip.unwrap_or(0).max(0), count };
        let present = ["online", "away", "busy"].map(str::to_owned).to_vec();
        let roster = Roster {
            statuses: if self.show_all.unwrap_or(false) { Vec::new() } else { present },
            filter: self.filter.unwrap_or_default(),
            real_names: ctx.settings.get(keys::UI_Use_Real_Name),
            ..Roster::default()
        };
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let room = rows::by_id(tx, &self.rid).await?.ok_or_else(|| not_allowed(METHOD))?;
            if !can_access(&inner, tx, &room).await? {
                return Err(Error::new("not-authorized", "Not Authorized").with_details(json!({ "method": METHOD })));
            }
            let own = subs::roles_in(tx, &room.id, inner.uid()).await?;
            if room.broadcast.unwrap_or(false) && !inner.may_in_room("view-broadcast-member-list", &own) {
                return Err(not_allowed(METHOD));
            }
            let (records, _) = roster.page(tx, &room.id, window).await?;
            Ok(UsersOfRoom { total: room.users_count, records })
        })
        .await
    }
}

/// Lists the members who hold a role in a room.
#[derive(Debug, Deserialize)]
struct GetRoomRoles {
    rid: String,
}

impl Method for GetRoomRoles {
    const SPEC: MethodSpec = MethodSpec::new("getRoomRoles", "rooms");
    type Guard = LoggedIn;
    type Reply = Vec<Holder>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<Holder>> {
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let room = rows::by_id(tx, &self.rid).await?.ok_or_else(|| invalid_room("getRoomRoles"))?;
            if !can_access(&inner, tx, &room).await? {
                return Err(invalid_room("getRoomRoles"));
            }
            roles::all(tx, &room.id).await
        })
        .await
    }
}
