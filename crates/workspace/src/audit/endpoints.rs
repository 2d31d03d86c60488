//! Auditing over REST.

use gantry_kernel::prelude::*;
use gantry_messaging::rooms::roster::{Member, Roster};
use gantry_messaging::rooms::rows;

use super::log;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<RoomMembers>();
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
