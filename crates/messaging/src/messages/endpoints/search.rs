//! `GET chat.search`

use super::super::search::{self, In};
use super::super::{for_user, place};
use super::*;

/// Finds messages in a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Search {
    /// Room id.
    room_id: Option<String>,
    /// Words, and filters such as `from:alice`, `has:star`, `before:24/12/2026`.
    search_text: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Found {
    /// Messages, newest first.
    messages: Vec<RawJson>,
}

impl Endpoint for Search {
    const SPEC: Spec = Spec::get("chat.search", TAG);
    type Guard = LoggedIn;
    type Reply = Found;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Found> {
        let missing = |name: &str| {
            Error::new(
                format!("error-{name}-param-not-provided"),
                format!("The required \"{name}\" query param is missing."),
            )
        };
        let window = self.page.window(ctx);
        let rid = self.room_id.filter(|rid| !rid.is_empty()).ok_or_else(|| missing("roomId"))?;
        let text = self.search_text.filter(|text| !text.is_empty()).ok_or_else(|| missing("searchText"))?;
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let place = place::readable(&inner, tx, &rid).await?;
            let room = place.ok_or_else(|| Error::new("error-not-allowed", "Not allowed"))?.room;
            let found = search::find(&inner, tx, &text, In::Room(&rid, room.msgs), window).await?;
            Ok(Found { messages: for_user::list(&inner, tx, found).await? })
        })
        .await
    }
}
