//! Reads JSON strings, one a line, and writes the tree of each as JSON:
//! `echo '"*hi*"' | cargo run --example md`. The argument `dollar` turns on
//! more syntax, `bare` turns it off.

use std::env;
use std::io::{self, BufRead, Write};

use gantry_message_parser::{Katex, Options, parse};

/// 2026-01-15T12:00:00Z
const NOW_MS: i64 = 1_768_478_400_000;

fn main() -> io::Result<()> {
    let default = Options { now_ms: NOW_MS, ..Options::default() };
    let options = match env::args().nth(1).as_deref() {
        Some("dollar") => Options {
            katex: Some(Katex { dollar_syntax: true, parenthesis_syntax: true }),
            custom_domains: vec!["intranet".to_owned(), "gantry.local".to_owned()],
            ..default
        },
        Some("bare") => Options { colors: false, emoticons: false, katex: None, ..default },
        _ => default,
    };
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        writeln!(out, "{}", serde_json::to_string(&parse(&text, &options))?)?;
    }
    Ok(())
}
