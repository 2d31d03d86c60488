//! What is known of the machine and the process.

use std::fs;

use gantry_kernel::prelude::*;

/// The operating system, as upstream's `os` looks.
pub(super) fn system() -> Value {
    let first = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let numbers =
        |text: &str| -> Vec<f64> { text.split_whitespace().map_while(|word| word.parse().ok()).collect() };
    let memory = first("/proc/meminfo");
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    json!({
        "type": std::env::consts::OS,
        "platform": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "release": first("/proc/sys/kernel/osrelease").trim(),
        "uptime": numbers(&first("/proc/uptime")).first(),
        "loadavg": numbers(&first("/proc/loadavg")).into_iter().take(3).collect::<Vec<_>>(),
        "totalmem": bytes(&memory, "MemTotal:"),
        "freemem": bytes(&memory, "MemFree:"),
        "cpus": vec![json!({}); cpus],
    })
}

/// A line of `/proc/meminfo`, which counts in kibibytes.
fn bytes(memory: &str, name: &str) -> Option<i64> {
    let line = memory.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<i64>().ok().map(|kib| kib * 1024)
}

/// The process.
pub(super) fn process(ctx: &Ctx) -> Value {
    json!({ "nodeVersion": "", "pid": std::process::id(), "uptime": ctx.clock.elapsed().as_secs_f64() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_in_bytes() {
        assert_eq!(bytes("MemTotal:       16 kB\nMemFree:  2 kB\n", "MemFree:"), Some(2048));
        assert_eq!(bytes("", "MemFree:"), None);
    }
}
