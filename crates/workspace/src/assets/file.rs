//! The workspace's pictures as browsers fetch them.

use gantry_kernel::files;
use gantry_kernel::media::{self, Area, Media, Sending};
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY};

use super::list::{self, Asset};
use super::own;

/// A picture of the workspace, as `name.format`.
#[derive(Deserialize, JsonSchema)]
pub(super) struct File {
    /// Name and format: `logo.svg`, `favicon_32.png`.
    file: String,
}

impl Resource for File {
    const SPEC: ResourceSpec = ResourceSpec::get("/assets/:file", "assets");
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        let (name, format) = self.file.rsplit_once('.').unwrap_or((&self.file, ""));
        let Some(asset) = list::named(name) else { return Ok(Answer::status(404)) };
        if !asset.extensions.contains(&format) {
            return Ok(Answer::status(403));
        }
        let answer = match chosen(ctx, asset).await? {
            Some(file) => {
                let file = in_format(ctx, file, format).await?;
                media::send(&file, &asked.headers, Sending { cache: "public, max-age=0", expired: true })
            }
            None if asset.has_default => {
                let (kind, bytes) = own::picture(asset, format)?;
                Answer::bytes(200, kind, bytes)
                    .with(CACHE_CONTROL, "public, max-age=3600")
                    .with(CONTENT_SECURITY_POLICY, files::QUIET)
            }
            None => Answer::status(404),
        };
        // Pages of other sites (the widget, a client of one's own) show these.
        Ok(answer.with(ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
    }
}

/// The file that was chosen, as long as the setting says so.
async fn chosen(ctx: &Ctx, asset: &'static Asset) -> Result<Option<Media>> {
    let setting = ctx.settings.value(&asset.setting());
    let is_set = setting.is_some_and(|value| value["url"].as_str().is_some_and(|url| !url.is_empty()));
    if !is_set {
        return Ok(None);
    }
    ctx.read(async move |tx| media::find(tx, Area::Asset, asset.name).await).await
}

/// The file in the format that is asked for, where it can be turned into that.
async fn in_format(ctx: &Ctx, file: Media, format: &str) -> Result<Media> {
    let jpeg = match format {
        "png" if file.content_type != "image/png" => false,
        "jpg" | "jpeg" if file.content_type != "image/jpeg" => true,
        _ => return Ok(file),
    };
    match ctx.images.convert(file.bytes.clone(), jpeg).await {
        Ok(picture) => Media::new(picture.kind, picture.bytes, file.uploaded_at),
        Err(_) => Ok(file),
    }
}
