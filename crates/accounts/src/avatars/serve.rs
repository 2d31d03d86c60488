//! Avatars as browsers fetch them, of users and of rooms alike.
//! Upstream: `apps/meteor/server/routes/avatar`.

use gantry_kernel::files;
use gantry_kernel::images::ImageError;
use gantry_kernel::media::{self, Offer, Sending};
use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED};

use super::drawing::{Drawing, Format, SIZE};

/// How a picture is asked for. A picture that somebody chose is sent as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// Width and height of the letter in pixels, 16 to 1024; 200 if absent.
    pub size: Option<String>,
    /// `png`, `jpg` or `jpeg`; otherwise the letter is an SVG.
    pub format: Option<String>,
    /// How many seconds the answer may be kept; what the workspace says if absent.
    pub cache_time: Option<String>,
}

/// The letter does not change; clients that know upstream's date for it need not fetch it again.
const LONG_AGO: &str = "Thu, 01 Jan 2015 00:00:00 GMT";

/// Whether the caller may see the pictures that people chose; others get letters.
pub fn may_see(ctx: &Ctx) -> bool {
    ctx.caller.is_some() || !ctx.settings.get(keys::Accounts_AvatarBlockUnauthenticatedAccess)
}

impl Look {
    /// `Cache-Control`. Pictures that only people who are signed in may see are not for shared caches.
    fn cache(&self, ctx: &Ctx, letter: bool) -> String {
        let asked = self.cache_time.as_deref().and_then(|text| text.parse::<u32>().ok());
        let seconds = asked
            .filter(|seconds| *seconds > 0)
            .map_or_else(|| ctx.settings.get(keys::Accounts_AvatarCacheTime).max(0), i64::from);
        let closed = !letter && ctx.settings.get(keys::Accounts_AvatarBlockUnauthenticatedAccess);
        format!("{}, max-age={seconds}", if closed { "private" } else { "public" })
    }
}

/// A picture that somebody chose.
pub fn chosen(ctx: &Ctx, look: &Look, picture: &Offer) -> Answer {
    media::send(picture, Sending { cache: &look.cache(ctx, false), expired: false })
}

/// The letter of a name.
///
/// # Errors
/// 500 if it cannot be drawn.
pub async fn letter(ctx: &Ctx, look: &Look, asked: &Asked, name: &str) -> Result<Answer> {
    let drawing = Drawing::of(name);
    let size =
        look.size.as_deref().and_then(|text| text.parse().ok()).filter(|size| *size > 0).unwrap_or(SIZE);
    let format = look.format.as_deref().and_then(Format::named);
    // Pixels cost time to encode, and strangers may ask as often as they like.
    let size = if format.is_some() && ctx.caller.is_none() { size.min(SIZE) } else { size };
    let svg = drawing.svg(size);
    let etag = format!(
        "\"{}{}\"",
        short_hash(&svg),
        look.format.as_deref().filter(|_| format.is_some()).unwrap_or_default()
    );
    let known = Answer::status(304)
        .with(ETAG, &etag)
        .with(LAST_MODIFIED, LONG_AGO)
        .with(CACHE_CONTROL, look.cache(ctx, true))
        .with(CONTENT_DISPOSITION, "inline");
    if files::is_unchanged(&asked.headers, &etag, Some(LONG_AGO)) {
        return Ok(known);
    }
    let mut answer = match format {
        None => Answer::bytes(200, "image/svg+xml", svg),
        Some(format) => {
            let drawn = ctx.images.run(move || {
                drawing.encoded(size, format).map_err(|error| ImageError::Broken(error.to_string()))
            });
            Answer::bytes(200, format.content_type(), drawn.await.map_err(Error::internal)?)
        }
    };
    answer.headers.extend(known.headers);
    Ok(answer.with(CONTENT_SECURITY_POLICY, files::QUIET))
}

fn short_hash(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    hex::encode(&Sha256::digest(text)[..8])
}

/// The address of a picture with a provider of the workspace's choice: `place` in it gives way to `value`.
pub fn elsewhere(template: &str, place: &str, value: &str) -> Option<String> {
    let template = template.trim();
    (!template.is_empty()).then(|| template.replace(place, &percent::value(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_gets_the_name_and_nothing_else() {
        assert_eq!(elsewhere("  ", "{username}", "ann"), None);
        assert_eq!(
            elsewhere("https://example.org/{username}.png", "{username}", "../a?b").as_deref(),
            Some("https://example.org/..%2Fa%3Fb.png")
        );
    }
}
