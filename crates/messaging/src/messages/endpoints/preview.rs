//! `GET chat.getURLPreview`

use gantry_protocol::objects::MessageUrl;

use super::super::{place, preview};
use super::*;

/// The preview of a link, as it would appear in a message of the room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GetUrlPreview {
    /// Room that the caller may read.
    room_id: String,
    /// The link.
    url: String,
}

/// A preview.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UrlPreview {
    /// The link with what is behind it.
    url_preview: MessageUrl,
}

impl Endpoint for GetUrlPreview {
    const SPEC: Spec = Spec::get("chat.getURLPreview", TAG);
    type Guard = LoggedIn;
    type Reply = UrlPreview;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UrlPreview> {
        let inner = ctx.clone();
        let rid = self.room_id;
        if ctx.read(async move |tx| place::readable(&inner, tx, &rid).await).await?.is_none() {
            return Err(Error::new("error-not-allowed", "Not allowed"));
        }
        let found = preview::of(ctx, &self.url).await;
        let nothing = MessageUrl { url: self.url, ..MessageUrl::default() };
        let url_preview = MessageUrl { ignore_parse: Some(true), ..found.unwrap_or(nothing) };
        Ok(UrlPreview { url_preview })
    }
}
