//! Methods that tell who is in a room.

use gantry_kernel::prelude::*;

use crate::access::can_access;
use crate::rooms::refusals::{invalid_room, not_allowed};
use crate::rooms::roles::{self, Holder};
use crate::rooms::roster::{Member, Roster};
use crate::rooms::rows;
use crate::subscriptions::rows as subs;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<GetUsersOfRoom>().method::<GetRoomRoles>();
}

/// Lists the members of a room.
#[derive(Debug, Deserialize)]
struct GetUsersOfRoom {
    rid: Option<String>,
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
        let rid = self.rid.filter(|rid| !rid.is_empty()).ok_or_else(|| invalid_room(METHOD))?;
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
            let room = rows::by_id(tx, &rid).await?.ok_or_else(|| not_allowed(METHOD))?;
            if !can_access(&inner, tx, &room).await? {
                return Err(
                    Error::new("not-authorized", "Not Authorized").with_details(json!({ "method": METHOD }))
                );
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
