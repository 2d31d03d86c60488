//! `loadHistory`

use super::super::history::{self, History};
use super::super::rows::HistoryQuery;
use super::*;

/// `loadHistory [rid, end, limit, ls, showThreadMessages]`
#[derive(Debug, Deserialize)]
pub(super) struct LoadHistory {
    rid: String,
    /// Only older messages.
    end: Option<Timestamp>,
    /// 20 if absent.
    limit: Option<i64>,
    /// When the user last saw the room; what is no time does not count.
    ls: Option<Value>,
    /// True if absent.
    show_thread_messages: Option<bool>,
}

impl Method for LoadHistory {
    const SPEC: MethodSpec = MethodSpec::new("loadHistory", TAG);
    type Guard = MaybeLoggedIn;
    type Reply = OrFalse<History>;

    async fn call(self, _: MaybeLoggedIn, ctx: &Ctx) -> Result<OrFalse<History>> {
        if ctx.caller.is_none() && !ctx.settings.get(keys::Accounts_AllowAnonymousRead) {
            return Err(Error::new("error-invalid-user", "Invalid user")
                .with_details(json!({ "method": "loadHistory" })));
        }
        let inner = ctx.clone();
        ctx.read(async move |tx| {
            let Some(place) = history::readable(&inner, tx, &self.rid).await? else {
                return Ok(OrFalse::False);
            };
            let query = HistoryQuery {
                before: self.end.unwrap_or(history::END),
                with_threads: self.show_thread_messages.unwrap_or(true),
                count: page_size(self.limit, 20),
                ..history::everything(&inner, &place.room)
            };
            let seen = self.ls.clone().and_then(|ls| serde_json::from_value::<Timestamp>(ls).ok());
            let mut page = history::page(&inner, tx, query, seen).await?;
            page.unread_not_loaded.get_or_insert(0);
            Ok(OrFalse::Found(page))
        })
        .await
    }
}
