//! `messageSearch`, `rocketchatSearch.getProvider`, `rocketchatSearch.search`, `rocketchatSearch.suggest`

use std::collections::BTreeMap;

use gantry_protocol::RawJson;
use gantry_protocol::objects::Message;

use super::super::search::{self, In};
use super::super::{for_user, place};
use super::*;
use crate::rooms;

/// `messageSearch [text, rid, limit, offset]`
#[derive(Debug, Deserialize)]
pub(super) struct MessageSearch {
    text: String,
    rid: Option<String>,
    limit: Option<i64>,
    offset: Option<i64>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct SearchResult<T> {
    message: Docs<T>,
}

#[derive(Debug, Serialize)]
struct Docs<T> {
    docs: Vec<T>,
}

fn found<T>(docs: Vec<T>) -> OrFalse<SearchResult<T>> {
    OrFalse::Found(SearchResult { message: Docs { docs } })
}

impl Method for MessageSearch {
    const SPEC: MethodSpec = MethodSpec::new("messageSearch", TAG);
    type Guard = LoggedIn;
    type Reply = OrFalse<SearchResult<RawJson>>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let window = Window { offset: self.offset.unwrap_or(0).max(0), count: page_size(self.limit, 20) };
        let rid = self.rid.filter(|rid| !rid.is_empty());
        let inner = ctx.clone();
        ctx.read(async move |tx| match messages(&inner, tx, &self.text, rid.as_deref(), window).await? {
            Some(docs) => Ok(found(docs)),
            None => Ok(OrFalse::False),
        })
        .await
    }
}

/// Messages of a room, or of all the caller's rooms where that is switched on; `None` if the room is closed to
/// the caller.
async fn messages(
    ctx: &Ctx,
    tx: &Tx,
    text: &str,
    rid: Option<&str>,
    window: Window,
) -> Result<Option<Vec<RawJson>>> {
    let docs = match rid {
        Some(rid) => {
            let Some(place) = place::readable(ctx, tx, rid).await? else { return Ok(None) };
            search::find(ctx, tx, text, In::Room(rid, place.room.msgs), window).await?
        }
        None if search::global(ctx) => search::find(ctx, tx, text, In::MyRooms, window).await?,
        None => Vec::new(),
    };
    for_user::list(ctx, tx, docs).await.map(Some)
}

/// `rocketchatSearch.getProvider []`: what searches, for the search panel.
#[derive(Debug, Deserialize)]
pub(super) struct GetProvider {}

/// Describes the one search provider.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provider {
    key: &'static str,
    description: &'static str,
    icon: &'static str,
    result_template: &'static str,
    supports_suggestions: bool,
    suggestion_item_template: &'static str,
    settings: BTreeMap<&'static str, Option<Arc<Value>>>,
}

impl Method for GetProvider {
    const SPEC: MethodSpec = MethodSpec::new("rocketchatSearch.getProvider", TAG);
    type Guard = Anyone;
    type Reply = Provider;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Provider> {
        let setting = |key| (key, ctx.settings.value(&format!("Search.defaultProvider.{key}")));
        Ok(Provider {
            key: "defaultProvider",
            description: "You_can_search_using_RegExp_eg",
            icon: "magnifier",
            result_template: "DefaultSearchResultTemplate",
            supports_suggestions: false,
            suggestion_item_template: "DefaultSuggestionItemTemplate",
            settings: ["GlobalSearchEnabled", "PageSize"].map(setting).into(),
        })
    }
}

/// `rocketchatSearch.search [text, {uid, rid}, {searchAll, limit}]`
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    text: String,
    context: Option<Context>,
    payload: Option<Payload>,
}

#[derive(Debug, Deserialize)]
struct Context {
    rid: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    search_all: Option<bool>,
    limit: Option<i64>,
}

/// A message with what a result list shows of its author and room.
#[derive(Debug, Serialize)]
pub(super) struct Hit {
    #[serde(flatten)]
    message: Message,
    user: String,
    r: HitRoom,
    username: Option<String>,
    valid: bool,
}

#[derive(Debug, Serialize)]
struct HitRoom {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    t: gantry_protocol::objects::RoomType,
}

/// The result; without messages if the room is closed to the caller.
#[derive(Debug, Serialize)]
pub(super) struct Hits {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Docs<Hit>>,
}

impl Method for Search {
    const SPEC: MethodSpec = MethodSpec::new("rocketchatSearch.search", TAG);
    type Guard = LoggedIn;
    type Reply = Hits;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Hits> {
        let payload = self.payload.unwrap_or_default();
        let setting = ctx.settings.value("Search.defaultProvider.PageSize");
        let page = setting.as_deref().and_then(Value::as_i64).filter(|page| *page > 0).unwrap_or(10);
        let limit = payload.limit.filter(|limit| *limit != 0).unwrap_or(page);
        let window = Window { offset: 0, count: page_size(Some(limit), page) };
        let rid = self.context.and_then(|context| context.rid).filter(|rid| !rid.is_empty());
        let rid = rid.filter(|_| payload.search_all != Some(true));
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let Some(docs) = messages(&inner, tx, &self.text, rid.as_deref(), window).await? else {
                return Ok(Hits { message: None });
            };
            let mut hits = Vec::new();
            for doc in docs {
                let message: Message = doc.parse().map_err(Error::internal)?;
                let Some(room) = rooms::rows::by_id(tx, &message.rid).await? else { continue };
                hits.push(Hit {
                    user: message.u.id.clone(),
                    r: HitRoom { name: room.name, t: room.t },
                    username: message.u.username.clone(),
                    valid: true,
                    message,
                });
            }
            Ok(Hits { message: Some(Docs { docs: hits }) })
        })
        .await
    }
}

/// `rocketchatSearch.suggest [text, context, payload]`: the provider suggests nothing.
#[derive(Debug, Deserialize)]
pub(super) struct Suggest {}

impl Method for Suggest {
    const SPEC: MethodSpec = MethodSpec::new("rocketchatSearch.suggest", TAG);
    type Guard = Anyone;
    type Reply = Vec<Value>;

    async fn call(self, _: Anyone, _: &Ctx) -> Result<Vec<Value>> {
        Ok(Vec::new())
    }
}
