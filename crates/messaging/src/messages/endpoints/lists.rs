//! `GET chat.getPinnedMessages`, `chat.getStarredMessages`, `chat.getMentionedMessages`, `chat.getDiscussions`,
//! `chat.getDeletedMessages`

use super::super::lists::{self, Gone, Listed};
use super::super::{for_user, place};
use super::*;

/// A page of messages.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Messages {
    /// Messages.
    messages: Vec<RawJson>,
    /// How many are in this page.
    count: usize,
    /// How many were skipped.
    offset: i64,
    /// How many there are.
    total: i64,
}

async fn readable(ctx: &Ctx, tx: &Tx, rid: &str, error: fn() -> Error) -> Result<()> {
    place::readable(ctx, tx, rid).await?.map(|_| ()).ok_or_else(error)
}

/// What upstream throws without a sentence.
fn plainly_not_allowed() -> Error {
    Error::message("error-not-allowed")
}

fn not_allowed() -> Error {
    Error::new("error-not-allowed", "Not allowed")
}

/// What most lists answer to a call without a room, and for a room that is closed to the caller.
const REFUSALS: (&str, fn() -> Error) = ("error-invalid-params", plainly_not_allowed);

/// A page of what is in a room.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct InRoom {
    /// Room id.
    room_id: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Where a list is looked for: room, caller, order and window.
struct At<'a> {
    rid: &'a str,
    uid: &'a str,
    order: &'a str,
    window: Window,
}

impl InRoom {
    /// The page that `find` answers, for callers who may read the room. `missing` is the code for a room that is
    /// not named, `refused` the answer to somebody who may not read it.
    async fn list<F>(
        self,
        ctx: &Ctx,
        (missing, refused): (&'static str, fn() -> Error),
        find: F,
    ) -> Result<Messages>
    where
        F: AsyncFn(&Tx, At<'_>) -> Result<Listed> + Send + Sync + 'static,
    {
        let rid = self.room_id.filter(|rid| !rid.is_empty());
        let rid =
            rid.ok_or_else(|| Error::new(missing, "The required \"roomId\" query param is missing."))?;
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.ts DESC")?);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            readable(&inner, tx, &rid, refused).await?;
            let at = At { rid: &rid, uid: inner.uid(), order: &order, window };
            let listed = find(tx, at).await?;
            let messages = for_user::list(&inner, tx, listed.messages).await?;
            Ok(Messages { count: messages.len(), messages, offset: window.offset, total: listed.total })
        })
        .await
    }
}

/// The pinned messages of a room.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GetPinnedMessages {
    #[serde(flatten)]
    of: InRoom,
}

impl Endpoint for GetPinnedMessages {
    const SPEC: Spec = Spec::get("chat.getPinnedMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        let refusals: (_, fn() -> Error) = ("error-roomId-param-not-provided", not_allowed);
        self.of.list(ctx, refusals, async |tx, at| lists::pinned(tx, at.rid, at.order, at.window).await).await
    }
}

/// The messages of a room that the caller has starred.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GetStarredMessages {
    #[serde(flatten)]
    of: InRoom,
}

impl Endpoint for GetStarredMessages {
    const SPEC: Spec = Spec::get("chat.getStarredMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        self.of
            .list(ctx, REFUSALS, async |tx, at| lists::starred(tx, at.rid, at.uid, at.order, at.window).await)
            .await
    }
}

/// The messages of a room that mention the caller.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GetMentionedMessages {
    #[serde(flatten)]
    of: InRoom,
}

impl Endpoint for GetMentionedMessages {
    const SPEC: Spec = Spec::get("chat.getMentionedMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        self.of
            .list(ctx, REFUSALS, async |tx, at| {
                lists::mentions(tx, at.rid, at.uid, at.order, at.window).await
            })
            .await
    }
}

/// The discussions that were opened in a room.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GetDiscussions {
    #[serde(flatten)]
    of: InRoom,
    /// Only those with this in their name.
    text: Option<String>,
}

impl Endpoint for GetDiscussions {
    const SPEC: Spec = Spec::get("chat.getDiscussions", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        let text = self.text.unwrap_or_default();
        self.of
            .list(ctx, REFUSALS, async move |tx, at| {
                lists::discussions(tx, at.rid, &text, at.order, at.window).await
            })
            .await
    }
}

/// The ids of what was deleted of a room since a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetDeletedMessages {
    /// Room id.
    room_id: Option<String>,
    /// ISO date.
    since: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of deleted messages.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DeletedMessages {
    /// Ids.
    messages: Vec<Gone>,
    /// How many are in this page.
    count: usize,
    /// How many were skipped.
    offset: i64,
    /// How many there are.
    total: i64,
}

impl Endpoint for GetDeletedMessages {
    const SPEC: Spec = Spec::get("chat.getDeletedMessages", TAG);
    type Guard = LoggedIn;
    type Reply = DeletedMessages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<DeletedMessages> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        // Upstream has the sentence in the place of the code.
        let rid = filled(self.room_id)
            .ok_or_else(|| Error::code("The required \"roomId\" query param is missing."))?;
        let since = filled(self.since)
            .ok_or_else(|| Error::code("The required \"since\" query param is missing."))?;
        let since = Timestamp::parse_iso(&since)
            .ok_or_else(|| Error::code("The \"since\" query parameter must be a valid date."))?;
        let window = self.page.window(ctx);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            readable(&inner, tx, &rid, not_allowed).await?;
            let (messages, total) = lists::gone_ids(tx, &rid, since, window).await?;
            Ok(DeletedMessages { count: messages.len(), messages, offset: window.offset, total })
        })
        .await
    }
}
