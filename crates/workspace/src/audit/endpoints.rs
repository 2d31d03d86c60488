//! Auditing over REST.

use gantry_accounts::settings::trail::{self, Sought};
use gantry_kernel::prelude::*;
use gantry_messaging::rooms::roster::{Member, Roster};
use gantry_messaging::rooms::rows;

use super::log;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<RoomMembers>().endpoint::<SettingChanges>();
}

/// Lists the members of any room, and writes down that the caller has seen them.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RoomMembers {
    /// The room.
    #[schemars(length(min = 1))]
    room_id: String,
    /// Only members with this in their names.
    filter: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of members.
#[derive(Serialize, JsonSchema)]
struct Members {
    members: Vec<Member>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for RoomMembers {
    const SPEC: Spec = Spec::get("audit/rooms.members", "audit").needs_all(&["view-members-list-all-rooms"]);
    type Guard = LoggedIn;
    type Reply = Members;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Members> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(&[("username", "username")], "")?;
        let roster = Roster {
            filter: self.filter.clone().unwrap_or_default(),
            descending: order == "username DESC",
            ..Roster::default()
        };
        let (inner, rid, filter) = (ctx.clone(), self.room_id, self.filter);
        let (room, members, total) = ctx
            .read(async move |tx| {
                let room =
                    rows::by_id(tx, &rid).await?.ok_or_else(|| Error::not_found("Resource not found"))?;
                let (members, total) = roster.page(tx, &room.id, window).await?;
                Ok((room, members, total))
            })
            .await?;
        let fields = json!({
            "msg": "Room_members_list",
            "rids": [room.id],
            "type": "room_member_list",
            "room": room.name.or(room.fname),
            "filters": filter,
        });
        let results = usize::try_from(total).unwrap_or(0);
        // Nobody sees anything that is not written down first.
        ctx.write(async move |tx| log::write(&inner, tx, results, fields.clone()).await).await?;
        Ok(Members { count: members.len(), members, offset: window.offset, total })
    }
}

/// Lists who changed which setting, with what it was before. Secrets are masked.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SettingChanges {
    /// Entries to skip.
    offset: Option<i64>,
    /// Entries to return; 0 means all where the workspace allows it.
    count: Option<i64>,
    /// `{"ts": 1}` for the oldest first.
    sort: Option<String>,
    /// From when, as an ISO time.
    start: Option<String>,
    /// Until when, as an ISO time.
    end: Option<String>,
    /// Only changes of this setting.
    setting_id: Option<String>,
    /// Only changes by somebody like this.
    actor: Option<Actor>,
}

/// Who made a change.
#[derive(Default, Deserialize, JsonSchema)]
struct Actor {
    /// `user` or `system`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Id of the user.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// Username at that time.
    username: Option<String>,
    /// Address from which it came.
    ip: Option<String>,
    /// The client.
    useragent: Option<String>,
    /// Why the system did it.
    reason: Option<String>,
}

/// A page of changes.
#[derive(Serialize, JsonSchema)]
struct Changes {
    events: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

/// # Errors
/// For text that is no time.
fn time(name: &str, text: Option<&String>) -> Result<Option<Timestamp>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time = Timestamp::parse_iso(text)
        .ok_or_else(|| Error::message(format!("The \"{name}\" query parameter must be a valid date.")))?;
    Ok(Some(time))
}

impl Endpoint for SettingChanges {
    const SPEC: Spec = Spec::get("audit.settings", "audit").needs_all(&["can-audit"]);
    type Guard = LoggedIn;
    type Reply = Changes;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Changes> {
        let (start, end) = (time("start", self.start.as_ref())?, time("end", self.end.as_ref())?);
        let page = Page { offset: self.offset, count: self.count, sort: self.sort };
        let (window, order) = (page.window(ctx), page.order_by(&[("ts", "ts")], "")?);
        let actor = self.actor.unwrap_or_default();
        let sought = Sought {
            setting: self.setting_id.filter(|id| !id.is_empty()),
            from: start.map_or(0, Timestamp::millis),
            until: end.unwrap_or(ctx.now).millis(),
            actor: actor.kind,
            uid: actor.id,
            username: actor.username,
            address: actor.ip,
            user_agent: actor.useragent,
            reason: actor.reason,
        };
        let (events, total) =
            ctx.read(async move |tx| trail::page(tx, &sought, order == "ts ASC", window).await).await?;
        Ok(Changes { count: events.len(), events, offset: window.offset, total })
    }
}
