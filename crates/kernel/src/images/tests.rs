use std::io::Write as _;

use image::{GenericImageView as _, Rgb, RgbImage};

use super::*;

/// A JPEG with a red left half, 40 by 20, whose metadata says `orientation` and names a camera.
fn photo(orientation: u8) -> Vec<u8> {
    let pixels = RgbImage::from_fn(40, 20, |x, _| if x < 20 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
    let mut plain = Vec::new();
    JpegEncoder::new_with_quality(&mut plain, 95).encode_image(&pixels).unwrap();
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend_from_slice(&[0x01, 0x0f, 0, 2, 0, 0, 0, 4, b'C', b'a', b'm', 0]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
    bytes.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend_from_slice(&exif);
    bytes.extend_from_slice(&plain[2..]);
    bytes
}

fn saved(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn has_metadata(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == b"Exif" || window == b"eXIf")
}

#[tokio::test]
async fn a_turned_photo_has_the_size_it_is_shown_in() {
    let found = Images::default().look(saved(&photo(6)).path()).await.unwrap();
    assert_eq!(found, Look { width: 20, height: 40, kind: "image/jpeg", turned: true });
}

#[tokio::test]
async fn a_turned_photo_becomes_upright_and_forgets_its_camera() {
    let file = saved(&photo(6));
    let tidy = Images::default().tidy(file.path(), true, false).await.unwrap().unwrap();
    assert!(!has_metadata(&tidy));
    let picture = image::load_from_memory(&tidy).unwrap();
    assert_eq!(picture.dimensions(), (20, 40));
    let top = picture.get_pixel(10, 2);
    assert!(top[0] > 200 && top[2] < 60, "the left half is on top now: {top:?}");
}

#[tokio::test]
async fn metadata_goes_without_a_pixel_changing() {
    let bytes = photo(1);
    let tidy = Images::default().tidy(saved(&bytes).path(), true, true).await.unwrap().unwrap();
    assert!(has_metadata(&bytes) && !has_metadata(&tidy));
    let (before, after) = (image::load_from_memory(&bytes).unwrap(), image::load_from_memory(&tidy).unwrap());
    assert_eq!(before.as_bytes(), after.as_bytes());
    assert_eq!(Images::default().tidy(saved(&tidy).path(), true, true).await.unwrap(), None);
}

#[tokio::test]
async fn a_photo_with_too_many_pixels_forgets_its_camera_and_stays_turned() {
    let mut bytes = photo(6);
    // Width and height in the frame's header.
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    let names_camera = |bytes: &[u8]| bytes.windows(4).any(|window| window == b"Cam\0");
    assert!(names_camera(&bytes));
    assert_eq!(Images::default().look(saved(&bytes).path()).await, Err(ImageError::TooLarge));
    let tidy = Images::default().tidy(saved(&bytes).path(), true, true).await.unwrap().unwrap();
    assert!(!names_camera(&tidy));
    let frame = tidy.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut small = tidy.to_vec();
    small[frame + 5..frame + 9].copy_from_slice(&[0, 20, 0, 40]);
    assert!(Images::default().look(saved(&small).path()).await.unwrap().turned);
    // Where it may say what it says, it stays as it came.
    assert_eq!(Images::default().tidy(saved(&bytes).path(), true, false).await, Err(ImageError::TooLarge));
}

#[tokio::test]
async fn a_photo_that_is_too_long_to_look_through_is_refused() {
    let file = saved(&photo(1));
    file.as_file().set_len(MEMORY + 1).unwrap();
    assert_eq!(Images::default().tidy(file.path(), true, true).await, Err(ImageError::TooLong));
}

#[tokio::test]
async fn a_picture_gets_smaller_but_never_larger() {
    let (images, file) = (Images::default(), saved(&photo(1)));
    let small = images.resize(file.path(), 10, 10, Fit::Inside).await.unwrap();
    assert_eq!((small.width, small.height, small.kind), (10, 5, "image/jpeg"));
    let same = images.resize(file.path(), 500, 500, Fit::Inside).await.unwrap();
    assert_eq!((same.width, same.height), (40, 20));
    let square = images.resize(file.path(), 8, 8, Fit::Cover).await.unwrap();
    assert_eq!((square.width, square.height), (8, 8));
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let images = Images::default();
    assert_eq!(images.look(saved(b"<svg/>").path()).await, Err(ImageError::Unknown));
    let broken = images.look(saved(&photo(1)[..60]).path()).await;
    assert!(matches!(broken, Err(ImageError::Broken(_))), "{broken:?}");
}

#[tokio::test]
async fn a_small_file_that_claims_many_pixels_is_refused() {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(&[0; 3], 1, 1, image::ExtendedColorType::Rgb8)
        .unwrap();
    // Width and height of the header, with its checksum left wrong on purpose for neither matters before.
    bytes[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let refused = Images::default().resize(saved(&bytes).path(), 10, 10, Fit::Inside).await;
    assert!(refused.is_err());
}

/// The checksum of PNG's chunks (CRC-32).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[tokio::test]
async fn a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded() {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(&[0; 8], 1, 1, image::ExtendedColorType::Rgba16)
        .unwrap();
    let side = 16_000_u32.to_be_bytes();
    bytes[16..20].copy_from_slice(&side);
    bytes[20..24].copy_from_slice(&side);
    let sum = checksum(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    let refused = Images::default().resize(saved(&bytes).path(), 10, 10, Fit::Inside).await;
    assert_eq!(refused.map(|_| ()), Err(ImageError::TooLarge));
}

const LOGO: &str = r##"<svg width="80" height="40" xmlns="http://www.w3.org/2000/svg">
<defs><linearGradient id="a"><stop stop-color="#f00"/></linearGradient></defs>
<g transform="translate(40 0)"><rect width="40" height="40" fill="url(#a)"/></g></svg>"##;

#[tokio::test]
async fn a_drawing_becomes_pixels_that_fit() {
    let images = Images::default();
    let (look, shrunk) = images.draw(saved(LOGO.as_bytes()).path(), (20, 20)).await.unwrap();
    assert_eq!(look, Look { width: 80, height: 40, kind: "image/svg+xml", turned: false });
    let small = shrunk.smaller.unwrap();
    assert_eq!((small.width, small.height, small.kind), (20, 10, "image/png"));
    let pixels = image::load_from_memory(&small.bytes).unwrap();
    assert_eq!(pixels.get_pixel(2, 5)[3], 0, "nothing is drawn on the left");
    assert_eq!(pixels.get_pixel(17, 5).0, [255, 0, 0, 255]);
    let (_, shrunk) = images.draw(saved(LOGO.as_bytes()).path(), (500, 500)).await.unwrap();
    assert_eq!(shrunk.smaller.map(|picture| picture.width), Some(80), "it is not made larger");
}

#[tokio::test]
async fn a_drawing_that_could_take_long_is_not_drawn() {
    let drawn = async |inner: &str| {
        let text = format!(
            r#"<svg width="80" height="40" xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">{inner}</svg>"#
        );
        Images::default().draw(saved(text.as_bytes()).path(), (20, 20)).await.is_ok()
    };
    assert!(drawn(r#"<path d="M0 0h9v9z"/>"#).await);
    for hostile in [
        r##"<g id="a"><path d="M0 0h9"/></g><use x:href="#a"/>"##,
        r#"<image href="/etc/passwd" width="9" height="9"/>"#,
        r#"<filter id="f"><feTurbulence numOctaves="99"/></filter>"#,
        r#"<mask id="m"/>"#,
        r#"<pattern id="p"/>"#,
        r#"<path d="M0 0h9" stroke-dasharray="0.00001"/>"#,
        r#"<style>path { stroke-dasharray: 0.00001 }</style>"#,
        r#"<style>path { stroke-d&#97;sharray: 0.00001 }</style>"#,
        r#"<path d="M0 0h9" style="stroke-d\61sharray: 0.00001"/>"#,
        r#"<text>hello</text>"#,
    ] {
        assert!(!drawn(hostile).await, "{hostile}");
    }
    assert!(!drawn(&"<g>".repeat(5000)).await);
    let nested = |depth: usize| {
        format!("{}<path d=\"M0 0h9v9z\"/>{}", "<g opacity=\"0.5\">".repeat(depth), "</g>".repeat(depth))
    };
    assert!(drawn(&nested(20)).await);
    for deep in [40, 1900] {
        assert!(!drawn(&nested(deep)).await, "{deep} layers");
    }
    let bomb = r#"<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>"#;
    assert!(Images::default().draw(saved(bomb.as_bytes()).path(), (20, 20)).await.is_err());
    assert!(Images::default().draw(saved(&photo(1)).path(), (20, 20)).await.is_err());
}
