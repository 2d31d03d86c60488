//! What a page says of itself in its head.

use std::sync::LazyLock;

use gantry_kernel::prelude::*;
use regex::Regex;
use serde_json::Map;

static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?is)<title[^>]*>([^<]*)</title>"));
static TAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?is)<meta\b([^>]*)>"));
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?is)([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#));
static ENTITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(#[xX]?[0-9a-fA-F]{1,6}|[a-z]{2,6});"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a literal pattern")
}

/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 4000;

/// The title and the tags that previews show, under upstream's names (`og:title` is `ogTitle`).
pub(super) fn meta(page: &str) -> Map<String, Value> {
    let mut meta = Map::new();
    if let Some(title) = TITLE.captures(page).and_then(|found| found.get(1)) {
        put(&mut meta, "pageTitle".to_owned(), title.as_str());
    }
    for tag in TAG.captures_iter(page) {
        let (mut name, mut content) = (None, None);
        for attribute in ATTRIBUTE.captures_iter(&tag[1]) {
            let value = attribute.get(2).or(attribute.get(3)).map_or("", |value| value.as_str());
            match attribute[1].to_lowercase().as_str() {
                "name" | "property" => name = Some(value),
                "content" => content = Some(value),
                _ => {}
            }
        }
        if let (Some(name), Some(content)) = (name, content) {
            put(&mut meta, camel_case(name), content);
        }
    }
    meta.retain(|name, _| is_shown(name));
    meta
}

fn put(meta: &mut Map<String, Value>, name: String, value: &str) {
    let value = unescape(value);
    if !value.trim().is_empty() && name != "oembedHtml" {
        let value = &value[..value.floor_char_boundary(MAX_VALUE)];
        meta.entry(name).or_insert_with(|| value.into());
    }
}

fn is_shown(name: &str) -> bool {
    let lower = name.to_lowercase();
    let prefixed = ["og", "fb", "twitter", "oembed", "msapplication"]
        .iter()
        .any(|prefix| lower.len() > prefix.len() && lower.starts_with(prefix));
    prefixed || lower.contains("description") || lower.contains("title")
}

/// `og:image:width` as `ogImageWidth`.
pub(super) fn camel_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut out = String::new();
    for word in words {
        let mut letters = word.chars();
        let Some(first) = letters.next() else { continue };
        if out.is_empty() {
            out.extend(first.to_lowercase());
            out.extend(letters);
        } else {
            out.extend(first.to_uppercase());
            out.extend(letters.flat_map(char::to_lowercase));
        }
    }
    out
}

/// Undoes the entities that titles and descriptions use.
fn unescape(text: &str) -> String {
    let undo = |found: &regex::Captures<'_>| {
        let known = match &found[1] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            "ndash" => Some('–'),
            "mdash" => Some('—'),
            "hellip" => Some('…'),
            code => code.strip_prefix('#').and_then(|code| {
                let number = match code.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => code.parse(),
                };
                // The database takes no NUL.
                number.ok().filter(|number| *number != 0).and_then(char::from_u32)
            }),
        };
        known.map_or_else(|| found[0].to_owned(), String::from)
    };
    ENTITY.replace_all(text, undo).replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_described_by_its_head() {
        let page = r#"<html><head><title>A &amp; B</title><meta property="og:title" content="T&#39;s">
            <meta content='d' name='description'><meta name="og:image:width" content="10"><meta name="viewport" content="x">
            <meta name="oembed:html" content="<script>"></head></html>"#;
        assert_eq!(
            Value::Object(meta(page)),
            json!({ "pageTitle": "A & B", "ogTitle": "T's", "description": "d", "ogImageWidth": "10" })
        );
    }
}
