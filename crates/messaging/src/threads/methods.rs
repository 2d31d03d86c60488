//! DDP: `getThreadMessages`, `getThreadsList`, `followMessage`, `unfollowMessage`, `readThreads`

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;

use crate::messages::lists::{self, Threads};
use crate::messages::{for_user, place, rows};

/// Registers the methods.
pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<FollowMessage>()
        .method::<GetThreadMessages>()
        .method::<GetThreadsList>()
        .method::<ReadThreads>()
        .method::<UnfollowMessage>();
}

/// Topic in the documents.
const TAG: &str = "Threads";
/// Largest page.
const MAX_LIMIT: i64 = 100;

fn refused(method: &'static str, reason: &'static str) -> Error {
    Error::new("error-not-allowed", reason).with_details(json!({ "method": method }))
}

fn enabled(ctx: &Ctx, method: &'static str) -> Result<()> {
    if ctx.settings.get(keys::Threads_enabled) { Ok(()) } else { Err(refused(method, "Threads Disabled")) }
}

fn within_limit(limit: Option<i64>, method: &'static str) -> Result<()> {
    if limit.unwrap_or(0) > MAX_LIMIT { Err(refused(method, "max limit: 100")) } else { Ok(()) }
}

/// `getThreadMessages [{tmid, limit, skip}]`: the message that opened it, then the replies, newest first. The
/// thread counts as read.
#[derive(Debug, Deserialize)]
struct GetThreadMessages {
    of: Thread,
}

#[derive(Debug, Deserialize)]
struct Thread {
    tmid: String,
    limit: Option<i64>,
    skip: Option<i64>,
}

impl Method for GetThreadMessages {
    const SPEC: MethodSpec = MethodSpec::new("getThreadMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Vec<RawJson>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<RawJson>> {
        let name = Self::SPEC.name;
        within_limit(self.of.limit, name)?;
        enabled(ctx, name)?;
        let Thread { tmid, limit, skip } = self.of;
        let count = limit.filter(|limit| *limit > 0).unwrap_or(i64::MAX);
        let window = Window { offset: skip.unwrap_or(0).max(0), count };
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let Some(parent) = rows::by_id(tx, &tmid).await? else { return Ok(Vec::new()) };
            place::readable(&inner, tx, &parent.rid).await?.ok_or_else(|| refused(name, "Not allowed"))?;
            if parent.tcount.unwrap_or(0) == 0 {
                return Ok(Vec::new());
            }
            super::read(&inner, tx, &parent.rid, &tmid).await?;
            let mut messages = vec![RawJson::new(&parent).map_err(Error::internal)?];
            messages.extend(lists::replies(tx, &tmid, "m.ts DESC", window).await?.messages);
            for_user::list(&inner, tx, messages).await
        })
        .await
    }
}

/// `getThreadsList [{rid, limit, skip}]`
#[derive(Debug, Deserialize)]
struct GetThreadsList {
    of: Room,
}

#[derive(Debug, Deserialize)]
struct Room {
    rid: String,
    limit: Option<i64>,
    skip: Option<i64>,
}

impl Method for GetThreadsList {
    const SPEC: MethodSpec = MethodSpec::new("getThreadsList", TAG);
    type Guard = LoggedIn;
    type Reply = Vec<RawJson>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<RawJson>> {
        let name = Self::SPEC.name;
        within_limit(self.of.limit, name)?;
        enabled(ctx, name)?;
        let Room { rid, limit, skip } = self.of;
        let window =
            Window { offset: skip.unwrap_or(0).max(0), count: limit.filter(|n| *n > 0).unwrap_or(50) };
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            place::readable(&inner, tx, &rid).await?.ok_or_else(|| refused(name, "Not Allowed"))?;
            let listed =
                lists::threads(tx, (&rid, inner.uid()), Threads::All, "", "m.tlm DESC", window).await?;
            for_user::list(&inner, tx, listed.messages).await
        })
        .await
    }
}

/// `readThreads [tmid]`
#[derive(Debug, Deserialize)]
struct ReadThreads {
    tmid: String,
}

impl Method for ReadThreads {
    const SPEC: MethodSpec = MethodSpec::new("readThreads", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        // Upstream names the other method in its errors.
        let name = "getThreadMessages";
        enabled(ctx, name)?;
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let Some(parent) = rows::by_id(tx, &self.tmid).await? else { return Ok(()) };
            place::readable(&inner, tx, &parent.rid).await?.ok_or_else(|| refused(name, "Not allowed"))?;
            super::read(&inner, tx, &parent.rid, &self.tmid).await
        })
        .await
    }
}

#[derive(Debug, Deserialize)]
struct Mid {
    mid: String,
}

/// `followMessage [{mid}]`
#[derive(Debug, Deserialize)]
struct FollowMessage {
    of: Mid,
}

impl Method for FollowMessage {
    const SPEC: MethodSpec = MethodSpec::new("followMessage", TAG).rate(5, 5000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| super::follow(&inner, tx, &self.of.mid, "followMessage").await).await
    }
}

/// `unfollowMessage [{mid}]`
#[derive(Debug, Deserialize)]
struct UnfollowMessage {
    of: Mid,
}

impl Method for UnfollowMessage {
    const SPEC: MethodSpec = MethodSpec::new("unfollowMessage", TAG).rate(5, 5000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| super::unfollow(&inner, tx, &self.of.mid, "unfollowMessage").await).await
    }
}
