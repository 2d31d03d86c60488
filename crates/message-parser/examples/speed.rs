//! How fast the parser is: parses every text of the differential corpus for two seconds and prints MB/s.
//! `tests/oracle/speed.mjs` does the same with the npm package.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use gantry_message_parser::{Options, parse};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/corpus.jsonl");
    let texts = fs::read_to_string(corpus)?
        .lines()
        .map(|line| Ok(serde_json::from_str::<Vec<String>>(line)?.swap_remove(0)))
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    let options = Options { now_ms: 1_768_478_400_000, ..Options::default() };
    #[expect(clippy::disallowed_methods, reason = "measuring is all that this program does")]
    let began = Instant::now();
    let mut bytes = 0;
    while began.elapsed() < Duration::from_secs(2) {
        for text in &texts {
            black_box(parse(black_box(text), &options));
            bytes += text.len();
        }
    }
    println!("{:.2} MB/s", bytes as f64 / 1e6 / began.elapsed().as_secs_f64());
    Ok(())
}
