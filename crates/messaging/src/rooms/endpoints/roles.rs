//! Owners, moderators and leaders.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::UserRef;

use crate::rooms::guards::{Live, RoomOf, about_room};
use crate::rooms::kind::{Kind, path, register_both};
use crate::rooms::person::Person;
use crate::rooms::reply::Done;
use crate::rooms::roles::{self, Holder, RoomRole};

pub(super) fn register(registry: &mut Registry) {
    register_both!(registry, AddOwner, RemoveOwner, AddModerator, RemoveModerator, AddLeader, RemoveLeader);
    register_both!(registry, Roles, Moderators);
}

/// An operation that gives a role or takes it.
macro_rules! role_operation {
    ($(#[$doc:meta])* $name:ident, $channels:literal, $groups:literal, $change:path, $role:expr) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        struct $name<K> {
            #[serde(flatten)]
            room: RoomOf<K>,
            #[serde(flatten)]
            person: Person,
        }

        about_room!($name);

        impl<K: Kind> Endpoint for $name<K> {
            const SPEC: Spec = Spec::post(path::<K>($channels, $groups), K::TAG);
            type Guard = Live<K>;
            type Reply = Done;

            async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Done> {
                let inner = ctx.clone();
                ctx.write(async move |tx| {
                    let user = self.person.find(tx).await?;
                    $change(&inner, tx, &live.room.id, &user.id, $role).await
                })
                .await?;
                Ok(Done {})
            }
        }
    };
}

role_operation! {
    /// Makes a member an owner of the room.
    AddOwner, "channels.addOwner", "groups.addOwner", roles::give, RoomRole::Owner
}
role_operation! {
    /// Takes ownership of the room from a member.
    RemoveOwner, "channels.removeOwner", "groups.removeOwner", roles::take, RoomRole::Owner
}
role_operation! {
    /// Makes a member a moderator of the room.
    AddModerator, "channels.addModerator", "groups.addModerator", roles::give, RoomRole::Moderator
}
role_operation! {
    /// Ends a member's being a moderator of the room.
    RemoveModerator, "channels.removeModerator", "groups.removeModerator", roles::take, RoomRole::Moderator
}
role_operation! {
    /// Makes a member the leader of the room.
    AddLeader, "channels.addLeader", "groups.addLeader", roles::give, RoomRole::Leader
}
role_operation! {
    /// Ends a member's being the leader of the room.
    RemoveLeader, "channels.removeLeader", "groups.removeLeader", roles::take, RoomRole::Leader
}

about_room!(schema: Roles, Moderators);

/// Lists the members who hold a role in the room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Roles<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

/// Who holds which role.
#[derive(Debug, Serialize, JsonSchema)]
struct RolesReply {
    roles: Vec<Holder>,
}

impl<K: Kind> Endpoint for Roles<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.roles", "groups.roles"), K::TAG);
    type Guard = Live<K>;
    type Reply = RolesReply;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<RolesReply> {
        Ok(RolesReply { roles: ctx.read(async move |tx| roles::all(tx, &live.room.id).await).await? })
    }
}

/// Lists the room's moderators.
#[derive(Debug, Deserialize, JsonSchema)]
struct Moderators<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
}

/// The moderators.
#[derive(Debug, Serialize, JsonSchema)]
struct ModeratorsReply {
    moderators: Vec<UserRef>,
}

impl<K: Kind> Endpoint for Moderators<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.moderators", "groups.moderators"), K::TAG);
    type Guard = Live<K>;
    type Reply = ModeratorsReply;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<ModeratorsReply> {
        let mut holders = ctx.read(async move |tx| roles::all(tx, &live.room.id).await).await?;
        holders.retain(|holder| holder.roles.iter().any(|role| role == RoomRole::Moderator.id()));
        Ok(ModeratorsReply { moderators: holders.into_iter().map(|holder| holder.u).collect() })
    }
}
