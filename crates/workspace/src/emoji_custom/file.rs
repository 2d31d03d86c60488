//! The files of custom emoji. Upstream: `apps/meteor/app/emoji-custom/server/startup/emoji-custom.js`.

use gantry_accounts::avatars::drawing::Drawing;
use gantry_kernel::files;
use gantry_kernel::media::{self, Sending};
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, EXPIRES, LAST_MODIFIED};

use super::rows;

/// The picture of a custom emoji, as `name.extension`. What is not there is shown as a question mark.
#[derive(Deserialize, JsonSchema)]
pub(super) struct File {
    /// File name.
    file: Option<String>,
}

/// What is shown for files that are not there has not changed since.
const LONG_AGO: &str = "Thu, 01 Jan 2015 00:00:00 GMT";

impl Resource for File {
    const SPEC: ResourceSpec =
        ResourceSpec::get("/emoji-custom/:file", "emoji-custom").aliases(&["/emoji-custom/"]);
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        let Some(path) = self.file.filter(|path| !path.is_empty()) else {
            return Ok(Answer::bytes(403, "text/plain", "Forbidden"));
        };
        let headers = asked.headers.clone();
        let file = ctx.read(async move |tx| rows::file(tx, &path, &headers).await).await?;
        Ok(match file {
            Some(file) => {
                let how = Sending { cache: "public, max-age=31536000", expired: false };
                media::send(&file, how)
            }
            None => unknown(&asked),
        })
    }
}

fn unknown(asked: &Asked) -> Answer {
    let known = asked.header("if-modified-since") == Some(LONG_AGO);
    let answer = if known {
        Answer::status(304)
    } else {
        Answer::bytes(200, "image/svg+xml", Drawing::new('?', [0x33, 0x33, 0x33]).svg(50))
    };
    answer
        .with(CONTENT_DISPOSITION, "inline")
        .with(CONTENT_SECURITY_POLICY, files::QUIET)
        .with(CACHE_CONTROL, "public, max-age=0")
        .with(EXPIRES, "-1")
        .with(LAST_MODIFIED, LONG_AGO)
}
