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
