//! `GET chat.syncMessages`

use super::super::lists;
use super::super::sync::{self, At, Changes};
use super::*;

/// What changed in a room: everything since `lastUpdate`, or page by page with `next` or `previous`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SyncMessages {
    /// Room id.
    room_id: Option<String>,
    /// ISO date.
    last_update: Option<String>,
    /// Later changes than this time in milliseconds.
    next: Option<String>,
    /// Earlier changes than this time in milliseconds.
    previous: Option<String>,
    /// `UPDATED` or `DELETED`; with `next` and `previous`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `count`: entries in a page with `next` and `previous`, 20 if absent; `sort`: order of the changed
    /// messages with `lastUpdate`, which shows all.
    #[serde(flatten)]
    page: Page,
}

/// The changes.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Synced {
    /// The changes.
    result: Changes,
}

impl Endpoint for SyncMessages {
    const SPEC: Spec = Spec::get("chat.syncMessages", TAG);
    type Guard = LoggedIn;
    type Reply = Synced;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Synced> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let rid = filled(&self.room_id).ok_or_else(|| {
            Error::new("error-roomId-param-not-provided", "The required \"roomId\" query param is missing.")
        })?;
        let page = self.at()?;
        let inner = ctx.clone();
        if let Some(page) = page {
            let result = ctx.read(async move |tx| sync::page(&inner, tx, &rid, page).await).await?;
            return Ok(Synced { result });
        }
        let since = filled(&self.last_update).ok_or_else(|| {
            Error::new(
                "error-lastUpdate-param-not-provided",
                "The required \"lastUpdate\" query param is missing.",
            )
        })?;
        let since = Timestamp::parse_iso(&since).ok_or_else(|| {
            Error::new(
                "error-roomId-param-invalid",
                "The \"lastUpdate\" query parameter must be a valid date.",
            )
        })?;
        let order = lists::order(&self.page, "m.ts DESC")?;
        let result = ctx.read(async move |tx| sync::since_in(&inner, tx, &rid, since, &order).await).await?;
        Ok(Synced { result })
    }
}

impl SyncMessages {
    fn at(&self) -> Result<Option<At>> {
        let (at, forward) = match (&self.next, &self.previous) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(Error::new(
                    "error-cursor-conflict",
                    "You cannot provide both \"next\" and \"previous\" parameters.",
                ));
            }
            (Some(next), None) => (next, true),
            (None, Some(previous)) => (previous, false),
        };
        let deleted = match self.kind.as_deref() {
            Some("DELETED") => true,
            Some("UPDATED") => false,
            _ => {
                return Err(Error::new(
                    "error-type-param-not-supported",
                    "The \"type\" parameter must be either \"UPDATED\" or \"DELETED\".",
                ));
            }
        };
        let ms = at
            .parse()
            .map_err(|_| Error::new("error-invalid-cursor", "The cursor must be a time in milliseconds."))?;
        Ok(Some(At { ms, forward, deleted, count: self.page.count.unwrap_or(20).clamp(1, 100) }))
    }
}
