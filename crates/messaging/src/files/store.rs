//! From a file that came with a form to a stored upload.

use bytes::Bytes;
use gantry_kernel::files::unwritable;
use gantry_kernel::images::{ImageError, Look, Shrunk};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use super::rows::Stored;
use super::upload::{extension_of, group_of, path_of};
use super::{Identified, PictureSize, Upload, rows, rules};

/// How long an upload waits for the message that shows it, in milliseconds.
pub const UNCONFIRMED: i64 = 24 * 60 * 60 * 1000;

/// Who uploads.
#[derive(Clone, Debug, Default)]
pub struct Uploader {
    /// User id; none for a visitor.
    pub uid: Option<String>,
    /// What an encrypted file is, encrypted.
    pub content: Option<Value>,
}

/// Checks a file, makes pictures upright and takes their metadata out as the settings say, and stores it with
/// its preview pictures. It disappears after a day unless a message shows it: see [`super::send`].
///
/// # Errors
/// What [`rules::may_upload`] refuses; 500 if it cannot be stored.
pub async fn store(ctx: &Ctx, room: &Room, by: Uploader, mut file: UploadedFile) -> Result<Upload> {
    let encrypted = by.content.is_some();
    if encrypted {
        "application/octet-stream".clone_into(&mut file.kind);
    }
    rules::may_upload(ctx, room, &file.kind, file.spool.size(), encrypted)?;
    let picture = if encrypted { None } else { prepare_picture(ctx, &mut file).await? };
    let id = ctx.ids.id();
    let upload = Upload {
        size: i64::try_from(file.spool.size()).unwrap_or(i64::MAX),
        identify: picture.as_ref().map(|picture| picture.identify.clone()),
        content: by.content,
        ..describe(ctx, &id, &file.name, &file.kind, &room.id, by.uid.as_deref())
    };
    let mut entries = vec![Stored {
        key: key(&id),
        hidden: false,
        mid: None,
        preview: picture.as_ref().map(|picture| picture.preview.clone()),
        upload: upload.clone(),
    }];
    let small = picture.and_then(|picture| picture.thumb).map(|thumb| {
        let entry = thumbnail(ctx, &upload, &thumb);
        let key = entry.key.clone();
        entries.push(entry);
        (key, thumb.bytes)
    });
    // The rows come first: bytes that no row names would stay for ever, and a row that no message confirms goes
    // after a day, with whatever there is of its bytes.
    ctx.write(async move |tx| {
        for entry in &entries {
            rows::insert(tx, entry).await?;
        }
        Ok(())
    })
    .await?;
    ctx.files.put(&key(&id), file.spool).await?;
    if let Some((key, bytes)) = small {
        ctx.files.put_bytes(&key, bytes).await?;
    }
    Ok(upload)
}

fn key(id: &str) -> String {
    format!("uploads/{id}")
}

fn describe(ctx: &Ctx, id: &str, name: &str, kind: &str, rid: &str, uid: Option<&str>) -> Upload {
    let path = path_of(id, name);
    Upload {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        type_group: group_of(kind).to_owned(),
        rid: rid.to_owned(),
        user_id: uid.map(str::to_owned),
        store: format!("{}:Uploads", ctx.files.store_name()),
        extension: extension_of(name).to_owned(),
        complete: true,
        progress: 1,
        etag: ctx.ids.id(),
        url: format!("{}{path}", ctx.settings.get(keys::Site_Url).trim_end_matches('/')),
        path,
        uploaded_at: ctx.now,
        updated_at: ctx.now,
        expires_at: Some(ctx.now.plus_millis(UNCONFIRMED)),
        ..Upload::default()
    }
}

fn thumbnail(ctx: &Ctx, of: &Upload, thumb: &Thumb) -> Stored {
    let id = ctx.ids.id();
    let name = format!("thumb-{}", of.name);
    let upload = Upload {
        size: i64::try_from(thumb.bytes.len()).unwrap_or(i64::MAX),
        type_group: "thumb".to_owned(),
        original_file_id: Some(of.id.clone()),
        identify: Some(Identified {
            format: format_of(thumb.kind).to_owned(),
            size: PictureSize { width: thumb.width, height: thumb.height },
        }),
        ..describe(ctx, &id, &name, thumb.kind, &of.rid, of.user_id.as_deref())
    };
    Stored { key: key(&id), hidden: false, mid: None, preview: None, upload }
}

struct Picture {
    identify: Identified,
    preview: String,
    thumb: Option<Thumb>,
}

struct Thumb {
    bytes: Bytes,
    kind: &'static str,
    width: u32,
    height: u32,
}

/// `jpeg` of `image/jpeg`.
fn format_of(kind: &str) -> &str {
    kind.split('/').nth(1).unwrap_or_default()
}

/// Works on a picture before it is stored. What says that it is a picture and is none, or one that is broken
/// or too large to look into, is stored all the same: it is somebody's file. What it says of camera and place goes.
async fn prepare_picture(ctx: &Ctx, file: &mut UploadedFile) -> Result<Option<Picture>> {
    if !file.kind.starts_with("image/") {
        return Ok(None);
    }
    if file.kind.starts_with("image/svg") {
        return Ok(prepare_drawing(ctx, file).await);
    }
    let (settings, images) = (&ctx.settings, &ctx.images);
    let upright = settings.get(keys::FileUpload_RotateImages);
    let strip = settings.get(keys::Message_Attachments_Strip_Exif);
    let tidy = match images.tidy(file.spool.path(), upright, strip).await {
        Ok(tidy) => tidy,
        Err(ImageError::TooLong) => {
            return Err(Error::new(
                "error-file-too-large",
                "The picture is too large for what it says of camera and place to be taken out",
            ));
        }
        Err(_) => return Ok(None),
    };
    if let Some(bytes) = tidy {
        let mut spool = ctx.files.spool().await?;
        spool.write(&bytes).await.map_err(unwritable)?;
        file.spool = spool.finish().await.map_err(unwritable)?;
    }
    let Ok(look) = images.look(file.spool.path()).await else { return Ok(None) };
    let wanted = thumb_size(ctx).filter(|(width, height)| look.width >= *width || look.height >= *height);
    let Ok(shrunk) = images.shrink(file.spool.path(), wanted).await else { return Ok(None) };
    Ok(Some(picture(format_of(look.kind), look, shrunk)))
}

/// The size of the small pictures in messages, if there are any.
fn thumb_size(ctx: &Ctx) -> Option<(u32, u32)> {
    let size = |key| u32::try_from(ctx.settings.get(key)).unwrap_or(0);
    let (width, height) =
        (size(keys::Message_Attachments_Thumbnails_Width), size(keys::Message_Attachments_Thumbnails_Height));
    let enabled = ctx.settings.get(keys::Message_Attachments_Thumbnails_Enabled);
    (enabled && width > 0 && height > 0).then_some((width, height))
}

/// Draws an SVG, whatever its size: browsers are not let show it as it is. One that would take long to draw is
/// stored all the same.
async fn prepare_drawing(ctx: &Ctx, file: &UploadedFile) -> Option<Picture> {
    let (look, shrunk) = ctx.images.draw(file.spool.path(), thumb_size(ctx)?).await.ok()?;
    Some(picture("svg", look, shrunk))
}

fn picture(format: &str, look: Look, Shrunk { preview, smaller }: Shrunk) -> Picture {
    Picture {
        identify: Identified {
            format: format.to_owned(),
            size: PictureSize { width: look.width, height: look.height },
        },
        preview,
        thumb: smaller.map(|picture| Thumb {
            bytes: picture.bytes,
            kind: picture.kind,
            width: picture.width,
            height: picture.height,
        }),
    }
}
