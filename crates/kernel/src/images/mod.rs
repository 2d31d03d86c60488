//! Work on pictures that users send: within limits, off the threads that answer requests, and few at once.

mod metadata;
mod svg;

use std::io::{BufReader, Cursor, Read as _};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use crate::media::picture_kind;

/// Pixels of one side, and bytes of a decoded picture. A few hundred bytes can claim gigabytes.
const SIDE: u32 = 16_384;
const MEMORY: u64 = 256 << 20;

/// Pictures decoded at once: memory for them is bounded by this times [`MEMORY`].
const AT_ONCE: usize = 2;

/// Quality of JPEG files written here, of 100.
const QUALITY: u8 = 88;

/// Why a picture could not be worked on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImageError {
    /// It is no PNG, JPEG, GIF or WebP.
    #[error("not a picture of a known kind")]
    Unknown,
    /// It has more pixels than are taken.
    #[error("the picture is too large")]
    TooLarge,
    /// Its file has more bytes than are looked through for metadata.
    #[error("the picture's file is too long")]
    TooLong,
    /// Its bytes do not make a picture.
    #[error("the picture is broken: {0}")]
    Broken(String),
}

/// What a picture is, without its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width in pixels, as shown.
    pub width: u32,
    /// Height in pixels, as shown.
    pub height: u32,
    /// Media type found in its bytes, whatever its name says.
    pub kind: &'static str,
    /// It has to be turned before it is shown.
    pub turned: bool,
}

/// A picture made here.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The encoded file.
    pub bytes: Bytes,
    /// Media type.
    pub kind: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Small versions of one picture.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// A blurred JPEG of at most 32 by 32 pixels, base64: what is shown until the picture is there.
    pub preview: String,
    /// The picture in the size asked for.
    pub smaller: Option<Picture>,
}

/// How a picture comes to a wanted size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Both sides fit; it keeps its shape and is never enlarged.
    Inside,
    /// It fills the size; what sticks out is cut off on both sides alike.
    Cover,
}

/// The workers. Clones share them.
#[derive(Clone)]
pub struct Images(Arc<Semaphore>);

impl Default for Images {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Images {
    /// What the file at `path` is; cheap, since no pixel is decoded.
    ///
    /// # Errors
    /// If it is no picture that is known here.
    pub async fn look(&self, path: &Path) -> Result<Look, ImageError> {
        let path = path.to_owned();
        self.run(move || look(open(&path)?)).await
    }

    /// The same for a picture in memory.
    ///
    /// # Errors
    /// If it is no picture that is known here.
    pub async fn look_bytes(&self, bytes: Bytes) -> Result<Look, ImageError> {
        self.run(move || look(reader(Cursor::new(bytes))?)).await
    }

    /// A picture in memory as JPEG, or else as PNG.
    ///
    /// # Errors
    /// If it is no picture that is known here, or too large.
    pub async fn convert(&self, bytes: Bytes, jpeg: bool) -> Result<Picture, ImageError> {
        self.run(move || {
            let (picture, profile) = upright(reader(Cursor::new(bytes))?)?;
            encode(&picture, profile, jpeg)
        })
        .await
    }

    /// The file at `path` in another size, upright and without metadata. It stays what it was (PNG, JPEG);
    /// other kinds become PNG.
    ///
    /// # Errors
    /// If it is no picture that is known here, or too large.
    pub async fn resize(
        &self,
        path: &Path,
        width: u32,
        height: u32,
        fit: Fit,
    ) -> Result<Picture, ImageError> {
        let path = path.to_owned();
        self.run(move || resize(open(&path)?, width, height, fit)).await
    }

    /// The same for a picture in memory.
    ///
    /// # Errors
    /// If it is no picture that is known here, or too large.
    pub async fn resize_bytes(
        &self,
        bytes: Bytes,
        width: u32,
        height: u32,
        fit: Fit,
    ) -> Result<Picture, ImageError> {
        self.run(move || resize(reader(Cursor::new(bytes))?, width, height, fit)).await
    }

    /// Small versions of the file at `path`, decoded once: a tiny one, and with `within` one that fits into
    /// that width and height.
    ///
    /// # Errors
    /// If it is no picture that is known here, or too large.
    pub async fn shrink(&self, path: &Path, within: Option<(u32, u32)>) -> Result<Shrunk, ImageError> {
        let path = path.to_owned();
        self.run(move || shrink(open(&path)?, within)).await
    }

    /// What the drawing (SVG) at `path` is, and small versions of it in pixels that fit into `within`.
    ///
    /// # Errors
    /// If it is no drawing, or one that could take more than a moment to draw.
    pub async fn draw(&self, path: &Path, within: (u32, u32)) -> Result<(Look, Shrunk), ImageError> {
        let path = path.to_owned();
        self.run(move || {
            let (look, picture) = svg::draw(svg::read(&path)?, within)?;
            let smaller = encode(&picture, None, false)?;
            Ok((look, Shrunk { preview: tiny(&picture)?, smaller: Some(smaller) }))
        })
        .await
    }

    /// A drawing (SVG) in memory as a PNG that fits into `within`.
    ///
    /// # Errors
    /// As [`Images::draw`].
    pub async fn draw_bytes(&self, bytes: Bytes, within: (u32, u32)) -> Result<Picture, ImageError> {
        self.run(move || {
            let text = String::from_utf8(bytes.into()).map_err(|_| ImageError::Unknown)?;
            encode(&svg::draw(text, within)?.1, None, false)
        })
        .await
    }

    /// The file at `path` without what it says about camera, place and author, upright if `upright`. `None`
    /// if it is fine as it is. Pixels are only encoded anew where the picture has to be turned; one that has too
    /// many pixels for that, or broken ones, keeps them and how it is turned, and nothing else that it says.
    ///
    /// # Errors
    /// If it is no picture that is known here, or has too many pixels or broken ones and nothing to take out;
    /// [`ImageError::TooLong`] if nobody knows what it says.
    pub async fn tidy(&self, path: &Path, upright: bool, strip: bool) -> Result<Option<Bytes>, ImageError> {
        let path = path.to_owned();
        self.run(move || tidy(&path, upright, strip)).await
    }

    /// Runs other work on pictures under the same bound.
    ///
    /// # Errors
    /// Those of the work; a panic in it is a broken picture.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ImageError> + Send + 'static,
    ) -> Result<T, ImageError> {
        // The semaphore is never closed; were it, running unbounded is still right.
        let turn = self.0.clone().acquire_owned().await.ok();
        // The work keeps the turn: it goes on when the one who asked for it has left.
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|_panic| Err(ImageError::Broken("its decoder gave up".to_owned())))
    }
}

type Source<R> = ImageReader<R>;

fn open(path: &Path) -> Result<Source<BufReader<std::fs::File>>, ImageError> {
    let broken = |error: std::io::Error| ImageError::Broken(error.to_string());
    let file = std::fs::File::open(path).map_err(broken)?;
    // Some decoders read all of it.
    if file.metadata().map_err(broken)?.len() > MEMORY {
        return Err(ImageError::TooLarge);
    }
    reader(BufReader::new(file))
}

fn reader<R: std::io::BufRead + std::io::Seek>(source: R) -> Result<Source<R>, ImageError> {
    let mut reader =
        ImageReader::new(source).with_guessed_format().map_err(|e| ImageError::Broken(e.to_string()))?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    kind(reader.format())?;
    Ok(reader)
}

fn kind(format: Option<ImageFormat>) -> Result<&'static str, ImageError> {
    match format {
        Some(ImageFormat::Png) => Ok("image/png"),
        Some(ImageFormat::Jpeg) => Ok("image/jpeg"),
        Some(ImageFormat::Gif) => Ok("image/gif"),
        Some(ImageFormat::WebP) => Ok("image/webp"),
        _ => Err(ImageError::Unknown),
    }
}

fn refused(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::TooLarge,
        image::ImageError::Unsupported(_) => ImageError::Unknown,
        other => ImageError::Broken(other.to_string()),
    }
}

fn look<R: std::io::BufRead + std::io::Seek>(reader: Source<R>) -> Result<Look, ImageError> {
    let kind = kind(reader.format())?;
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    // Broken metadata does not make a broken picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let sideways = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (width, height) = if sideways { (height, width) } else { (width, height) };
    Ok(Look { width, height, kind, turned: orientation != Orientation::NoTransforms })
}

fn resize<R: std::io::BufRead + std::io::Seek>(
    reader: Source<R>,
    width: u32,
    height: u32,
    fit: Fit,
) -> Result<Picture, ImageError> {
    let format = reader.format();
    let (picture, profile) = upright(reader)?;
    let (width, height) = (width.clamp(1, SIDE), height.clamp(1, SIDE));
    let small = match fit {
        Fit::Inside if picture.width() <= width && picture.height() <= height => picture,
        Fit::Inside => picture.resize(width, height, FilterType::CatmullRom),
        Fit::Cover => picture.resize_to_fill(width, height, FilterType::CatmullRom),
    };
    encode(&small, profile, format == Some(ImageFormat::Jpeg))
}

/// Pixels of a side of the tiny version.
const TINY: u32 = 32;

fn shrink<R: std::io::BufRead + std::io::Seek>(
    reader: Source<R>,
    within: Option<(u32, u32)>,
) -> Result<Shrunk, ImageError> {
    let jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let (picture, profile) = upright(reader)?;
    let smaller = within.map(|(width, height)| {
        let small = picture.resize(width.clamp(1, SIDE), height.clamp(1, SIDE), FilterType::CatmullRom);
        encode(&small, profile, jpeg)
    });
    Ok(Shrunk { preview: tiny(&picture)?, smaller: smaller.transpose()? })
}

/// A blurred JPEG of a few pixels, base64.
fn tiny(picture: &DynamicImage) -> Result<String, ImageError> {
    let blurred = picture.thumbnail(TINY, TINY).fast_blur(1.0);
    let preview = encode(&blurred, None, true)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(&preview.bytes))
}

/// The decoded picture as it should be shown, with its colour profile.
fn upright<R: std::io::BufRead + std::io::Seek>(
    reader: Source<R>,
) -> Result<(DynamicImage, Option<Vec<u8>>), ImageError> {
    let mut decoder = reader.into_decoder().map_err(refused)?;
    // The library's own limit is for what a decoder needs beside the picture.
    if decoder.total_bytes() > MEMORY {
        return Err(ImageError::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or(None);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok((picture, profile))
}

fn encode(picture: &DynamicImage, profile: Option<Vec<u8>>, jpeg: bool) -> Result<Picture, ImageError> {
    let mut bytes = Vec::new();
    let (width, height) = (picture.width(), picture.height());
    // A profile that does not fit the new file is left out: colours are then slightly off, not more.
    if jpeg {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        let _ = profile.map(|profile| encoder.set_icc_profile(profile));
        let pixels = picture.to_rgb8();
        encoder.write_image(&pixels, width, height, image::ExtendedColorType::Rgb8).map_err(refused)?;
        return Ok(Picture { bytes: bytes.into(), kind: "image/jpeg", width, height });
    }
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    let _ = profile.map(|profile| encoder.set_icc_profile(profile));
    picture.write_with_encoder(encoder).map_err(refused)?;
    Ok(Picture { bytes: bytes.into(), kind: "image/png", width, height })
}

fn tidy(path: &Path, make_upright: bool, strip: bool) -> Result<Option<Bytes>, ImageError> {
    match as_shown(path, make_upright, strip) {
        Ok(None) if strip => stripped(path),
        // What it says of people and places goes also where its pixels are too many, or broken.
        Err(error) if strip => stripped(path)?.map_or(Err(error), |bytes| Ok(Some(bytes))),
        tidy => tidy,
    }
}

/// The picture encoded anew where it has to be turned: without its metadata it would be shown the wrong way round.
fn as_shown(path: &Path, make_upright: bool, strip: bool) -> Result<Option<Bytes>, ImageError> {
    let found = look(open(path)?)?;
    let jpeg = found.kind == "image/jpeg";
    if !found.turned || !(strip || make_upright && jpeg) {
        return Ok(None);
    }
    let (picture, profile) = upright(open(path)?)?;
    Ok(Some(encode(&picture, profile, jpeg)?.bytes))
}

/// The file without metadata, pixels as they are; `None` if there is nothing to take out.
fn stripped(path: &Path) -> Result<Option<Bytes>, ImageError> {
    let broken = |error: std::io::Error| ImageError::Broken(error.to_string());
    let mut file = std::fs::File::open(path).map_err(broken)?;
    let mut head = Vec::new();
    file.by_ref().take(64).read_to_end(&mut head).map_err(broken)?;
    let Some(kind) = picture_kind(&head) else { return Ok(None) };
    if file.metadata().map_err(broken)?.len() > MEMORY {
        return Err(ImageError::TooLong);
    }
    let bytes = std::fs::read(path).map_err(broken)?;
    Ok(metadata::without(&bytes, kind).map(Bytes::from))
}

#[cfg(test)]
mod tests;
