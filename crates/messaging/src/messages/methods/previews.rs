//! `OEmbedCacheCleanup`

use super::*;

/// `OEmbedCacheCleanup []`: forgets what previews of links were fetched too long ago. Previews are kept nowhere
/// but on their messages, so nothing is left to forget.
#[derive(Debug, Deserialize)]
pub(super) struct OEmbedCacheCleanup;

/// What clients show.
#[derive(Serialize)]
pub(super) struct Cleared {
    message: &'static str,
}

impl Method for OEmbedCacheCleanup {
    const SPEC: MethodSpec = MethodSpec::new("OEmbedCacheCleanup", TAG).needs_all(&["clear-oembed-cache"]);
    type Guard = LoggedIn;
    type Reply = Cleared;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<Cleared> {
        Ok(Cleared { message: "cache_cleared" })
    }
}
