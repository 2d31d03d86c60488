//! No text becomes a tree that makes a renderer run something: links and images lead nowhere but to places.

use gantry_message_parser::{Options, parse};
use serde_json::Value;

/// Texts with which pages have been attacked, alone and in the places where the parser looks for addresses.
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
        format!("[](javascript:1) {piece}"),
    ]
}

/// Schemes that browsers run or that reach what belongs to the reader.
fn runs(address: &str) -> bool {
    let plain: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let scheme = plain.split(':').next().filter(|scheme| scheme.len() < plain.len());
    scheme.is_some_and(|scheme| {
        let known = ["javascript", "vbscript", "livescript", "data", "blob", "view-source", "filesystem"];
        known.contains(&scheme.to_ascii_lowercase().as_str())
    })
}

fn addresses(tree: &Value, found: &mut Vec<String>) {
    match tree {
        Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
        Value::Object(node) => {
            if let Some(src) = node.get("value").and_then(|value| value.get("src")) {
                found.extend(src.get("value").and_then(Value::as_str).map(str::to_owned));
            }
            node.values().for_each(|item| addresses(item, found));
        }
        _ => {}
    }
}

#[test]
fn links_and_images_run_nothing() {
    let mut faults = Vec::new();
    for text in PIECES.iter().flat_map(|piece| places(piece)) {
        let tree = serde_json::to_value(parse(&text, &Options::default())).expect("a tree is JSON");
        let mut found = Vec::new();
        addresses(&tree, &mut found);
        faults
            .extend(found.into_iter().filter(|address| runs(address)).map(|address| (text.clone(), address)));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_check_itself_finds_what_it_looks_for() {
    assert!(runs("javascript:alert(1)") && runs("java\tscript:x") && runs(" DATA:text/html,x"));
    assert!(!runs("https://example.com/javascript:x") && !runs("//example.com") && !runs("javascript"));
    let tree =
        serde_json::json!([{ "type": "LINK", "value": { "src": { "type": "PLAIN_TEXT", "value": "x:y" } } }]);
    let mut found = Vec::new();
    addresses(&tree, &mut found);
    assert_eq!(found, ["x:y"]);
}
