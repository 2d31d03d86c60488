//! Every statement of the product is one that both engines understand, on tables and columns that exist.
//!
//! The test reads the sources of all crates, takes the SQL of each `.exec(`, `.query(`, `.query_opt(` and
//! `.all(&[(` call and lets each engine prepare it on a migrated database. For that to work, the SQL of a call
//! on a receiver named `tx` must be readable on the spot. It may be
//! - a literal, plain or raw;
//! - `concat!` of such parts;
//! - a `const NAME: &str` of the same file;
//! - `name!(…)` of a `macro_rules! name { ($tail:literal) => { concat!("…", $tail) } }` with one arm and any
//!   number of parameters, for column lists that several statements share. Its name is unique in the workspace.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gantry_store::testing::{databases, prepare};

#[tokio::test]
async fn every_statement_prepares_on_every_engine() {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    let sources: Vec<(PathBuf, String)> = sources();
    let macros = sources.iter().flat_map(|(_, text)| macros(text)).collect();
    for (file, text) in &sources {
        for Found { line, sql } in scan(text, &macros) {
            let place = format!("{}:{line}", file.display());
            match sql {
                Some(sql) => drop(places.entry(sql).or_insert(place)),
                None => faults.push(format!("{place}: the statement cannot be read on the spot")),
            }
        }
    }
    for db in databases().await {
        for (sql, error) in prepare(&db, places.keys().cloned().collect()).await.unwrap() {
            faults.push(format!("{}: on {:?}: {error}\n    {sql}", places[&sql], db.engine()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The sources of the product but for this crate, whose `tx` is the machinery itself; without comments and tests.
fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<PathBuf> = crates
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("store"))
        .map(|path| path.join("src"))
        .filter(|src| src.is_dir())
        .collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 10, "the sources were found");
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = without_comments_and_tests(&std::fs::read_to_string(&file).unwrap());
            (file, text)
        })
        .collect()
}

/// Parameters and body of a macro that stands for a string.
type Macros = HashMap<String, (Vec<String>, String)>;

fn macros(text: &str) -> Macros {
    let mut found = Macros::new();
    for (at, key) in text.match_indices("macro_rules! ") {
        let definition = || {
            let (name, rest) = text[at + key.len()..].split_once('{')?;
            let (parameters, rest) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
            let body =
                rest.trim_start().strip_prefix("=>")?.trim_start().strip_prefix(['{', '('])?.trim_start();
            let parameters =
                parameters.split(',').filter_map(|p| p.trim().split(':').next().map(str::to_owned));
            Some((name.trim().to_owned(), (parameters.filter(|p| !p.is_empty()).collect(), body.to_owned())))
        };
        found.extend(definition());
    }
    found
}

#[derive(Debug, PartialEq)]
struct Found {
    line: usize,
    /// `None`: a call on `tx` whose SQL is not readable.
    sql: Option<String>,
}

/// The statements of a file.
fn scan(text: &str, macros: &Macros) -> Vec<Found> {
    let scope = Scope { file: text, macros, arguments: HashMap::new() };
    let mut found = Vec::new();
    for call in [".exec(", ".query(", ".query_opt("] {
        for (at, _) in text.match_indices(call) {
            let argument = text[at + call.len()..].trim_start();
            let mut note = |sql| found.push(Found { line: line(text, at), sql });
            match scope.expression(argument) {
                Some((sql, _)) if is_sql(&sql) => note(Some(sql)),
                _ if on_tx(text, at) => note(None),
                _ => {}
            }
        }
    }
    for (at, call) in text.match_indices(".all(&[") {
        if !on_tx(text, at) {
            continue;
        }
        // The statements are the first parts of the tuples, which are the parentheses at depth 1.
        let (start, mut depth, mut i) = (at + call.len(), 1, at + call.len());
        while i < text.len() && depth > 0 {
            let rest = &text[i..];
            match rest.as_bytes()[0] {
                b'"' => {
                    i += rest.len() - literal(rest).map_or(rest.len() - 1, |(_, after)| after.len());
                    continue;
                }
                b'(' if depth == 1 => {
                    let sql = scope.expression(rest[1..].trim_start()).map(|(sql, _)| sql);
                    found.push(Found { line: line(text, i), sql });
                    depth += 1;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
            i += rest.chars().next().map_or(1, char::len_utf8);
        }
        assert!(depth == 0, "unbalanced after {}", &text[start..(start + 40).min(text.len())]);
    }
    found.sort_by_key(|found| found.line);
    found
}

/// Blanks comment lines, and everything from the test module on; lines keep their numbers.
fn without_comments_and_tests(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.trim().starts_with("mod ")) {
            break;
        }
        if !line.trim_start().starts_with("//") {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Whether the call at `at` is on `tx` or on a field or variable that ends in it (`self.tx`).
fn on_tx(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.strip_suffix("tx").is_some_and(|head| !head.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn is_sql(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first.as_str())
}

/// Where names are looked up.
struct Scope<'a> {
    file: &'a str,
    macros: &'a Macros,
    /// Inside a macro's body: the values of `$name`.
    arguments: HashMap<String, String>,
}

impl Scope<'_> {
    /// The value of a constant string expression at the start of `at`, and what follows it.
    fn expression<'t>(&self, at: &'t str) -> Option<(String, &'t str)> {
        if let Some(found) = literal(at) {
            return Some(found);
        }
        let end = at.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
        let (name, rest) = at.split_at(end);
        if let Some(value) = self.arguments.get(name) {
            return Some((value.clone(), rest));
        }
        let Some(rest) = rest.strip_prefix("!(") else {
            let definition = format!("const {name}: &str =");
            let value = &self.file[self.file.find(&definition)? + definition.len()..];
            return self.expression(value.trim_start()).map(|(value, _)| (value, rest));
        };
        let (values, rest) = self.arguments(rest)?;
        if name == "concat" {
            return Some((values.concat(), rest));
        }
        let (parameters, body) =
            self.macros.get(name).filter(|(parameters, _)| parameters.len() == values.len())?;
        let inside = Scope { arguments: parameters.iter().cloned().zip(values).collect(), ..*self };
        inside.expression(body).map(|(value, _)| (value, rest))
    }

    /// The values of the arguments up to the closing parenthesis, and what follows that.
    fn arguments<'t>(&self, mut rest: &'t str) -> Option<(Vec<String>, &'t str)> {
        let mut values = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix(')') {
                return Some((values, rest));
            }
            let (value, after) = self.expression(rest)?;
            values.push(value);
            rest = after.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
    }
}

/// The value of a string literal at the start of `at`, and what follows it.
fn literal(at: &str) -> Option<(String, &str)> {
    if let Some(raw) = at.strip_prefix('r') {
        let hashes = &raw[..raw.len() - raw.trim_start_matches('#').len()];
        let raw = raw[hashes.len()..].strip_prefix('"')?;
        let (value, rest) = raw.split_once(&format!("\"{hashes}"))?;
        return Some((value.to_owned(), rest));
    }
    let text = at.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[i + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                '\n' => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    None
}

#[test]
fn statements_are_read_in_every_allowed_form() {
    let text = r####"
macro_rules! columns { () => { "id, name" }; }
macro_rules! find { ($more:literal) => { concat!("SELECT ", columns!(), " FROM t ", $more) }; }
const FIND: &str = "SELECT 1";
// tx.query("SELECT in a comment", &[])
async fn f(tx: &Tx) {
    tx.query("SELECT a \
              FROM b", &[]);
    tx.exec(r#"DELETE FROM "t""#, &[]);
    tx.query_opt(concat!("SELECT ", columns!(), " FROM t",), &[]);
    tx.query(FIND, &[]);
    self.tx
        .exec(
            "UPDATE t SET a = ')'",
            &vals![f(1)],
        );
    tx.all(&[
        ("SELECT ')' || 1", &vals![(1)]),
        (FIND, &[]),
    ]);
    request.query(&[("a", "b")]);
    tx.query(sql, &[]);
    tx.all(&[(sql, &[])]);
    tx.query(find!("WHERE id = ?1"), &[]);
}
#[cfg(test)]
mod tests { fn f() { tx.query("SELECT in a test", &[]); } }
"####;
    let expected = [
        (7, Some("SELECT a FROM b")),
        (9, Some("DELETE FROM \"t\"")),
        (10, Some("SELECT id, name FROM t")),
        (11, Some("SELECT 1")),
        (13, Some("UPDATE t SET a = ')'")),
        (18, Some("SELECT ')' || 1")),
        (19, Some("SELECT 1")),
        (22, None),
        (23, None),
        (24, Some("SELECT id, name FROM t WHERE id = ?1")),
    ];
    let expected: Vec<Found> =
        expected.into_iter().map(|(line, sql)| Found { line, sql: sql.map(str::to_owned) }).collect();
    let text = without_comments_and_tests(text);
    assert_eq!(scan(&text, &macros(&text)), expected);
}
