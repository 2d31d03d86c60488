//! End-to-end encryption over DDP.

use gantry_accounts::second_factor::reset_own_e2e_key;
use gantry_kernel::prelude::*;

use super::own::{self, Pair};
use super::{room, share};

const TAG: &str = "e2e";

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<FetchMyKeys>()
        .method::<SetKeys>()
        .method::<RequestSubscriptionKeys>()
        .method::<GetUsersWithoutKey>()
        .method::<SetRoomKeyId>()
        .method::<ResetOwnKey>();
}

/// `e2e.fetchMyKeys()`.
#[derive(Deserialize)]
struct FetchMyKeys {}

impl Method for FetchMyKeys {
    const SPEC: MethodSpec = MethodSpec::new("e2e.fetchMyKeys", TAG);
    type Guard = LoggedIn;
    type Reply = Pair;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Pair> {
        let inner = ctx.clone();
        ctx.read(async move |tx| own::of_caller(&inner, tx).await).await
    }
}

/// `e2e.setUserPublicAndPrivateKeys({public_key, private_key, force?})`.
#[derive(Deserialize)]
struct SetKeys {
    pair: Given,
}

#[derive(Deserialize)]
struct Given {
    public_key: String,
    private_key: String,
    force: Option<bool>,
}

impl Method for SetKeys {
    const SPEC: MethodSpec = MethodSpec::new("e2e.setUserPublicAndPrivateKeys", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (inner, given) = (ctx.clone(), self.pair);
        let force = given.force.unwrap_or(false);
        ctx.write(async move |tx| own::set(&inner, tx, &given.public_key, &given.private_key, force).await)
            .await
    }
}

/// `e2e.requestSubscriptionKeys()`.
#[derive(Deserialize)]
struct RequestSubscriptionKeys {}

impl Method for RequestSubscriptionKeys {
    const SPEC: MethodSpec = MethodSpec::new("e2e.requestSubscriptionKeys", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| share::request_all(&inner, tx).await).await.map(|()| true)
    }
}

/// `e2e.getUsersOfRoomWithoutKey(rid)`.
#[derive(Deserialize)]
struct GetUsersWithoutKey {
    rid: String,
}

impl Method for GetUsersWithoutKey {
    const SPEC: MethodSpec = MethodSpec::new("e2e.getUsersOfRoomWithoutKey", TAG);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        let inner = ctx.clone();
        let users = ctx.read(async move |tx| share::without_key(&inner, tx, &self.rid).await).await?;
        Ok(json!({ "users": users }))
    }
}

/// `e2e.setRoomKeyID(rid, keyID)`.
#[derive(Deserialize)]
struct SetRoomKeyId {
    rid: String,
    key_id: String,
}

impl Method for SetRoomKeyId {
    const SPEC: MethodSpec = MethodSpec::new("e2e.setRoomKeyID", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| room::name_key(&inner, tx, &self.rid, &self.key_id).await).await
    }
}

/// `e2e.resetOwnE2EKey()`: the caller's keys are gone and their sessions end.
#[derive(Deserialize)]
struct ResetOwnKey {}

impl Method for ResetOwnKey {
    const SPEC: MethodSpec = MethodSpec::new("e2e.resetOwnE2EKey", TAG).two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        reset_own_e2e_key(ctx, &caller.uid).await.map(|()| true)
    }
}
