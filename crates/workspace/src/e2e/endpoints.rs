//! End-to-end encryption over REST. Upstream: `apps/meteor/app/api/server/v1/e2e.ts`.

use std::collections::BTreeMap;

use gantry_kernel::prelude::*;
use gantry_messaging::access::can_access;
use gantry_messaging::{rooms, subscriptions};

use super::own::{self, Pair};
use super::room;
use super::share::{self, Suggestion};
use super::stored::Reader;

const TAG: &str = "e2e";

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<FetchMyKeys>()
        .endpoint::<GetUsersWithoutKey>()
        .endpoint::<SetRoomKeyId>()
        .endpoint::<SetKeys>()
        .endpoint::<UpdateGroupKey>()
        .endpoint::<AcceptSuggested>()
        .endpoint::<RejectSuggested>()
        .endpoint::<RequestSubscriptionKeys>()
        .endpoint::<FetchWaiting>()
        .endpoint::<ProvideSuggested>()
        .endpoint::<ResetRoomKey>();
}

/// Shows the caller's own pair of keys, the private one encrypted.
#[derive(Deserialize, JsonSchema)]
struct FetchMyKeys {}

impl Endpoint for FetchMyKeys {
    const SPEC: Spec = Spec::get("e2e.fetchMyKeys", TAG);
    type Guard = LoggedIn;
    type Reply = Pair;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Pair> {
        let inner = ctx.clone();
        ctx.read(async move |tx| own::of_caller(&inner, tx).await).await
    }
}

/// Lists the members of a room who could read with its key and do not hold it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetUsersWithoutKey {
    /// The room.
    rid: String,
}

/// Members with their public keys.
#[derive(Serialize, JsonSchema)]
struct UsersReply {
    users: Vec<Value>,
}

impl Endpoint for GetUsersWithoutKey {
    const SPEC: Spec = Spec::get("e2e.getUsersOfRoomWithoutKey", TAG);
    type Guard = LoggedIn;
    type Reply = UsersReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UsersReply> {
        let inner = ctx.clone();
        let users = ctx.read(async move |tx| share::without_key(&inner, tx, &self.rid).await).await?;
        Ok(UsersReply { users })
    }
}

/// Names the key of a room that has none yet.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetRoomKeyId {
    /// The room.
    rid: String,
    /// How clients recognise the key.
    #[serde(rename = "keyID")]
    key_id: String,
}

impl Endpoint for SetRoomKeyId {
    const SPEC: Spec = Spec::post("e2e.setRoomKeyID", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| room::name_key(&inner, tx, &self.rid, &self.key_id).await).await
    }
}

/// Stores the caller's own pair of keys.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetKeys {
    /// With what others encrypt for the caller.
    public_key: String,
    /// The private key, encrypted by the client.
    private_key: String,
    /// Replace keys that are there.
    force: Option<bool>,
}

impl Endpoint for SetKeys {
    const SPEC: Spec = Spec::post("e2e.setUserPublicAndPrivateKeys", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (inner, force) = (ctx.clone(), self.force.unwrap_or(false));
        ctx.write(async move |tx| own::set(&inner, tx, &self.public_key, &self.private_key, force).await)
            .await
    }
}

/// Stores a room's key for the caller, or offers it to another member.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateGroupKey {
    /// For whom.
    uid: String,
    /// The room.
    rid: String,
    /// The room's key, encrypted for that person.
    key: String,
}

impl Endpoint for UpdateGroupKey {
    const SPEC: Spec = Spec::post("e2e.updateGroupKey", TAG).deprecated("8.0.0", "");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| share::give(&inner, tx, &self.rid, &self.uid, &self.key).await).await
    }
}

/// Takes the room's key that another member has offered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AcceptSuggested {
    /// The room.
    rid: String,
}

impl Endpoint for AcceptSuggested {
    const SPEC: Spec = Spec::post("e2e.acceptSuggestedGroupKey", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        let name = Self::SPEC.path;
        ctx.write(async move |tx| share::decide(&inner, tx, &self.rid, true, name).await).await
    }
}

/// Refuses the room's key that another member has offered, and waits for another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RejectSuggested {
    /// The room.
    rid: String,
}

impl Endpoint for RejectSuggested {
    const SPEC: Spec = Spec::post("e2e.rejectSuggestedGroupKey", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        let name = Self::SPEC.path;
        ctx.write(async move |tx| share::decide(&inner, tx, &self.rid, false, name).await).await
    }
}

/// Asks the members of the caller's encrypted rooms for the keys that the caller lacks.
#[derive(Deserialize, JsonSchema)]
struct RequestSubscriptionKeys {}

impl Endpoint for RequestSubscriptionKeys {
    const SPEC: Spec = Spec::post("e2e.requestSubscriptionKeys", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| share::request_all(&inner, tx).await).await
    }
}

/// Lists who waits for the keys of some rooms.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FetchWaiting {
    /// The rooms.
    room_ids: Vec<String>,
}

/// The waiting members of each room, with their public keys.
#[derive(Serialize, JsonSchema)]
struct WaitingReply {
    #[serde(rename = "usersWaitingForE2EKeys")]
    waiting: BTreeMap<String, Vec<Reader>>,
}

impl Endpoint for FetchWaiting {
    const SPEC: Spec = Spec::get("e2e.fetchUsersWaitingForGroupKey", TAG);
    type Guard = LoggedIn;
    type Reply = WaitingReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<WaitingReply> {
        if !ctx.settings.flag_by_id("E2E_Enable") {
            return Ok(WaitingReply { waiting: BTreeMap::new() });
        }
        let inner = ctx.clone();
        let waiting = ctx.read(async move |tx| share::waiting(&inner, tx, &self.room_ids).await).await?;
        Ok(WaitingReply { waiting })
    }
}

/// Offers the keys of rooms to members who wait for them.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProvideSuggested {
    /// For each room, the key encrypted for each member.
    users_suggested_group_keys: BTreeMap<String, Vec<Suggestion>>,
}

impl Endpoint for ProvideSuggested {
    const SPEC: Spec = Spec::post("e2e.provideUsersSuggestedGroupKeys", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        if !ctx.settings.flag_by_id("E2E_Enable") {
            return Ok(());
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| share::offer(&inner, tx, &self.users_suggested_group_keys).await).await
    }
}

/// Replaces the key of a room: everybody but the caller waits for the new one.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetRoomKey {
    /// The room.
    rid: String,
    /// The new key, encrypted for the caller.
    e2e_key: String,
    /// How clients recognise it.
    e2e_key_id: String,
}

impl Endpoint for ResetRoomKey {
    const SPEC: Spec = Spec::post("e2e.resetRoomKey", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let roles = subscriptions::rows::roles_in(tx, &self.rid, inner.uid()).await?;
            if !inner.may_in_room("toggle-room-e2e-encryption", &roles) {
                return Err(Error::unauthorized());
            }
            let room = rooms::rows::by_id(tx, &self.rid).await?;
            match room {
                Some(room) if can_access(&inner, tx, &room).await? => {
                    room::replace(&inner, tx, &self.rid, &self.e2e_key, &self.e2e_key_id).await
                }
                _ => Err(Error::message("error-not-allowed")),
            }
        })
        .await
    }
}
