//! What changed in a room since a client last looked.

use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;

use super::lists::{self, Gone};
use super::{for_user, place};

/// Changed and deleted messages. With a cursor, only one of the two.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changes {
    /// Changed messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<Vec<RawJson>>,
    /// Deleted messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Vec<Gone>>,
    /// Where the neighbouring pages begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// Where the neighbouring pages begin: milliseconds as text, or null.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Cursor {
    /// Later changes.
    pub next: Option<String>,
    /// Earlier changes.
    pub previous: Option<String>,
}

/// A page of changes by their time.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Milliseconds since 1970, not included.
    pub ms: i64,
    /// Later changes, not earlier ones.
    pub forward: bool,
    /// Deleted messages, not changed ones.
    pub deleted: bool,
    /// Entries in a page.
    pub count: i64,
}

#[derive(Deserialize)]
struct Changed {
    #[serde(rename = "_updatedAt")]
    at: Timestamp,
}

/// Everything that changed after `since`, newest messages first.
///
/// # Errors
/// `error-not-allowed`.
pub async fn since(ctx: &Ctx, tx: &Tx, rid: &str, since: Timestamp) -> Result<Changes> {
    since_in(ctx, tx, rid, since, "m.ts DESC").await
}

/// As [`since`], in an order of [`lists::order`].
///
/// # Errors
/// `error-not-allowed`.
pub async fn since_in(ctx: &Ctx, tx: &Tx, rid: &str, since: Timestamp, order: &str) -> Result<Changes> {
    admit(ctx, tx, rid).await?;
    let updated = for_user::list(ctx, tx, lists::changed(tx, rid, since, order).await?).await?;
    Ok(Changes { updated: Some(updated), deleted: Some(lists::gone(tx, rid, since).await?), cursor: None })
}

/// One page of changes.
///
/// # Errors
/// `error-not-allowed`.
pub async fn page(ctx: &Ctx, tx: &Tx, rid: &str, at: At) -> Result<Changes> {
    admit(ctx, tx, rid).await?;
    // One more than the page shows whether there is another page.
    let wanted = at.count.saturating_add(1);
    let from = Timestamp::from_millis(at.ms);
    let times;
    let mut changes = Changes { updated: None, deleted: None, cursor: None };
    if at.deleted {
        let mut gone = lists::gone_page(tx, rid, from, at.forward, wanted).await?;
        times = gone.iter().filter_map(|gone| gone.deleted_at).map(Timestamp::millis).collect::<Vec<_>>();
        gone.truncate(usize::try_from(at.count).unwrap_or(usize::MAX));
        changes.deleted = Some(gone);
    } else {
        let mut docs = lists::changes_page(tx, rid, from, at.forward, wanted).await?;
        times = docs
            .iter()
            .map(|doc| doc.parse::<Changed>().map(|changed| changed.at.millis()))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(Error::internal)?;
        docs.truncate(usize::try_from(at.count).unwrap_or(usize::MAX));
        changes.updated = Some(for_user::list(ctx, tx, docs).await?);
    }
    changes.cursor = Some(cursor(&times, at));
    Ok(changes)
}

fn cursor(times: &[i64], at: At) -> Cursor {
    let count = usize::try_from(at.count).unwrap_or(usize::MAX);
    let more = times.len() > count;
    let shown = &times[..times.len().min(count)];
    let text = |ms: Option<&i64>| ms.map(i64::to_string);
    if at.forward {
        Cursor { next: text(shown.last()).filter(|_| more), previous: text(shown.first()) }
    } else {
        Cursor { next: text(shown.first()), previous: text(shown.last()).filter(|_| more) }
    }
}

async fn admit(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    place::readable(ctx, tx, rid).await?.map(|_| ()).ok_or_else(|| {
        Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": "messages/get" }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_points_on() {
        let at = At { ms: 0, forward: true, deleted: false, count: 2 };
        let full = cursor(&[1, 2, 3], at);
        assert_eq!((full.next.as_deref(), full.previous.as_deref()), (Some("2"), Some("1")));
        let last = cursor(&[1, 2], at);
        assert_eq!((last.next.as_deref(), last.previous.as_deref()), (None, Some("1")));
        assert!(cursor(&[], at).previous.is_none());
    }
}
