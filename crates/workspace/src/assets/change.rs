//! Choosing other pictures for the workspace, and going back to its own.

use bytes::Bytes;
use gantry_accounts::settings;
use gantry_kernel::media::{self, Area, Media};
use gantry_kernel::prelude::*;

use super::list::{self, Asset};

/// # Errors
/// `Invalid asset`.
pub(super) fn find(name: &str) -> Result<&'static Asset> {
    list::named(name).ok_or_else(|| Error::message("Invalid asset"))
}

/// Replaces an asset. It holds when this returns.
///
/// # Errors
/// `error-invalid-file-type`, `error-invalid-file-width`, `error-invalid-file-height`, `error-file-too-large`.
pub(super) async fn set(ctx: &Ctx, asset: &'static Asset, claimed: &str, bytes: Bytes) -> Result<()> {
    let refused = |code: &'static str, reason: String| {
        Error::new(code, reason).with_details(json!({ "function": "RocketChat.Assets.setAsset" }))
    };
    let kind = media::picture_kind(&bytes);
    let (kind, extension) = kind
        .and_then(|kind| Some((kind, extension(kind)?)))
        .filter(|(_, extension)| asset.extensions.contains(extension))
        .ok_or_else(|| refused("error-invalid-file-type", format!("Invalid file type: {claimed}")))?;
    if let Some((width, height)) = asset.size {
        let look = ctx
            .images
            .look_bytes(bytes.clone())
            .await
            .map_err(|_| refused("error-invalid-file-type", format!("Invalid file type: {claimed}")))?;
        if look.width != width {
            return Err(refused("error-invalid-file-width", "Invalid file width".to_owned()));
        }
        if look.height != height {
            return Err(Error::code("error-invalid-file-height"));
        }
    }
    let file = Media::new(kind, bytes, ctx.now)?;
    let url = format!("assets/{}.{extension}", asset.name);
    save(ctx, asset, Some(file), Some(url)).await
}

/// Goes back to the asset that the workspace came with.
///
/// # Errors
/// The database's.
pub(super) async fn unset(ctx: &Ctx, asset: &'static Asset) -> Result<()> {
    save(ctx, asset, None, None).await
}

async fn save(ctx: &Ctx, asset: &'static Asset, file: Option<Media>, url: Option<String>) -> Result<()> {
    let mut value = default_value(ctx, asset);
    if let Some(url) = url {
        value["url"] = json!(url);
    }
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        match &file {
            Some(file) => media::put(tx, Area::Asset, asset.name, file).await?,
            None => {
                media::remove(tx, Area::Asset, asset.name).await?;
            }
        }
        settings::set(&inner, tx, &asset.setting(), value.clone()).await
    })
    .await?;
    ctx.events.settle().await;
    Ok(())
}

/// What the setting holds as long as nobody has chosen anything.
fn default_value(ctx: &Ctx, asset: &Asset) -> Value {
    let definition = ctx.settings.definition(&asset.setting());
    let default = definition.and_then(|definition| serde_json::from_str(&definition.default).ok());
    default.filter(Value::is_object).unwrap_or_else(|| json!({}))
}

/// The extension of files of a kind.
pub(super) fn extension(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "image/svg+xml" => "svg",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/x-icon" => "ico",
        _ => return None,
    })
}
