//! Figures, as a table for people and as a file for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Outcome;

/// The figures of one scenario.
pub(crate) struct Sheet {
    name: &'static str,
    figures: Vec<Value>,
    load_before: f64,
}

/// What a figure should reach.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Sheet {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, figures: Vec::new(), load_before: load_average() }
    }

    /// Notes a figure without a goal.
    pub(crate) fn note(&mut self, what: impl Into<String>, value: f64, unit: &str) {
        self.add(what, value, unit, None);
    }

    /// Notes a figure and what it should reach, and prints its row.
    pub(crate) fn goal(&mut self, what: impl Into<String>, value: f64, unit: &str, goal: Goal) {
        self.add(what, value, unit, Some(goal));
    }

    fn add(&mut self, what: impl Into<String>, value: f64, unit: &str, goal: Option<Goal>) {
        let mut figure = json!({ "what": what.into(), "value": value, "unit": unit });
        match goal {
            Some(Goal::AtLeast(least)) => {
                figure["goal"] = json!(format!(">= {}", readable(least)));
                figure["met"] = json!(value >= least);
            }
            Some(Goal::AtMost(most)) => {
                figure["goal"] = json!(format!("<= {}", readable(most)));
                figure["met"] = json!(value <= most);
            }
            None => {}
        }
        print!("{}", row(self.name, &figure));
        self.figures.push(figure);
    }
}

/// The figures of all scenarios.
pub(crate) struct Results(Map<String, Value>);

impl Results {
    /// What earlier runs left; nothing if there is no such file.
    pub(crate) fn load(path: &Path) -> Outcome<Self> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Self(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(Map::new())),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn replace(&mut self, sheet: Sheet) {
        self.0.insert("machine".to_owned(), machine());
        let entry = json!({ "load_before": sheet.load_before, "figures": sheet.figures });
        self.0.insert(sheet.name.to_owned(), entry);
    }

    pub(crate) fn save(&self, path: &Path) -> Outcome {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, serde_json::to_string_pretty(&self.0)? + "\n")?)
    }

    /// A Markdown table.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{HEAD}\n");
        for (name, entry) in &self.0 {
            for figure in entry["figures"].as_array().into_iter().flatten() {
                table += &row(name, figure);
            }
        }
        table
    }
}

const HEAD: &str = "| scenario | figure | value | goal | met |\n|---|---|---|---|---|";

fn row(name: &str, figure: &Value) -> String {
    let text = |key: &str| figure[key].as_str().unwrap_or_default();
    let met = match figure["met"].as_bool() {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "",
    };
    let value = readable(figure["value"].as_f64().unwrap_or_default());
    let mut line = String::new();
    // Writing to a string cannot fail.
    let _ =
        writeln!(line, "| {name} | {} | {value} {} | {} | {met} |", text("what"), text("unit"), text("goal"));
    line
}

/// Three digits, or all digits in groups when there are more.
fn readable(value: f64) -> String {
    if value.abs() < 10.0 && value.fract() != 0.0 {
        return format!("{value:.2}");
    }
    if value.abs() < 100.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 && digit.is_ascii_digit() && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "cpu": model,
        "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "kernel": kernel.trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.5, 12.34, 999.4, 1_234_567.0, -1234.0, 5.0].map(readable),
            ["0.50", "12.3", "999", "1,234,567", "-1,234", "5"]
        );
    }

    #[test]
    fn a_scenario_replaces_its_own_figures_only() {
        let mut results = Results(Map::new());
        let sheet = |name, value| {
            let mut sheet = Sheet::new(name);
            sheet.goal("rate", value, "/s", Goal::AtLeast(10.0));
            sheet
        };
        results.replace(sheet("a", 1.0));
        results.replace(sheet("b", 2.0));
        results.replace(sheet("a", 11.0));
        let rows = "| a | rate | 11 /s | >= 10 | yes |\n| b | rate | 2 /s | >= 10 | **no** |\n";
        assert_eq!(results.table(), format!("{HEAD}\n{rows}"));
    }
}
