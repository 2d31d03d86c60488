//! Making a picture that somebody sends fit for an avatar.
//! Upstream: `apps/meteor/app/file-upload/server/lib/FileUpload.ts` (`avatarsOnValidate`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::images::{Fit, ImageError};
use gantry_kernel::media::{self, Media};
use gantry_kernel::settings::keys;

/// Checks a picture and brings it to the size that the workspace wants. What is drawn by lines stays as it
/// is.
///
/// # Errors
/// `error-invalid-file-type` for what is no picture, `error-file-too-large`.
pub async fn prepare(ctx: &Ctx, bytes: Bytes) -> Result<Media> {
    let kind = media::picture_kind(&bytes).ok_or_else(not_a_picture)?;
    if let Some(limit) = ctx.files.limit()
        && bytes.len() as u64 > limit
    {
        return Err(media::too_large(usize::try_from(limit).unwrap_or(usize::MAX)));
    }
    let pixels = matches!(kind, "image/png" | "image/jpeg" | "image/gif" | "image/webp");
    if !pixels || !ctx.settings.get(keys::Accounts_AvatarResize) {
        return Media::new(kind, bytes, ctx.now);
    }
    let side = u32::try_from(ctx.settings.get(keys::Accounts_AvatarSize)).unwrap_or(0).clamp(16, 2048);
    let picture =
        ctx.images.resize_bytes(bytes, side, side, Fit::Cover).await.map_err(|error| match error {
            ImageError::TooLarge | ImageError::TooLong => {
                Error::new("error-file-too-large", "The picture has too many pixels")
            }
            ImageError::Unknown | ImageError::Broken(_) => not_a_picture(),
        })?;
    Media::new(picture.kind, picture.bytes, ctx.now)
}

fn not_a_picture() -> Error {
    Error::new("error-invalid-file-type", "File type is not accepted.")
}

/// The content of a `data:` address, which must be base64.
///
/// # Errors
/// `error-invalid-data`.
pub fn from_data_uri(uri: &str) -> Result<Bytes> {
    let content = uri.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let bytes = content.and_then(|(_, text)| STANDARD.decode(text.trim()).ok());
    bytes.map(Bytes::from).ok_or_else(|| Error::new("error-invalid-data", "Invalid dataURI"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_base64_data_addresses_are_taken() {
        assert_eq!(from_data_uri("data:image/png;base64,aGk=").unwrap(), "hi");
        for bad in
            ["", "aGk=", "data:image/png,hi", "data:image/png;base64,%%", "https://example.org/a;base64,aGk="]
        {
            assert!(from_data_uri(bad).unwrap_err().is("error-invalid-data"), "{bad}");
        }
    }
}
