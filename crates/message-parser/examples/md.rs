//! Reads JSON strings, one a line, and writes the tree of each as JSON:
//! `echo '"*hi*"' | cargo run --example md`

use std::io::{self, BufRead, Write};

use gantry_message_parser::{Options, parse};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        writeln!(out, "{}", serde_json::to_string(&parse(&text, &Options::default()))?)?;
    }
    Ok(())
}
