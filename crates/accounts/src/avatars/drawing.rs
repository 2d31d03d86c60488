//! The picture of whoever has chosen none: a letter on a colour.
//!
//! The letters are strokes and not a font, so that the SVG looks the same everywhere and the pixel formats
//! look like the SVG.

use std::io::Cursor;

use gantry_kernel::error::{Error, Result};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage};

/// Width and height that are drawn when nothing is asked for, in pixels.
pub const SIZE: u32 = 200;
/// The smallest and the largest drawing.
const SIZES: std::ops::RangeInclusive<u32> = 16..=1024;

/// What may be drawn on; white can be read on each.
const COLOURS: [[u8; 3]; 12] = [
    [0xb3, 0x41, 0x2e],
    [0xa3, 0x4a, 0x00],
    [0x7a, 0x5c, 0x00],
    [0x4d, 0x6b, 0x00],
    [0x1f, 0x7a, 0x3d],
    [0x00, 0x73, 0x6b],
    [0x00, 0x6d, 0x94],
    [0x2b, 0x5f, 0xc4],
    [0x5a, 0x4f, 0xcf],
    [0x84, 0x40, 0xb8],
    [0xa8, 0x35, 0x8f],
    [0xb5, 0x30, 0x5f],
];

/// The pen's width; letters are 10 wide and 14 high.
const PEN: f32 = 1.8;
/// Head and shoulders, for names that begin with a letter that has no strokes here.
const SOMEBODY: &str = "M5 0Q8 0 8 3Q8 6 5 6Q2 6 2 3Q2 0 5 0M0 14Q0 8 5 8Q10 8 10 14";

/// The strokes of a letter as the path of an SVG.
fn strokes(letter: char) -> Option<&'static str> {
    Some(match letter {
        'A' => "M0 14L5 0L10 14M2 9L8 9",
        'B' => "M0 14L0 0L5 0Q9 0 9 3.5Q9 7 5 7L0 7M5 7Q10 7 10 10.5Q10 14 5 14L0 14",
        'C' => "M10 3Q8 0 5 0Q0 0 0 7Q0 14 5 14Q8 14 10 11",
        'D' => "M0 0L0 14L4 14Q10 14 10 7Q10 0 4 0L0 0",
        'E' => "M10 0L0 0L0 14L10 14M0 7L8 7",
        'F' => "M10 0L0 0L0 14M0 7L8 7",
        'G' => "M10 3Q8 0 5 0Q0 0 0 7Q0 14 5 14Q10 14 10 8L6 8",
        'H' => "M0 0L0 14M10 0L10 14M0 7L10 7",
        'I' => "M5 0L5 14",
        'J' => "M8 0L8 9Q8 14 4 14Q0 14 0 10",
        'K' => "M0 0L0 14M10 0L0 8M4 5L10 14",
        'L' => "M0 0L0 14L9 14",
        'M' => "M0 14L0 0L5 8L10 0L10 14",
        'N' => "M0 14L0 0L10 14L10 0",
        'O' => "M5 0Q10 0 10 7Q10 14 5 14Q0 14 0 7Q0 0 5 0",
        'P' => "M0 14L0 0L5 0Q10 0 10 4Q10 8 5 8L0 8",
        'Q' => "M5 0Q10 0 10 7Q10 14 5 14Q0 14 0 7Q0 0 5 0M6 10L10 14",
        'R' => "M0 14L0 0L5 0Q10 0 10 4Q10 8 5 8L0 8M5 8L10 14",
        'S' => "M9 2Q8 0 5 0Q1 0 1 3.5Q1 6 5 7Q10 8 10 10.5Q10 14 5 14Q1 14 0 11",
        'T' => "M0 0L10 0M5 0L5 14",
        'U' => "M0 0L0 9Q0 14 5 14Q10 14 10 9L10 0",
        'V' => "M0 0L5 14L10 0",
        'W' => "M0 0L2 14L5 5L8 14L10 0",
        'X' => "M0 0L10 14M10 0L0 14",
        'Y' => "M0 0L5 7L10 0M5 7L5 14",
        'Z' => "M0 0L10 0L0 14L10 14",
        '0' => "M5 0Q9 0 9 7Q9 14 5 14Q1 14 1 7Q1 0 5 0M4 9L6 5",
        '1' => "M2 3L5 0L5 14M2 14L8 14",
        '2' => "M1 3Q1 0 5 0Q9 0 9 3.5Q9 6 5 9L0 14L10 14",
        '3' => "M1 1Q3 0 5 0Q9 0 9 3.5Q9 7 5 7Q10 7 10 10.5Q10 14 5 14Q2 14 0 12",
        '4' => "M8 14L8 0L0 10L10 10",
        '5' => "M9 0L1 0L1 6Q3 5 5 5Q10 5 10 9.5Q10 14 5 14Q2 14 0 12",
        '6' => "M8 0Q1 3 1 9Q1 14 5 14Q9 14 9 10Q9 6 5 6Q1 6 1 10",
        '7' => "M0 0L10 0L4 14",
        '8' => "M5 7Q1 7 1 3.5Q1 0 5 0Q9 0 9 3.5Q9 7 5 7Q0 7 0 10.5Q0 14 5 14Q10 14 10 10.5Q10 7 5 7",
        '9' => "M2 14Q9 11 9 5Q9 0 5 0Q1 0 1 4Q1 8 5 8Q9 8 9 4",
        '?' => "M1 3Q1 0 5 0Q9 0 9 3.5Q9 6 5 8L5 10M5 13.5L5 14",
        _ => return None,
    })
}

/// A pixel format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `png`
    Png,
    /// `jpg` or `jpeg`
    Jpeg,
}

impl Format {
    /// The format that a parameter names; nothing for others, which get an SVG.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// Its content type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Writes a picture in this format.
    ///
    /// # Errors
    /// 500 if the encoder fails.
    pub fn encode(self, picture: &RgbImage) -> Result<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        match self {
            Self::Png => picture.write_to(&mut bytes, ImageFormat::Png),
            Self::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90)),
        }
        .map_err(Error::internal)?;
        Ok(bytes.into_inner())
    }
}

/// A letter on a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawing {
    letter: char,
    colour: [u8; 3],
}

impl Drawing {
    /// The drawing for a name: the same for the same name, wherever and whenever it is made.
    pub fn of(name: &str) -> Self {
        let first = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('?');
        let letter = first.to_uppercase().next().unwrap_or(first);
        // FNV-1a: no standard hasher promises to stay the same.
        let hash = name.to_lowercase().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let colour = usize::try_from(hash >> 32).unwrap_or_default() % COLOURS.len();
        Self { letter, colour: COLOURS[colour] }
    }

    /// A letter on a colour of one's choice.
    pub const fn new(letter: char, colour: [u8; 3]) -> Self {
        Self { letter, colour }
    }

    /// The drawing as SVG, `size` pixels wide and high where nothing else decides.
    pub fn svg(&self, size: u32) -> String {
        let [r, g, b] = self.colour;
        let (letter, size) = (escape(self.letter), bounded(size));
        let sign = match strokes(self.letter) {
            Some(path) => format!(
                r##"<path d="{path}" transform="translate(33 26) scale(3.4)" fill="none" stroke="#fff" stroke-width="{PEN}" stroke-linecap="round" stroke-linejoin="round"/>"##
            ),
            None => format!(
                r##"<text x="50" y="50" dy=".36em" text-anchor="middle" fill="#fff" font-family="sans-serif" font-size="56">{letter}</text>"##
            ),
        };
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 100 100"><title>{letter}</title><rect width="100" height="100" fill="#{r:02x}{g:02x}{b:02x}"/>{sign}</svg>"##
        )
    }

    /// The drawing in pixels, `width` by `height`; the letter is in the middle.
    pub fn pixels(&self, width: u32, height: u32) -> RgbImage {
        let (width, height) = (bounded(width), bounded(height));
        let mut ink = vec![0_f32; (width * height) as usize];
        let side = width.min(height) as f32;
        let scale = side * 0.034;
        let (left, top) = (width as f32 / 2.0 - 5.0 * scale, height as f32 / 2.0 - 7.0 * scale);
        let reach = PEN / 2.0 * scale;
        for segment in segments(strokes(self.letter).unwrap_or(SOMEBODY)) {
            let [a, b] = segment.map(|(x, y)| (left + x * scale, top + y * scale));
            let columns = span(a.0.min(b.0) - reach, a.0.max(b.0) + reach, width);
            for y in span(a.1.min(b.1) - reach, a.1.max(b.1) + reach, height) {
                for x in columns.clone() {
                    let far = distance((x as f32 + 0.5, y as f32 + 0.5), a, b);
                    let covered = (reach + 0.5 - far).clamp(0.0, 1.0);
                    let pixel = &mut ink[(y * width + x) as usize];
                    *pixel = pixel.max(covered);
                }
            }
        }
        let colour = self.colour;
        RgbImage::from_fn(width, height, |x, y| {
            let ink = ink[(y * width + x) as usize];
            Rgb(colour.map(|base| (f32::from(base) + (255.0 - f32::from(base)) * ink).round() as u8))
        })
    }

    /// The drawing in a pixel format, `size` pixels wide and high.
    ///
    /// # Errors
    /// 500 if the encoder fails.
    pub fn encoded(&self, size: u32, format: Format) -> Result<Vec<u8>> {
        format.encode(&self.pixels(size, size))
    }
}

fn bounded(size: u32) -> u32 {
    size.clamp(*SIZES.start(), *SIZES.end())
}

fn escape(letter: char) -> String {
    match letter {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        other => other.to_string(),
    }
}

type Point = (f32, f32);

/// The straight pieces of a path that has `M`, `L` and `Q` only.
fn segments(path: &str) -> Vec<[Point; 2]> {
    let mut found = Vec::new();
    let mut pen = (0.0, 0.0);
    let starts: Vec<usize> = path.match_indices(['M', 'L', 'Q']).map(|(at, _)| at).collect();
    for (i, &start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or(path.len());
        let mut numbers = path[start + 1..end].split(' ').filter_map(|number| number.parse::<f32>().ok());
        let mut point = || (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        match path.as_bytes()[start] {
            b'M' => pen = point(),
            b'L' => {
                let to = point();
                found.push([pen, to]);
                pen = to;
            }
            _ => {
                let (from, bend, to) = (pen, point(), point());
                for step in 1..=10_u8 {
                    let t = f32::from(step) / 10.0;
                    let on = |a: f32, b: f32, c: f32| {
                        (1.0 - t) * (1.0 - t) * a + 2.0 * (1.0 - t) * t * b + t * t * c
                    };
                    let next = (on(from.0, bend.0, to.0), on(from.1, bend.1, to.1));
                    found.push([pen, next]);
                    pen = next;
                }
            }
        }
    }
    found
}

/// The pixels that lie between two places of a line of `length` pixels.
fn span(from: f32, to: f32, length: u32) -> std::ops::Range<u32> {
    let start = (from - 1.0).max(0.0) as u32;
    start..((to + 2.0).max(0.0) as u32).min(length)
}

fn distance(p: Point, a: Point, b: Point) -> f32 {
    let (ab, ap) = ((b.0 - a.0, b.1 - a.1), (p.0 - a.0, p.1 - a.1));
    let length = ab.0 * ab.0 + ab.1 * ab.1;
    let along = if length > 0.0 { ((ap.0 * ab.0 + ap.1 * ab.1) / length).clamp(0.0, 1.0) } else { 0.0 };
    (ap.0 - along * ab.0).hypot(ap.1 - along * ab.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast with white as WCAG 2 counts it.
    fn contrast(colour: [u8; 3]) -> f64 {
        let [r, g, b] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
    }

    #[test]
    fn white_can_be_read_on_every_colour() {
        for colour in COLOURS {
            assert!(contrast(colour) >= 4.5, "{colour:x?}: {}", contrast(colour));
        }
    }

    #[test]
    fn a_name_always_gets_the_same_drawing() {
        assert_eq!(Drawing::of("Alice"), Drawing::of("alice"));
        assert_eq!(Drawing::of("@alice").letter, 'A');
        assert_eq!(Drawing::of("...").letter, '?');
        let colours: std::collections::HashSet<_> =
            ["ann", "ben", "cid", "dora"].map(|name| Drawing::of(name).colour).into();
        assert!(colours.len() > 1);
    }

    #[test]
    fn no_name_gets_markup_into_the_drawing() {
        for name in ["<script>alert(1)</script>", "\"><b>", "&lt;", "<", "漢字", ""] {
            let svg = Drawing::of(name).svg(SIZE);
            assert_eq!(svg.matches('<').count(), svg.matches('>').count());
            assert!(!svg.contains("script") && !svg.contains("<b>"), "{svg}");
        }
        assert!(Drawing::of("漢字").svg(SIZE).contains(">漢</text>"));
        assert_eq!(Drawing::new('<', [0; 3]).svg(50).matches("&lt;").count(), 2);
    }

    #[test]
    fn sizes_stay_within_bounds() {
        assert!(Drawing::of("a").svg(1_000_000).contains(r#"width="1024""#));
        assert!(Drawing::of("a").svg(0).contains(r#"width="16""#));
        assert_eq!(Drawing::of("a").pixels(50, 50).dimensions(), (50, 50));
    }

    #[test]
    fn every_letter_is_drawn_in_pixels_within_its_frame() {
        for letter in ('A'..='Z').chain('0'..='9').chain(['?', 'Ж']) {
            let picture = Drawing::new(letter, [0, 0, 0]).pixels(64, 64);
            let inked = picture.pixels().filter(|pixel| pixel.0[0] > 128).count();
            assert!(inked > 80, "{letter}: {inked}");
            let edge = (0..64).any(|i| picture.get_pixel(i, 0).0[0] > 0 || picture.get_pixel(0, i).0[0] > 0);
            assert!(!edge, "{letter} touches the edge");
        }
    }

    #[test]
    fn pixel_formats_hold_the_picture() {
        let drawing = Drawing::of("alice");
        for (name, format) in [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg)] {
            let bytes = drawing.encoded(48, Format::named(name).unwrap()).unwrap();
            let picture = image::load_from_memory_with_format(&bytes, format).unwrap();
            assert_eq!((picture.width(), picture.height()), (48, 48));
        }
        assert_eq!(Format::named("svg"), None);
    }
}
