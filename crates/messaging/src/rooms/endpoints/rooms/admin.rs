//! Lists for administrators and for pickers.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use super::not_allowed;
use crate::rooms::directory::{self, AdminFilter, Entry};
use crate::rooms::rows;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<AdminRooms>()
        .endpoint::<AdminPrivateRooms>()
        .endpoint::<AdminRoom>()
        .endpoint::<CompleteAdminRooms>()
        .endpoint::<CompleteOwn>()
        .endpoint::<CompleteOwnPaged>()
        .endpoint::<CompleteForTeams>();
}

/// Lists all rooms of the workspace.
#[derive(Debug, Deserialize, JsonSchema)]
struct AdminRooms {
    /// Only these types: letters, and `discussions` and `teams`. One text or a list.
    types: Option<Value>,
    /// Part of the name.
    filter: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of rooms.
#[derive(Debug, Serialize, JsonSchema)]
struct RoomsReply {
    rooms: Vec<Room>,
    count: usize,
    offset: i64,
    total: i64,
}

/// A parameter that is one text or several.
fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => {
            several.into_iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
        }
        Some(Value::Object(several)) => {
            several.into_iter().filter_map(|(_, v)| v.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

async fn admin_rooms(ctx: &Ctx, filter: AdminFilter, page: Page) -> Result<RoomsReply> {
    let (inner, window) = (ctx.clone(), page.window(ctx));
    let (rooms, total) =
        ctx.read(async move |tx| directory::for_admin(&inner, tx, &filter, &page, window).await).await?;
    Ok(RoomsReply { count: rooms.len(), rooms, offset: window.offset, total })
}

impl Endpoint for AdminRooms {
    const SPEC: Spec = Spec::get("rooms.adminRooms", "rooms");
    type Guard = LoggedIn;
    type Reply = RoomsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoomsReply> {
        let filter = AdminFilter { text: self.filter.unwrap_or_default(), types: texts(self.types) };
        admin_rooms(ctx, filter, self.page).await
    }
}

/// Lists all private groups of the workspace.
#[derive(Debug, Deserialize, JsonSchema)]
struct AdminPrivateRooms {
    /// Part of the name.
    filter: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for AdminPrivateRooms {
    const SPEC: Spec =
        Spec::get("rooms.adminRooms.privateRooms", "rooms").needs_all(&["view-room-administration"]);
    type Guard = LoggedIn;
    type Reply = RoomsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<RoomsReply> {
        let filter = AdminFilter { text: self.filter.unwrap_or_default(), types: vec!["p".to_owned()] };
        admin_rooms(ctx, filter, self.page).await
    }
}

/// Describes one room to an administrator.
#[derive(Debug, Deserialize, JsonSchema)]
struct AdminRoom {
    /// Room id.
    rid: Option<String>,
}

impl Endpoint for AdminRoom {
    const SPEC: Spec = Spec::get("rooms.adminRooms.getRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = Room;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Room> {
        directory::ensure_admin(ctx)?;
        let rid = self.rid.unwrap_or_default();
        let mut room =
            ctx.read(async move |tx| rows::by_id(tx, &rid).await).await?.ok_or_else(not_allowed)?;
        room.last_message = None;
        Ok(room)
    }
}

/// What is typed in a picker.
#[derive(Debug, Default, Deserialize)]
struct Selector {
    #[serde(default)]
    name: String,
}

/// The text of a selector, which is JSON in a parameter.
fn selector(text: Option<String>) -> Result<String> {
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Error::message("The 'selector' param is required"))?;
    let selector: Selector = serde_json::from_str(&text)
        .map_err(|_| Error::new("error-invalid-params", "The 'selector' param is not a JSON object"))?;
    Ok(selector.name)
}

/// Rooms that fit what is typed.
#[derive(Debug, Serialize, JsonSchema)]
struct Items {
    items: Vec<Entry>,
}

/// Completes the name of any channel or group.
#[derive(Debug, Deserialize, JsonSchema)]
struct CompleteAdminRooms {
    /// JSON with the beginning of the name: `{"name": "gen"}`.
    selector: Option<String>,
}

impl Endpoint for CompleteAdminRooms {
    const SPEC: Spec = Spec::get("rooms.autocomplete.adminRooms", "rooms");
    type Guard = LoggedIn;
    type Reply = Items;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Items> {
        let (inner, name) = (ctx.clone(), selector(self.selector)?);
        let items = ctx.read(async move |tx| directory::all_beginning(&inner, tx, &name).await).await?;
        Ok(Items { items })
    }
}

/// Completes the name of one of the caller's channels and groups.
#[derive(Debug, Deserialize, JsonSchema)]
struct CompleteOwn {
    /// JSON with the beginning of the name: `{"name": "gen"}`.
    selector: Option<String>,
}

impl Endpoint for CompleteOwn {
    const SPEC: Spec = Spec::get("rooms.autocomplete.channelAndPrivate", "rooms");
    type Guard = LoggedIn;
    type Reply = Items;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Items> {
        let (inner, name) = (ctx.clone(), selector(self.selector)?);
        let window = Window { offset: 0, count: 10 };
        let (items, _) = ctx
            .read(async move |tx| directory::own(&inner, tx, &name, &Page::default(), window).await)
            .await?;
        Ok(Items { items })
    }
}

/// Completes the name of one of the caller's channels and groups, page by page.
#[derive(Debug, Deserialize, JsonSchema)]
struct CompleteOwnPaged {
    /// JSON with the beginning of the name: `{"name": "gen"}`.
    selector: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of rooms that fit what is typed.
#[derive(Debug, Serialize, JsonSchema)]
struct ItemPage {
    items: Vec<Entry>,
    total: i64,
}

impl Endpoint for CompleteOwnPaged {
    const SPEC: Spec = Spec::get("rooms.autocomplete.channelAndPrivate.withPagination", "rooms");
    type Guard = LoggedIn;
    type Reply = ItemPage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ItemPage> {
        let (inner, name) = (ctx.clone(), selector(self.selector)?);
        let (page, window) = (self.page.clone(), self.page.window(ctx));
        let (items, total) =
            ctx.read(async move |tx| directory::own(&inner, tx, &name, &page, window).await).await?;
        Ok(ItemPage { items, total })
    }
}

/// Completes the name of one of the caller's rooms that can be moved into a team.
#[derive(Debug, Deserialize, JsonSchema)]
struct CompleteForTeams {
    /// The beginning of the name.
    name: Option<String>,
}

impl Endpoint for CompleteForTeams {
    const SPEC: Spec = Spec::get("rooms.autocomplete.availableForTeams", "rooms");
    type Guard = LoggedIn;
    type Reply = Items;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Items> {
        let (inner, name) = (ctx.clone(), self.name.unwrap_or_default());
        let items = ctx.read(async move |tx| directory::available_for_teams(&inner, tx, &name).await).await?;
        Ok(Items { items })
    }
}
