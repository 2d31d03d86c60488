//! What holds for every message, also for those that nobody would write.

use gantry_message_parser::{Katex, Options, parse};
use proptest::prelude::*;
use serde_json::Value;

/// Emphasis of each kind, a link and a spoiler in one another, in a cell: far
/// less than this many levels of JSON.
const MAX_DEPTH: usize = 40;

fn options() -> impl Strategy<Value = Options> {
    (any::<[bool; 5]>(), any::<i64>()).prop_map(
        |([colors, emoticons, katex, dollar, parenthesis], now_ms)| Options {
            colors,
            emoticons,
            katex: katex.then_some(Katex { dollar_syntax: dollar, parenthesis_syntax: parenthesis }),
            custom_domains: vec!["intranet".to_owned(), String::new()],
            now_ms,
        },
    )
}

/// Texts of pieces that mean something.
fn marked_text() -> impl Strategy<Value = String> {
    let pieces = [
        "*",
        "**",
        "_",
        "__",
        "~",
        "~~",
        "`",
        "```",
        "||",
        "|",
        "|-|",
        "[",
        "]",
        "](",
        ")",
        "(",
        "<",
        ">",
        "!",
        "![",
        "#",
        "@",
        ":",
        "\\",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "$",
        "$$",
        "-",
        "- ",
        "* ",
        "1. ",
        "> ",
        "# ",
        "---",
        ".",
        "a",
        "b.co",
        "a@b.co",
        "://",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        ":)",
        "<3",
        "*)",
        "-_-",
        ":smile:",
        "👍",
        "\u{200d}",
        "\u{fe0f}",
        "é",
        "𝒳",
        "<t:1630360800>",
        "<t:10:00+02:00>",
        "+5551234",
        "color:#fff",
        "mailto:",
        "localhost",
        "\u{85}",
        "\u{feff}",
        "\0",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Calls `check` with every node that tells its source, and the source.
fn check_sources(value: &Value, units: &[u16], check: &mut impl FnMut(&Value, &str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_sources(item, units, check)),
        Value::Object(fields) => {
            if let Some(range) = fields.get("fallback") {
                let at = |end: usize| range[end].as_u64().expect("an offset") as usize;
                check(value, &String::from_utf16(&units[at(0)..at(1)]).expect("whole characters"));
            }
            fields.values().for_each(|field| check_sources(field, units, check));
        }
        _ => {}
    }
}

fn check(text: &str, options: &Options) {
    let tree = serde_json::to_value(parse(text, options)).expect("a tree is JSON");
    let blocks = tree.as_array().expect("a tree is a list");
    assert_eq!(blocks.is_empty(), text.is_empty());
    assert!(depth(&tree) <= MAX_DEPTH, "{} levels", depth(&tree));
    let units: Vec<u16> = text.encode_utf16().collect();
    check_sources(&tree, &units, &mut |node, source| match node["type"].as_str() {
        Some("TIMESTAMP") => assert!(source.starts_with("<t:") && source.ends_with('>'), "{source}"),
        Some("HORIZONTAL_RULE") => assert!(source.len() >= 3 && source.bytes().all(|byte| byte == b'-')),
        Some("TABLE") => assert!(source.starts_with('|'), "{source}"),
        other => panic!("{other:?} has a source"),
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_has_a_tree(text in ".*", options in options()) {
        check(&text, &options);
    }

    #[test]
    fn any_characters_have_a_tree(text in prop::collection::vec(any::<char>(), 0..60), options in options()) {
        check(&text.into_iter().collect::<String>(), &options);
    }

    #[test]
    fn any_marks_have_a_tree(text in marked_text(), options in options()) {
        check(&text, &options);
    }

    #[test]
    fn words_are_text(words in prop::collection::vec("[a-z]{1,8}", 1..8)) {
        let text = words.join(" ");
        let tree = serde_json::to_value(parse(&text, &Options::default())).expect("a tree is JSON");
        prop_assert_eq!(
            tree,
            serde_json::json!([{ "type": "PARAGRAPH", "value": [{ "type": "PLAIN_TEXT", "value": text }] }])
        );
    }
}

/// Repeated, these make parsers that scan again or nest slow, or overflow
/// their stack.
#[test]
fn long_texts_have_a_tree() {
    const LEN: usize = 5_000;
    let options = Options {
        katex: Some(Katex { dollar_syntax: true, parenthesis_syntax: true }),
        ..Options::default()
    };
    for piece in [
        "*_~[",
        "*a _b ~c [d ",
        "[",
        "](",
        "[a](b.co(",
        "<a.b<",
        "a_",
        "@",
        "(",
        ":):",
        ":)||x",
        "<3",
        "||<3",
        "_*_*",
        "![",
        "|a",
        "|a|\n|-|\n",
        "||\n",
        "\\[",
        "\\(",
        "$",
        "a@b_",
        "👍\u{200d}",
        "~👍\u{200d}",
        "~@",
        "* a *b\n",
        "> ",
        "`a",
        "<t:",
        "__a_",
    ] {
        let text = piece.repeat(LEN / piece.len());
        for (before, after) in [("", ""), ("||", "||"), ("*", ",,,"), ("|", "|\n|-|\n")] {
            check(&format!("{before}{text}{after}"), &options);
        }
    }
}

/// A row that lacks cells is filled up, but not without end.
#[test]
fn a_broad_table_does_not_multiply_with_its_rows() {
    let columns = 2_000;
    let text = format!("{}|\n|-|\n{}", "|a".repeat(columns), "||\n".repeat(2_000));
    let tree = serde_json::to_string(&parse(&text, &Options::default())).expect("a tree is JSON");
    assert!(tree.len() < 200 * text.len(), "{} bytes for {}", tree.len(), text.len());
}
