//! Looks for texts that take long: repeats pieces to 100 kB and prints the
//! slowest. `cargo run --release --example worst [rounds] [seed]`

use std::env;
use std::fs;
use std::time::Duration;

use gantry_message_parser::{Katex, Options, parse};

const LEN: usize = 100_000;
const SHOWN: usize = 12;
/// From here on it is measured again.
const SLOW: Duration = Duration::from_millis(30);

/// What the pieces are made of.
const MARKS: &[&str] = &[
    "*",
    "_",
    "~",
    "**",
    "__",
    "~~",
    "`",
    "||",
    "|",
    "[",
    "]",
    "(",
    ")",
    "](",
    "](b.co)",
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
    "$",
    "-",
    ".",
    ",",
    "+",
    "+(",
    "1",
    "a",
    "a.b",
    "a@",
    "://",
    "\n",
    "\r",
    " ",
    "\t",
    ":)",
    "<3",
    "*)",
    "-_-",
    "👍",
    "\u{200d}",
    "é",
    "```",
    "<t:",
    "1630360800",
    "color:#",
    "mailto:",
    "localhost",
    "> ",
    "- ",
    "|-|",
    "/",
    "?",
    "=",
    "] [",
];

/// Pieces that are slow in parsers that scan again.
const KNOWN: &[&str] = &[
    "*_~[",
    "*a _b ~c [d ",
    "[[[[",
    "](",
    "[a](b.co",
    "[a](b.c(d)",
    "<a.b<",
    "a_",
    "a.",
    "@@",
    "((",
    ":):",
    ":)||",
    "||:)x",
    "_*_*",
    "~*~_",
    "*_*~",
    "![",
    "|a",
    "|a|\n|-|\n",
    "|a|a|a|a|a|a|a|a|\n",
    "||\n",
    "```a\nb",
    "\\[",
    "\\(",
    "$",
    "a@b_",
    "x.y,",
    "👍\u{200d}",
    "~👍\u{200d}",
    "~@",
    "~#",
    "* ",
    "* a *b\n",
    "1. ",
    "- - ",
    "> > ",
    "_a_b",
    "__a_",
    "*a_b~c",
    "(a.b)",
    "-",
    " ",
    "\t",
    "`a",
    "[a] [b",
    "] [",
    "<t:",
    "a:b@c",
    "~a@",
    "*a@",
];

/// A small generator of numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn piece(&mut self) -> String {
        (0..1 + self.below(6)).map(|_| MARKS[self.below(MARKS.len())]).collect()
    }
}

fn repeated(prefix: &str, piece: &str, suffix: &str) -> String {
    let count = LEN / piece.len().max(1);
    format!("{prefix}{}{suffix}", piece.repeat(count))
}

/// Time of this thread on a processor (Linux only): other work on the machine
/// does not count.
fn on_processor() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

fn time(text: &str, options: &Options) -> Duration {
    let start = on_processor();
    let tree = parse(text, options);
    let took = on_processor() - start;
    drop(tree);
    took
}

fn main() {
    let mut args = env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let rounds = args.next().unwrap_or(300);
    let mut random = Random(args.next().unwrap_or(1) | 1);
    let options = Options {
        katex: Some(Katex { dollar_syntax: true, parenthesis_syntax: true }),
        custom_domains: vec!["intranet".to_owned()],
        ..Options::default()
    };
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    let mut measure = |prefix: &str, piece: &str, suffix: &str| {
        let text = repeated(prefix, piece, suffix);
        // What else runs makes times longer, never shorter.
        let mut took = time(&text, &options);
        for _ in 0..8 {
            if took > SLOW {
                took = took.min(time(&text, &options));
            }
        }
        let prefix: String = prefix.chars().take(24).collect();
        slowest.push((took, format!("{prefix:?} {piece:?} {suffix:?}")));
        slowest.sort_by(|a, b| b.cmp(a));
        slowest.truncate(SHOWN);
    };
    for piece in KNOWN.iter().chain(MARKS) {
        for (prefix, suffix) in
            [("", ""), ("*", "*"), ("*_~[", "](a.co)~_*"), ("||", "||"), ("", ",,,)"), ("|", "|\n|-|\n")]
        {
            measure(prefix, piece, suffix);
        }
    }
    for _ in 0..rounds {
        let (prefix, piece, suffix) = (random.piece(), random.piece(), random.piece());
        measure(&prefix, &piece, &suffix);
        let half = repeated("", &random.piece(), "").chars().take(LEN / 2).collect::<String>();
        measure(&half, &piece.chars().take(1).collect::<String>(), "");
    }
    for (took, text) in slowest {
        println!("{:>9.3} ms  {text}", took.as_secs_f64() * 1000.0);
    }
}
