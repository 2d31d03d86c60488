//! The last lines of the log, for administrators who look at them in a client.

use std::collections::VecDeque;
use std::io::{self, Write};

use gantry_kernel::clock::Clock;
use gantry_kernel::prelude::*;
use parking_lot::Mutex;

/// Lines that are kept at most, whatever the setting asks for.
const KEPT: usize = 1000;

/// Bytes of a line that are kept.
const WIDTH: usize = 8 * 1024;

/// The lines of this process.
static LINES: Lines = Lines::new();

/// A line of the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Line {
    /// Names the line until the process ends.
    id: String,
    /// The text as it was written.
    string: String,
    /// When.
    ts: Timestamp,
}

/// The last lines, the oldest first.
struct Lines(Mutex<(u64, VecDeque<Line>)>);

impl Lines {
    const fn new() -> Self {
        Self(Mutex::new((0, VecDeque::new())))
    }

    fn push(&self, text: &str, ts: Timestamp) {
        let end = text.floor_char_boundary(WIDTH);
        let mut lines = self.0.lock();
        let (next, queue) = &mut *lines;
        if queue.len() >= KEPT {
            queue.pop_front();
        }
        queue.push_back(Line { id: format!("logid-{next}"), string: text[..end].to_owned(), ts });
        *next += 1;
    }

    fn last(&self, count: usize) -> Vec<Line> {
        let lines = self.0.lock();
        lines.1.iter().skip(lines.1.len().saturating_sub(count)).cloned().collect()
    }
}

/// The last lines of this process's log, at most `count`.
pub(crate) fn last(count: usize) -> Vec<Line> {
    LINES.last(count)
}

/// Where the log goes: to standard output, and into memory.
pub(crate) struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.push(String::from_utf8_lossy(bytes).trim_end(), Clock::system().now());
        io::stdout().write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let lines = Lines::new();
        for n in 0..KEPT + 5 {
            lines.push(&format!("line {n}"), Timestamp::from_millis(7));
        }
        let kept = lines.last(usize::MAX);
        assert_eq!((kept.len(), kept[0].string.as_str(), kept[0].id.as_str()), (KEPT, "line 5", "logid-5"));
        let last = lines.last(1);
        assert_eq!((last.len(), last[0].string.as_str()), (1, "line 1004"));
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let lines = Lines::new();
        lines.push(&"ä".repeat(WIDTH), Timestamp::from_millis(7));
        assert_eq!(lines.last(1)[0].string.len(), WIDTH);
        lines.push(&format!("x{}", "ä".repeat(WIDTH)), Timestamp::from_millis(7));
        assert_eq!(lines.last(1)[0].string.len(), WIDTH - 1);
    }
}
