//! The parser's trees against those of `@rocket.chat/message-parser`, line by
//! line of a corpus. `tests/oracle` holds both and what writes them (`npm run
//! corpus`, `npm run answers`, `npm run check`).

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gantry_message_parser::{Katex, Options, parse};
use serde_json::{Map, Value, json};

/// Lines whose answers may differ at most, of a thousand.
const MAX_DIFFERENT_PER_MILLE: usize = 5;
const MIN_LINES: usize = 5_000;

fn read(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json_lines(name: &str) -> Vec<Value> {
    read(name).lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn options(variants: &Value, name: &str) -> Options {
    let variant = &variants["options"][name];
    assert!(variant.is_object(), "variants.json has no {name}");
    let flag = |value: &Value| value.as_bool().unwrap_or(false);
    let katex = &variant["katex"];
    Options {
        colors: flag(&variant["colors"]),
        emoticons: flag(&variant["emoticons"]),
        katex: katex.is_object().then(|| Katex {
            dollar_syntax: flag(&katex["dollarSyntax"]),
            parenthesis_syntax: flag(&katex["parenthesisSyntax"]),
        }),
        custom_domains: serde_json::from_value(variant["customDomains"].clone()).expect("a list of domains"),
        now_ms: variants["now"].as_i64().expect("a time in milliseconds"),
    }
}

/// Text nodes as `{"": text}`, as the stored answers have them.
fn compact(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(compact).collect(),
        Value::Object(fields) if fields.len() == 2 && fields.get("type") == Some(&json!("PLAIN_TEXT")) => {
            json!({ "": fields["value"] })
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, compact(value))).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[test]
fn answers_are_those_of_the_reference_parser() {
    let variants: Value = serde_json::from_str(&read("variants.json")).expect("variants.json is JSON");
    let corpus = json_lines("corpus.jsonl");
    let answers = json_lines("answers.jsonl");
    assert!(corpus.len() >= MIN_LINES, "the corpus has only {} lines", corpus.len());
    assert_eq!(corpus.len(), answers.len(), "npm run answers");

    let mut different = BTreeSet::new();
    for (line, want) in corpus.iter().zip(&answers) {
        let text = line[0].as_str().expect("a line starts with its text");
        let options = options(&variants, line[1].as_str().unwrap_or("default"));
        let tree = parse(text, &options);
        let got = compact(serde_json::to_value(&tree).expect("a tree is JSON"));
        if got != *want {
            println!("{line}\n  want {want}\n  got  {got}");
            different.insert(line.to_string());
        }
    }

    let known: BTreeSet<String> = read("differences.txt").lines().map(str::to_owned).collect();
    let new: Vec<_> = different.difference(&known).collect();
    assert!(new.is_empty(), "new differences, which may not be added to differences.txt: {new:#?}");
    let gone: Vec<_> = known.difference(&different).collect();
    assert!(gone.is_empty(), "no longer different, take them out of differences.txt: {gone:#?}");
    assert!(
        different.len() * 1000 <= corpus.len() * MAX_DIFFERENT_PER_MILLE,
        "{} of {} lines differ",
        different.len(),
        corpus.len()
    );
}
