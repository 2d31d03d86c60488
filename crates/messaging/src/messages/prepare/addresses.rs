//! Addresses that people put into messages lead to places: none of them runs anything in a reader's browser.
//! Clients look too; this is for those that do not.

use gantry_protocol::objects::Attachment;
use serde_json::Value;

/// What stands in place of an address that is not kept in a tree.
const NOWHERE: &str = "#";
/// Schemes that browsers run, or that reach what belongs to the reader.
const SCHEMES: [&str; 7] =
    ["javascript", "vbscript", "livescript", "data", "blob", "view-source", "filesystem"];

/// Whether a browser would run an address. Browsers pass over control characters and blanks in a scheme.
fn runs(address: &str) -> bool {
    let plain: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(12).collect();
    plain.split_once(':').is_some_and(|(scheme, _)| SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()))
}

/// As [`runs`], for media: a picture or a sound may stand in its own address.
fn runs_as_media(address: &str) -> bool {
    let media = ["data:image/", "data:audio/", "data:video/"];
    let lower = address.get(..20).unwrap_or(address).to_ascii_lowercase();
    let shows = media.iter().any(|kind| lower.starts_with(kind)) && !lower.contains("svg");
    runs(address) && !shows
}

/// Replaces such addresses in a tree: links and images keep their place and lead nowhere.
pub(super) fn defuse_tree(tree: &mut Value) {
    match tree {
        Value::Array(items) => items.iter_mut().for_each(defuse_tree),
        Value::Object(node) => {
            if let Some(src) = node.get_mut("src").and_then(|src| src.get_mut("value"))
                && src.as_str().is_some_and(runs)
            {
                *src = Value::from(NOWHERE);
            }
            node.values_mut().for_each(defuse_tree);
        }
        _ => {}
    }
}

/// Takes such addresses out of attachments, and of what is attached to them.
pub(super) fn defuse_attachments(attachments: &mut [Attachment]) {
    for attachment in attachments {
        let links = [&mut attachment.title_link, &mut attachment.author_link, &mut attachment.message_link];
        for link in links {
            link.take_if(|address| runs(address));
        }
        let media = [
            &mut attachment.image_url,
            &mut attachment.video_url,
            &mut attachment.audio_url,
            &mut attachment.thumb_url,
            &mut attachment.author_icon,
        ];
        for address in media {
            address.take_if(|address| runs_as_media(address));
        }
        for action in attachment.actions.iter_mut().flatten() {
            action.url.take_if(|address| runs(address));
            action.image_url.take_if(|address| runs_as_media(address));
        }
        defuse_attachments(attachment.attachments.as_deref_mut().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use gantry_message_parser::{Options, parse};
    use serde_json::json;

    use super::*;

    /// Texts with which pages have been attacked.
    const PIECES: [&str; 24] = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "javascript://example.com",
        "vbscript:msgbox(1)",
        "VBScript://example.com",
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data://example.com",
        "file:///etc/passwd",
        "blob:https://example.com/x",
        "view-source:javascript:alert(1)",
        "livescript:x",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\"><svg/onload=alert(1)>",
        "https://example.com/\"onmouseover=\"alert(1)",
        "https://example.com/<script>",
        "//example.com",
        "&#106;avascript:alert(1)",
    ];

    /// A text in the places where addresses stand.
    fn places(piece: &str) -> Vec<String> {
        vec![
            piece.to_owned(),
            format!("[text]({piece})"),
            format!("![text]({piece})"),
            format!("<{piece}|text>"),
            format!("<{piece}>"),
            format!("[{piece}]({piece})"),
            format!("see {piece} now"),
            format!("*[{piece}]({piece})*"),
            format!("> [x]({piece})"),
            format!("- [x]({piece})"),
            format!("||[x]({piece})||"),
            format!("|[x]({piece})|b|\n|---|---|\n|[x]({piece})|![x]({piece})|"),
        ]
    }

    fn addresses(tree: &Value, found: &mut Vec<String>) {
        match tree {
            Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
            Value::Object(node) => {
                if let Some(src) = node.get("src") {
                    found.extend(src["value"].as_str().map(str::to_owned));
                }
                node.values().for_each(|item| addresses(item, found));
            }
            _ => {}
        }
    }

    #[test]
    fn no_text_becomes_a_link_or_an_image_that_runs() {
        let mut met = 0;
        for text in PIECES.iter().flat_map(|piece| places(piece)) {
            let mut tree = serde_json::to_value(parse(&text, &Options::default())).unwrap();
            let mut before = Vec::new();
            addresses(&tree, &mut before);
            met += before.iter().filter(|address| runs(address)).count();
            defuse_tree(&mut tree);
            let mut after = Vec::new();
            addresses(&tree, &mut after);
            assert_eq!(after.len(), before.len(), "{text}");
            for (kept, given) in after.iter().zip(&before) {
                assert_eq!(kept, if runs(given) { NOWHERE } else { given }, "{text}");
            }
        }
        assert!(met > 50, "the parser itself takes such addresses: {met}");
    }

    #[test]
    fn attachments_lead_to_places_and_show_pictures() {
        let mut list: Vec<Attachment> = serde_json::from_value(json!([{
            "title_link": "javascript:alert(1)", "author_link": "https://example.com", "image_url": "data:image/png;base64,x",
            "thumb_url": "data:image/svg+xml,x", "audio_url": "data:text/html,x", "actions": [{ "type": "button", "url": " JAVASCRIPT:x" }],
            "attachments": [{ "message_link": "java\nscript:x" }],
        }]))
        .unwrap();
        defuse_attachments(&mut list);
        let kept = serde_json::to_value(&list).unwrap();
        assert_eq!(kept[0]["author_link"], "https://example.com");
        assert_eq!(kept[0]["image_url"], "data:image/png;base64,x");
        for gone in ["title_link", "thumb_url", "audio_url"] {
            assert!(kept[0].get(gone).is_none(), "{gone}");
        }
        assert!(kept[0]["actions"][0].get("url").is_none());
        assert!(kept[0]["attachments"][0].get("message_link").is_none());
    }
}
