//! Every text has a tree, and the tree is JSON. The first byte chooses options.

#![no_main]

use gantry_message_parser::{Katex, Options, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (flags, text) = input;
    let flag = |bit: u8| flags & (1 << bit) != 0;
    let options = Options {
        colors: flag(0),
        emoticons: flag(1),
        katex: flag(2).then(|| Katex { dollar_syntax: flag(3), parenthesis_syntax: flag(4) }),
        custom_domains: if flag(5) { vec!["intranet".to_owned()] } else { Vec::new() },
        now_ms: 0,
    };
    let tree = parse(text, &options);
    assert_eq!(tree.0.is_empty(), text.is_empty());
    serde_json::to_vec(&tree).expect("a tree is JSON");
});
