//! REST: `chat.*Thread*`, `chat.followMessage`, `chat.unfollowMessage`

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;

use crate::messages::lists::{self, Gone, Threads};
use crate::messages::{for_user, place, rows};

/// Registers the REST operations.
pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<FollowMessage>()
        .endpoint::<GetThreadMessages>()
        .endpoint::<GetThreadsList>()
        .endpoint::<SyncThreadMessages>()
        .endpoint::<SyncThreadsList>()
        .endpoint::<UnfollowMessage>();
}

/// Topic in the API documents.
const TAG: &str = "Threads";

fn enabled(ctx: &Ctx) -> Result<()> {
    if ctx.settings.get(keys::Threads_enabled) {
        return Ok(());
    }
    Err(Error::new("error-not-allowed", "Threads Disabled"))
}

async fn admit(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    place::readable(ctx, tx, rid)
        .await?
        .map(|_| ())
        .ok_or_else(|| Error::new("error-not-allowed", "Not Allowed"))
}

/// The room of a thread that the caller may read.
async fn room_of(ctx: &Ctx, tx: &Tx, tmid: &str) -> Result<String> {
    let parent =
        rows::by_id(tx, tmid).await?.ok_or_else(|| Error::new("error-invalid-message", "Invalid Message"))?;
    admit(ctx, tx, &parent.rid).await?;
    Ok(parent.rid)
}

fn since(given: Option<&str>) -> Result<Timestamp> {
    let given = given.filter(|text| !text.is_empty()).ok_or_else(|| {
        Error::new("error-updatedSince-param-invalid", "The required param \"updatedSince\" is missing.")
    })?;
    Timestamp::parse_iso(given).ok_or_else(|| {
        Error::new(
            "error-updatedSince-param-invalid",
            "The \"updatedSince\" query parameter must be a valid date.",
        )
    })
}

/// Which threads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Those that the caller follows.
    Following,
    /// Those that the caller has not read.
    Unread,
}

/// The threads of a room, most recently answered first.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct GetThreadsList {
    /// Room id.
    rid: String,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    fields: Option<String>,
    /// Only those that the caller follows, or has not read.
    #[serde(rename = "type")]
    kind: Option<Kind>,
    /// Only those with this in the text that opened them.
    text: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of threads.
#[derive(Debug, Serialize, JsonSchema)]
struct ThreadPage {
    /// The messages that opened them.
    threads: Vec<RawJson>,
    /// How many are in this page.
    count: usize,
    /// How many were skipped.
    offset: i64,
    /// How many there are.
    total: i64,
}

impl Endpoint for GetThreadsList {
    const SPEC: Spec = Spec::get("chat.getThreadsList", TAG);
    type Guard = LoggedIn;
    type Reply = ThreadPage;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ThreadPage> {
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.tlm DESC")?);
        enabled(ctx)?;
        let which = match self.kind {
            None => Threads::All,
            Some(Kind::Following) => Threads::Following,
            Some(Kind::Unread) => Threads::Unread,
        };
        let text = self.text.unwrap_or_default();
        let (rid, inner) = (self.rid, ctx.clone());
        ctx.read(async move |tx| {
            admit(&inner, tx, &rid).await?;
            let listed = lists::threads(tx, (&rid, inner.uid()), which, &text, &order, window).await?;
            let threads = for_user::list(&inner, tx, listed.messages).await?;
            Ok(ThreadPage { count: threads.len(), threads, offset: window.offset, total: listed.total })
        })
        .await
    }
}

/// The threads of a room that changed since a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SyncThreadsList {
    /// Room id.
    rid: Option<String>,
    /// ISO date.
    updated_since: Option<String>,
    /// `sort`: order of the changed threads. All are shown.
    #[serde(flatten)]
    page: Page,
}

/// What changed.
#[derive(Debug, Serialize, JsonSchema)]
struct Changes {
    /// Changed messages.
    update: Vec<RawJson>,
    /// Deleted messages.
    remove: Vec<Gone>,
}

/// The changed threads.
#[derive(Debug, Serialize, JsonSchema)]
struct SyncedThreads {
    /// Changes of the messages that opened them.
    threads: Changes,
}

impl Endpoint for SyncThreadsList {
    const SPEC: Spec = Spec::get("chat.syncThreadsList", TAG);
    type Guard = LoggedIn;
    type Reply = SyncedThreads;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<SyncedThreads> {
        enabled(ctx)?;
        let rid = self.rid.filter(|rid| !rid.is_empty()).ok_or_else(|| {
            Error::new("error-room-id-param-not-provided", "The required \"rid\" query param is missing.")
        })?;
        let since = since(self.updated_since.as_deref())?;
        let order = lists::order(&self.page, "m.ts ASC")?;
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            admit(&inner, tx, &rid).await?;
            let update = lists::threads_changed(tx, &rid, since, &order).await?;
            let update = for_user::list(&inner, tx, update).await?;
            let remove = lists::threads_gone(tx, &rid, since).await?;
            Ok(SyncedThreads { threads: Changes { update, remove } })
        })
        .await
    }
}

/// The replies of a thread, oldest first.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetThreadMessages {
    /// Id of the message that opened the thread.
    tmid: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of replies.
#[derive(Debug, Serialize, JsonSchema)]
struct Replies {
    /// Replies.
    messages: Vec<RawJson>,
    /// How many are in this page.
    count: usize,
    /// How many were skipped.
    offset: i64,
    /// How many there are.
    total: i64,
}

fn thread_id(given: Option<String>) -> Result<String> {
    given
        .filter(|tmid| !tmid.is_empty())
        .ok_or_else(|| Error::new("error-invalid-params", "The required \"tmid\" query param is missing."))
}

impl Endpoint for GetThreadMessages {
    const SPEC: Spec = Spec::get("chat.getThreadMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Replies;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Replies> {
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.ts ASC")?);
        enabled(ctx)?;
        let tmid = thread_id(self.tmid)?;
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            room_of(&inner, tx, &tmid).await?;
            let listed = lists::replies(tx, &tmid, &order, window).await?;
            let messages = for_user::list(&inner, tx, listed.messages).await?;
            Ok(Replies { count: messages.len(), messages, offset: window.offset, total: listed.total })
        })
        .await
    }
}

/// The replies of a thread that changed since a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SyncThreadMessages {
    /// Id of the message that opened the thread.
    tmid: Option<String>,
    /// ISO date.
    updated_since: Option<String>,
    /// `sort`: order of the changed replies. All are shown.
    #[serde(flatten)]
    page: Page,
}

/// The changed replies.
#[derive(Debug, Serialize, JsonSchema)]
struct SyncedReplies {
    /// Changes of the replies.
    messages: Changes,
}

impl Endpoint for SyncThreadMessages {
    const SPEC: Spec = Spec::get("chat.syncThreadMessages", TAG);
    type Guard = LoggedIn;
    type Reply = SyncedReplies;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<SyncedReplies> {
        enabled(ctx)?;
        let tmid = thread_id(self.tmid)?;
        let since = since(self.updated_since.as_deref())?;
        let order = lists::order(&self.page, "m.ts ASC")?;
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            room_of(&inner, tx, &tmid).await?;
            let update = lists::replies_changed(tx, &tmid, since, &order).await?;
            let update = for_user::list(&inner, tx, update).await?;
            Ok(SyncedReplies {
                messages: Changes { update, remove: lists::replies_gone(tx, &tmid, since).await? },
            })
        })
        .await
    }
}

/// Follows the thread of a message.
#[derive(Debug, Deserialize, JsonSchema)]
struct FollowMessage {
    /// Id of the message that opened the thread, or of a reply.
    mid: Option<String>,
}

/// The sentence is in the place of the code, as upstream has it.
fn message_id(given: Option<String>) -> Result<String> {
    given
        .filter(|mid| !mid.is_empty())
        .ok_or_else(|| Error::code("The required \"mid\" body param is missing."))
}

impl Endpoint for FollowMessage {
    const SPEC: Spec = Spec::post("chat.followMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (mid, inner) = (message_id(self.mid)?, ctx.clone());
        ctx.write(async move |tx| super::follow(&inner, tx, &mid, "followMessage").await).await
    }
}

/// No longer follows the thread of a message.
#[derive(Debug, Deserialize, JsonSchema)]
struct UnfollowMessage {
    /// Id of the message that opened the thread, or of a reply.
    mid: Option<String>,
}

impl Endpoint for UnfollowMessage {
    const SPEC: Spec = Spec::post("chat.unfollowMessage", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (mid, inner) = (message_id(self.mid)?, ctx.clone());
        ctx.write(async move |tx| super::unfollow(&inner, tx, &mid, "unfollowMessage").await).await
    }
}
