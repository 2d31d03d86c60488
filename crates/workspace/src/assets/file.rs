//! The workspace's pictures as browsers fetch them.

use gantry_kernel::files;
use gantry_kernel::media::{self, Area, Media, Offer, Sending};
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
        let answer = match chosen(ctx, asset, format, &asked).await? {
            Some(file) => media::send(&file, Sending { cache: "public, max-age=0", expired: true }),
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

/// The file that was chosen, as long as the setting says so, in the format that is asked for, where it can be
/// turned into that.
async fn chosen(ctx: &Ctx, asset: &'static Asset, format: &str, asked: &Asked) -> Result<Option<Offer>> {
    let setting = ctx.settings.value(&asset.setting());
    let is_set = setting.is_some_and(|value| value["url"].as_str().is_some_and(|url| !url.is_empty()));
    if !is_set {
        return Ok(None);
    }
    let head = ctx.read(async move |tx| media::head(tx, Area::Asset, asset.name).await).await?;
    let Some(mut head) = head else { return Ok(None) };
    let turned = into(&head.content_type, format);
    head.etag = tag(head.etag, turned);
    // Anybody may ask, and turning a picture into another format is work.
    if head.is_known_to(&asked.headers) {
        return Ok(Some(Offer::Known(head)));
    }
    let file = ctx.read(async move |tx| media::find(tx, Area::Asset, asset.name).await).await?;
    let Some(file) = file else { return Ok(None) };
    let Some(wanted) = turned else { return Ok(Some(Offer::Whole(file))) };
    let file = match ctx.images.convert(file.bytes.clone(), wanted == Wanted::Jpeg).await {
        Ok(picture) => Media {
            etag: tag(file.etag, turned),
            ..Media::new(picture.kind, picture.bytes, file.uploaded_at)?
        },
        Err(_) => Media { etag: tag(file.etag.clone(), turned), ..file },
    };
    Ok(Some(Offer::Whole(file)))
}

/// A format that a picture is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Png,
    Jpeg,
}

/// What a file of that kind has to be turned into; nothing if it is right as it is.
fn into(kind: &str, format: &str) -> Option<Wanted> {
    match format {
        "png" if kind != "image/png" => Some(Wanted::Png),
        "jpg" | "jpeg" if kind != "image/jpeg" => Some(Wanted::Jpeg),
        _ => None,
    }
}

/// The tag of a file, or of what is made of it.
fn tag(of_file: String, turned: Option<Wanted>) -> String {
    match turned {
        None => of_file,
        Some(Wanted::Png) => of_file + "-png",
        Some(Wanted::Jpeg) => of_file + "-jpeg",
    }
}
