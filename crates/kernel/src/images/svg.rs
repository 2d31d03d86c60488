//! Small pictures of drawings (SVG).
//!
//! An SVG is a program of sorts: parts of it can be used again and again, masks and patterns can be nested, and a
//! few hundred bytes can ask for hours of work or all of the memory. Only drawings whose work grows with their
//! length are drawn: shapes, groups and gradients, which is what logos and icons are made of.

use std::path::Path;

use image::{DynamicImage, RgbaImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::{Document, ParsingOptions};
use resvg::usvg::{Options, Tree};

use super::{ImageError, Look, SIDE};

/// Bytes of a drawing.
const BYTES: usize = 512 << 10;

/// Elements of a drawing, those that end included.
const TAGS: usize = 4000;

/// Elements in each other. A group that is see-through is drawn on a layer of its own, and all of them are in
/// memory at once.
const DEPTH: usize = 32;

/// Stack for drawings with many groups in each other, in bytes.
const STACK: usize = 32 << 20;

/// What drawings may be made of.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "a",
    "defs",
    "title",
    "desc",
    "metadata",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
];

/// The namespace of SVG.
const SVG: &str = "http://www.w3.org/2000/svg";

/// The text of the drawing at `path`.
pub(super) fn read(path: &Path) -> Result<String, ImageError> {
    let length = std::fs::metadata(path).map_err(|error| ImageError::Broken(error.to_string()))?.len();
    if length > BYTES as u64 {
        return Err(ImageError::TooLarge);
    }
    std::fs::read_to_string(path).map_err(|_| ImageError::Unknown)
}

/// A drawing in a size that fits into `within`, never larger than it is, and what it is.
pub(super) fn draw(text: String, within: (u32, u32)) -> Result<(Look, DynamicImage), ImageError> {
    if text.len() > BYTES || text.bytes().filter(|byte| *byte == b'<').count() > TAGS {
        return Err(ImageError::TooLarge);
    }
    let broken = |error: std::io::Error| ImageError::Broken(error.to_string());
    let drawing = std::thread::Builder::new().name("drawing".into()).stack_size(STACK);
    let drawing = drawing.spawn(move || rendered(&text, within)).map_err(broken)?;
    drawing.join().unwrap_or_else(|_panic| Err(ImageError::Broken("it could not be drawn".to_owned())))
}

fn rendered(text: &str, within: (u32, u32)) -> Result<(Look, DynamicImage), ImageError> {
    let unreadable = |error: &dyn std::fmt::Display| ImageError::Broken(error.to_string());
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| unreadable(&error))?;
    if !is_plain(&document) {
        return Err(ImageError::TooLarge);
    }
    let tree = Tree::from_xmltree(&document, &Options::default()).map_err(|error| unreadable(&error))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    if !(width >= 1.0 && height >= 1.0 && width <= SIDE as f32 && height <= SIDE as f32) {
        return Err(ImageError::TooLarge);
    }
    let scale = (within.0 as f32 / width).min(within.1 as f32 / height).min(1.0);
    let side = |length: f32| ((length * scale).round() as u32).clamp(1, SIDE);
    let mut pixels = Pixmap::new(side(width), side(height)).ok_or(ImageError::TooLarge)?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let look = Look {
        width: width.round() as u32,
        height: height.round() as u32,
        kind: "image/svg+xml",
        turned: false,
    };
    let straight = pixels.pixels().iter().flat_map(|pixel| {
        let colour = pixel.demultiply();
        [colour.red(), colour.green(), colour.blue(), colour.alpha()]
    });
    let picture = RgbaImage::from_raw(pixels.width(), pixels.height(), straight.collect());
    Ok((look, picture.ok_or(ImageError::TooLarge)?.into()))
}

/// Whether its work grows with its length alone.
fn is_plain(document: &Document<'_>) -> bool {
    document.descendants().filter(|node| node.is_element()).all(|node| {
        if node.ancestors().nth(DEPTH).is_some() {
            return false;
        }
        // Editors leave notes in namespaces of their own, which nobody draws.
        if node.tag_name().namespace() != Some(SVG) {
            return true;
        }
        let name = node.tag_name().name();
        let style: String = match name {
            "style" => node.descendants().filter_map(|inner| inner.text()).collect(),
            _ => String::new(),
        };
        ELEMENTS.contains(&name)
            && !may_dash(&style)
            && node.attributes().all(|attribute| match attribute.name() {
                "style" => !may_dash(attribute.value()),
                name => name != "stroke-dasharray",
            })
    })
}

/// Whether a style may ask for dashes: they are as many as a number makes them.
fn may_dash(style: &str) -> bool {
    style.contains('\\') || style.to_ascii_lowercase().contains("dash")
}
