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

impl Messages {
    async fn new(ctx: &Ctx, tx: &Tx, listed: Listed, window: Window) -> Result<Self> {
        let messages = for_user::list(ctx, tx, listed.messages).await?;
        Ok(Self { count: messages.len(), messages, offset: window.offset, total: listed.total })
    }
}

fn room_id(given: Option<&String>, code: &'static str) -> Result<String> {
    let given = given.filter(|rid| !rid.is_empty());
    given.cloned().ok_or_else(|| Error::new(code, "The required \"roomId\" query param is missing."))
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

/// The pinned messages of a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetPinnedMessages {
    /// Room id.
    room_id: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for GetPinnedMessages {
    const SPEC: Spec = Spec::get("chat.getPinnedMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        let rid = room_id(self.room_id.as_ref(), "error-roomId-param-not-provided")?;
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.ts DESC")?);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            readable(&inner, tx, &rid, not_allowed).await?;
            Messages::new(&inner, tx, lists::pinned(tx, &rid, &order, window).await?, window).await
        })
        .await
    }
}

/// The messages of a room that the caller has starred.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetStarredMessages {
    /// Room id.
    room_id: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for GetStarredMessages {
    const SPEC: Spec = Spec::get("chat.getStarredMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        let rid = room_id(self.room_id.as_ref(), "error-invalid-params")?;
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.ts DESC")?);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            readable(&inner, tx, &rid, plainly_not_allowed).await?;
            Messages::new(&inner, tx, lists::starred(tx, &rid, inner.uid(), &order, window).await?, window)
                .await
        })
        .await
    }
}

/// The messages of a room that mention the caller.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetMentionedMessages {
    /// Room id.
    room_id: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for GetMentionedMessages {
    const SPEC: Spec = Spec::get("chat.getMentionedMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        let rid = room_id(self.room_id.as_ref(), "error-invalid-params")?;
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.ts DESC")?);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            readable(&inner, tx, &rid, plainly_not_allowed).await?;
            Messages::new(&inner, tx, lists::mentions(tx, &rid, inner.uid(), &order, window).await?, window)
                .await
        })
        .await
    }
}

/// The discussions that were opened in a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetDiscussions {
    /// Room id.
    room_id: Option<String>,
    /// Only those with this in their name.
    text: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for GetDiscussions {
    const SPEC: Spec = Spec::get("chat.getDiscussions", TAG);
    type Guard = LoggedIn;
    type Reply = Messages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Messages> {
        let rid = room_id(self.room_id.as_ref(), "error-invalid-params")?;
        let text = self.text.unwrap_or_default();
        let (window, order) = (self.page.window(ctx), lists::order(&self.page, "m.ts DESC")?);
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            readable(&inner, tx, &rid, plainly_not_allowed).await?;
            Messages::new(&inner, tx, lists::discussions(tx, &rid, &text, &order, window).await?, window)
                .await
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
