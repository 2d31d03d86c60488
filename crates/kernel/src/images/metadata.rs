//! Taking metadata out of picture files without touching their pixels.

use image::metadata::Orientation;

/// The file without metadata; `None` if there is none in it, or if its structure is not understood.
pub(super) fn without(bytes: &[u8], kind: &str) -> Option<Vec<u8>> {
    let stripped = match kind {
        "image/jpeg" => jpeg(bytes),
        "image/png" => png(bytes),
        "image/webp" => webp(bytes),
        _ => None,
    }?;
    (stripped.len() != bytes.len()).then_some(stripped)
}

/// Leaves out EXIF and XMP (APP1), IPTC (APP13) and comments; colour profiles (APP2) stay, and of EXIF how the
/// picture is turned.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..2)?.to_vec();
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        if kind == 0xff {
            at += 1;
            continue;
        }
        // The scan begins: pixels to the end.
        if kind == 0xda {
            out.extend_from_slice(&bytes[at..]);
            return Some(out);
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
        let segment = bytes.get(at..at + 2 + length).filter(|_| length >= 2)?;
        if !matches!(kind, 0xe1 | 0xed | 0xfe) {
            out.extend_from_slice(segment);
        } else if let Some(exif) = segment[4..].strip_prefix(EXIF)
            && let Some(turned) = Orientation::from_exif_chunk(exif)
            && turned != Orientation::NoTransforms
        {
            out.extend_from_slice(&only(turned));
        }
        at += 2 + length;
    }
}

/// What EXIF begins with in a JPEG.
const EXIF: &[u8] = b"Exif\0\0";

/// A segment of EXIF that says how the picture is turned, and nothing else.
fn only(turned: Orientation) -> Vec<u8> {
    // One directory with one entry: tag 0x0112, one 16-bit number.
    let mut exif = EXIF.to_vec();
    exif.extend_from_slice(b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
    exif.extend_from_slice(&[turned.to_exif(), 0, 0, 0, 0, 0, 0]);
    // The length counts itself.
    let length = u16::try_from(exif.len() + 2).unwrap_or(u16::MAX);
    [&[0xff, 0xe1], &length.to_be_bytes()[..], &exif].concat()
}

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..8)?.to_vec();
    let mut at = 8;
    while at < bytes.len() {
        let length = usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()?;
        let name = bytes.get(at + 4..at + 8)?;
        let chunk = bytes.get(at..at.checked_add(length)?.checked_add(12)?)?;
        if !matches!(name, b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME") {
            out.extend_from_slice(chunk);
        }
        at += chunk.len();
        if name == b"IEND" {
            return Some(out);
        }
    }
    None
}

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..12)?.to_vec();
    let mut at = 12;
    while at < bytes.len() {
        let name = bytes.get(at..at + 4)?;
        let length = usize::try_from(u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?)).ok()?;
        // Chunks are padded to an even length.
        let end = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
        let chunk = bytes.get(at..end.min(bytes.len()))?;
        if name == b"VP8X" {
            let mut chunk = chunk.to_vec();
            // The flags that announce EXIF and XMP.
            *chunk.get_mut(8)? &= !0b0000_1100;
            out.extend_from_slice(&chunk);
        } else if !matches!(name, b"EXIF" | b"XMP ") {
            out.extend_from_slice(chunk);
        }
        at = end;
    }
    let size = u32::try_from(out.len() - 8).ok()?.to_le_bytes();
    out[4..8].copy_from_slice(&size);
    Some(out)
}
