//! The pictures that a workspace comes with.

use bytes::Bytes;
use gantry_accounts::avatars::drawing::{Drawing, Format};
use gantry_kernel::error::Result;

use super::list::Asset;

/// The sign of the product.
const SIGN: Drawing = Drawing::new('G', [0x1f, 0x4e, 0x8c]);

/// The asset in the format that is asked for, or one that it can be had in: media type and content.
pub(super) fn picture(asset: &Asset, format: &str) -> Result<(&'static str, Bytes)> {
    let (width, height) = asset.size.unwrap_or((192, 192));
    let pixels = match format {
        "ico" => return Ok(("image/x-icon", icon()?.into())),
        "svg" => return Ok(("image/svg+xml", SIGN.svg(width).into())),
        other => Format::named(other),
    };
    match pixels {
        Some(format) => Ok((format.content_type(), format.encode(&SIGN.pixels(width, height))?.into())),
        None => Ok(("image/svg+xml", SIGN.svg(width).into())),
    }
}

/// An icon file with one PNG in it, which every browser reads.
fn icon() -> Result<Vec<u8>> {
    const SIDE: u8 = 32;
    let png = SIGN.encoded(u32::from(SIDE), Format::Png)?;
    let mut icon = vec![0, 0, 1, 0, 1, 0, SIDE, SIDE, 0, 0, 1, 0, 24, 0];
    icon.extend_from_slice(&u32::try_from(png.len()).unwrap_or_default().to_le_bytes());
    icon.extend_from_slice(&22_u32.to_le_bytes());
    icon.extend_from_slice(&png);
    Ok(icon)
}

#[cfg(test)]
mod tests {
    use gantry_kernel::media::picture_kind;

    use super::super::list::ASSETS;
    use super::*;

    #[test]
    fn every_asset_that_is_there_is_what_it_says() {
        for asset in ASSETS.iter().filter(|asset| asset.has_default) {
            for extension in asset.extensions {
                let (kind, bytes) = picture(asset, extension).unwrap();
                assert_eq!(picture_kind(&bytes), Some(kind), "{} {extension}", asset.name);
                assert_eq!(gantry_kernel::files::kind_of(&format!("x.{extension}")), kind);
            }
        }
    }
}
