//! Lists of users over REST.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Needs;

use crate::users::autocomplete::{self, Selector};
use crate::users::list::{self, Filter};
use crate::users::view;

/// Fields that lists show.
const LISTED: &[&str] =
    &["name", "username", "emails", "roles", "status", "active", "avatarETag", "lastLogin", "type"];

/// One page of users.
#[derive(Serialize, JsonSchema)]
pub(super) struct UsersReply {
    users: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

/// Whether the caller may list users at all.
fn check(ctx: &Ctx) -> Result<()> {
    let restricted = ctx.settings.flag_by_id("API_Apply_permission_view-outside-room_on_users-list");
    if restricted && !ctx.may("view-outside-room") { Err(Error::unauthorized()) } else { Ok(()) }
}

async fn answer(ctx: &Ctx, filter: Filter, page: &Page, fields: &[&str]) -> Result<UsersReply> {
    let (order, window) = (list::order(page)?, page.window(ctx));
    let everything = list::sees_everything(ctx);
    let filter = Filter { by_email: everything, ..filter };
    let (users, total) = ctx.read(async move |tx| list::page(tx, &filter, &order, window).await).await?;
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let users =
        users.iter().map(|user| view::listed(user, &fields, everything)).collect::<Result<Vec<_>>>()?;
    Ok(UsersReply { count: users.len(), users, offset: window.offset, total })
}

/// All users.
#[derive(Deserialize, JsonSchema)]
pub(super) struct List {
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for List {
    const SPEC: Spec = Spec { needs: Needs::All(&["view-d-room"]), ..Spec::get("users.list", "users") };
    type Guard = LoggedIn;
    type Reply = UsersReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UsersReply> {
        check(ctx)?;
        answer(ctx, Filter::default(), &self.page, LISTED).await
    }
}

/// Whether a user may log in.
#[derive(Clone, Copy, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Activity {
    /// May log in.
    Active,
    /// May not.
    Deactivated,
}

/// Users by activity, role and name.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListByStatus {
    /// `active` or `deactivated`.
    status: Option<Activity>,
    /// Whether they have logged in at least once.
    has_logged_in: Option<bool>,
    /// `user`, `bot`, ...
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Ids of roles; `all` for every role.
    roles: Option<Vec<String>>,
    /// Part of a name or, for those who may see it, an address.
    search_term: Option<String>,
    /// Why they are not active.
    #[expect(dead_code, reason = "accepted; the reason is shown, not searched")]
    inactive_reason: Option<Vec<String>>,
    /// Sort order as JSON.
    sort: Option<String>,
    /// Entries to return.
    count: Option<i64>,
    /// Entries to skip.
    offset: Option<i64>,
}

impl Endpoint for ListByStatus {
    const SPEC: Spec =
        Spec { needs: Needs::All(&["view-d-room"]), ..Spec::get("users.listByStatus", "users") };
    type Guard = LoggedIn;
    type Reply = UsersReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UsersReply> {
        check(ctx)?;
        let filter = Filter {
            search: self.search_term,
            active: self.status.map(|status| status == Activity::Active),
            logged_in: self.has_logged_in,
            kind: self.kind.filter(|kind| !kind.is_empty()),
            roles: self.roles.filter(|roles| !roles.is_empty() && !roles.iter().any(|role| role == "all")),
            by_email: false,
        };
        let page = Page { offset: self.offset, count: self.count, sort: self.sort };
        let fields = [LISTED, &["reason", "federated", "inactiveReason"]].concat();
        answer(ctx, filter, &page, &fields).await
    }
}

/// Users whose names fit what somebody types.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Autocomplete {
    /// JSON: `{term, exceptions, conditions}`.
    selector: String,
}

/// At most ten users.
#[derive(Serialize, JsonSchema)]
pub(super) struct AutocompleteReply {
    items: Vec<Value>,
}

impl Endpoint for Autocomplete {
    const SPEC: Spec = Spec::get("users.autocomplete", "users");
    type Guard = LoggedIn;
    type Reply = AutocompleteReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<AutocompleteReply> {
        let users = autocomplete::find(ctx, Selector::parse(&self.selector)?).await?;
        let fields: Vec<String> = ["name", "username", "nickname", "status", "avatarETag"]
            .iter()
            .map(|field| (*field).to_owned())
            .collect();
        let items = users.iter().map(|user| view::listed(user, &fields, true)).collect::<Result<_>>()?;
        Ok(AutocompleteReply { items })
    }
}
