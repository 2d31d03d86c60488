//! Every difference between the engines' SQL, in one place.
//!
//! Statements are written once, in the SQL that both engines share, with these notations:
//!
//! | written | SQLite | PostgreSQL |
//! |---|---|---|
//! | `?1` | `?1` | `$1` |
//! | `x IN list(?1)` | `x IN (SELECT value FROM json_each(?1))` | `x = ANY($1)` |
//! | `x NOT IN list(?1)` | `x NOT IN (SELECT …)` | `x <> ALL($1)` |
//! | `FROM list(?1)`, `JOIN list(?1)` | a table `list` with the text column `value` | the same, of `unnest` |
//! | `greatest(a, b)`, `least(a, b)` | `max(a, b)`, `min(a, b)` | unchanged (no argument may be NULL) |
//! | `FOR UPDATE` | left out: there is one writer | unchanged |
//!
//! The list parameter is a [`crate::Val::TextList`].
//!
//! Shared and therefore fine to use: `ON CONFLICT … DO UPDATE SET x = excluded.x`, `RETURNING`,
//! `IS NOT DISTINCT FROM`, common table expressions, window functions, `TRUE` and `FALSE`, `CAST`.
//! `LIKE` is case-sensitive on both; always give `ESCAPE '\'` and escape what users typed with
//! [`escape_like`]. Text is compared by its bytes on both (PostgreSQL: collation `C`). Case is folded in Rust
//! before storing. A parameter gets its type from where it stands first: write `x = ?1 OR ?1 IS NULL`, not the
//! other way round, or `CAST(?1 AS BIGINT)`. Constraints are never deferred: on SQLite one job's violation would fail the
//! commit of others.
//!
//! Migrations use the types `TEXT`, `BIGINT`, `BOOLEAN`, `DOUBLE PRECISION` and `BLOB`, and may hold blocks
//! for one engine, each marker on its own line:
//!
//! ```sql
//! -- sqlite-only:
//! CREATE VIRTUAL TABLE …;
//! -- end
//! -- postgres-only:
//! CREATE INDEX … USING gin …;
//! -- end
//! ```

use std::collections::HashMap;

use parking_lot::RwLock;

use crate::Engine;

/// Escapes `%`, `_` and `\` for use inside a `LIKE … ESCAPE '\'` pattern.
pub fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The engine's own clock in milliseconds since 1970. For the book of migrations only: everything else takes
/// its time from the server's clock, which tests can set.
pub(crate) fn now(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        Engine::Postgres => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    }
}

/// Translations by address and length: the text is `'static`, so the address names it, and the handful of
/// literals in the program bounds the map.
type Cache = RwLock<Option<HashMap<(usize, usize), &'static str>>>;
static SQLITE: Cache = RwLock::new(None);
static POSTGRES: Cache = RwLock::new(None);

/// The engine's form of a literal statement; translated once.
pub(crate) fn translate(engine: Engine, sql: &'static str) -> &'static str {
    let cache = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    let key = (sql.as_ptr() as usize, sql.len());
    if let Some(found) = cache.read().as_ref().and_then(|map| map.get(&key)) {
        return found;
    }
    let translated = statement(engine, sql);
    let translated: &'static str =
        if translated == sql { sql } else { Box::leak(translated.into_boxed_str()) };
    cache.write().get_or_insert_default().insert(key, translated);
    translated
}

/// The engine's form of a statement.
pub(crate) fn statement(engine: Engine, sql: &str) -> String {
    let tokens = tokens(sql);
    let mut out = String::with_capacity(sql.len() + 16);
    let mut i = 0;
    while i < tokens.len() {
        let rest = &tokens[i..];
        if let Some((form, argument, used)) = list(rest) {
            match (engine, form) {
                (Engine::Sqlite, List::Table) => {
                    out.push_str(&format!("(SELECT value FROM json_each(?{argument})) AS list"));
                }
                (Engine::Sqlite, List::In) => {
                    out.push_str(&format!("IN (SELECT value FROM json_each(?{argument}))"));
                }
                (Engine::Sqlite, List::NotIn) => {
                    out.push_str(&format!("NOT IN (SELECT value FROM json_each(?{argument}))"));
                }
                (Engine::Postgres, List::Table) => {
                    out.push_str(&format!("(SELECT unnest(${argument}::text[]) AS value) AS list"));
                }
                (Engine::Postgres, List::In) => out.push_str(&format!("= ANY(${argument})")),
                (Engine::Postgres, List::NotIn) => out.push_str(&format!("<> ALL(${argument})")),
            }
            i += used;
            continue;
        }
        let token = rest[0];
        match engine {
            Engine::Postgres => match token.strip_prefix('?') {
                Some(number) => {
                    out.push('$');
                    out.push_str(number);
                }
                None => out.push_str(token),
            },
            Engine::Sqlite => {
                if let Some(used) = words(rest, &["FOR", "UPDATE"]) {
                    i += used;
                    continue;
                }
                let call = rest.get(1).is_some_and(|next| *next == "(");
                match token {
                    _ if call && token.eq_ignore_ascii_case("greatest") => out.push_str("max"),
                    _ if call && token.eq_ignore_ascii_case("least") => out.push_str("min"),
                    _ => out.push_str(token),
                }
            }
        }
        i += 1;
    }
    out
}

/// The engine's form of a migration file.
pub(crate) fn migration(engine: Engine, sql: &str) -> String {
    let mut wanted = true;
    let mut text = String::with_capacity(sql.len());
    for line in sql.lines() {
        match line.trim() {
            "-- sqlite-only:" => wanted = engine == Engine::Sqlite,
            "-- postgres-only:" => wanted = engine == Engine::Postgres,
            "-- end" => wanted = true,
            _ if wanted => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    if engine == Engine::Sqlite {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut previous = "";
    for token in tokens(&text) {
        match token {
            "BLOB" => out.push_str("BYTEA"),
            // Bytewise comparison, as SQLite does it; a cast takes no collation.
            "TEXT" if !previous.eq_ignore_ascii_case("AS") => out.push_str("TEXT COLLATE \"C\""),
            _ => out.push_str(token),
        }
        if !token.trim().is_empty() {
            previous = token;
        }
    }
    out
}

enum List {
    In,
    NotIn,
    Table,
}

/// Recognises the three list notations at the start of `tokens`: the form, the parameter's number and how
/// many tokens it takes.
fn list<'a>(tokens: &[&'a str]) -> Option<(List, &'a str, usize)> {
    let (form, start) = match words(tokens, &["NOT", "IN", "list"]) {
        Some(used) => (List::NotIn, used),
        None => match words(tokens, &["IN", "list"]) {
            Some(used) => (List::In, used),
            None => (List::Table, words(tokens, &["list"])?),
        },
    };
    match tokens.get(start..start + 3)? {
        ["(", parameter, ")"] => Some((form, parameter.strip_prefix('?')?, start + 3)),
        _ => None,
    }
}

/// Whether `tokens` starts with these words (any case), white space between them: how many tokens that is.
fn words(tokens: &[&str], wanted: &[&str]) -> Option<usize> {
    let mut used = 0;
    for (n, word) in wanted.iter().enumerate() {
        if n > 0 {
            tokens.get(used).filter(|token| token.trim().is_empty())?;
            used += 1;
        }
        tokens.get(used).filter(|token| token.eq_ignore_ascii_case(word))?;
        used += 1;
    }
    Some(used)
}

/// Cuts SQL into words, parameters, runs of white space, quoted things, comments and single characters.
fn tokens(sql: &str) -> Vec<&str> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let run = |from: usize, keep: &dyn Fn(u8) -> bool| {
            bytes[from..].iter().position(|b| !keep(*b)).map_or(bytes.len(), |n| from + n)
        };
        let end = match bytes[start] {
            b if b.is_ascii_whitespace() => run(start, &|b| b.is_ascii_whitespace()),
            b'?' => run(start + 1, &|b| b.is_ascii_digit()),
            quote @ (b'\'' | b'"') => (run(start + 1, &|b| b != quote) + 1).min(bytes.len()),
            b'-' if bytes.get(start + 1) == Some(&b'-') => run(start, &|b| b != b'\n'),
            b if b.is_ascii_alphanumeric() || b == b'_' || !b.is_ascii() => {
                run(start, &|b| b.is_ascii_alphanumeric() || b == b'_' || !b.is_ascii())
            }
            _ => start + 1,
        };
        tokens.push(&sql[start..end]);
        start = end;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(sql: &str) -> (String, String) {
        (statement(Engine::Sqlite, sql), statement(Engine::Postgres, sql))
    }

    #[test]
    fn placeholders_outside_quotes_are_rewritten() {
        let (sqlite, postgres) = both("SELECT '?1', \"a?2\", x FROM t WHERE a = ?12 -- ?3");
        assert_eq!(sqlite, "SELECT '?1', \"a?2\", x FROM t WHERE a = ?12 -- ?3");
        assert_eq!(postgres, "SELECT '?1', \"a?2\", x FROM t WHERE a = $12 -- ?3");
    }

    #[test]
    fn lists_have_three_forms() {
        let (sqlite, postgres) = both("a IN list(?1) AND b NOT IN list(?2)");
        assert_eq!(
            sqlite,
            "a IN (SELECT value FROM json_each(?1)) AND b NOT IN (SELECT value FROM json_each(?2))"
        );
        assert_eq!(postgres, "a = ANY($1) AND b <> ALL($2)");
        let (sqlite, postgres) = both("SELECT value FROM list(?1)");
        assert_eq!(sqlite, "SELECT value FROM (SELECT value FROM json_each(?1)) AS list");
        assert_eq!(postgres, "SELECT value FROM (SELECT unnest($1::text[]) AS value) AS list");
    }

    #[test]
    fn row_locks_and_greatest_are_for_postgres_only() {
        let (sqlite, postgres) = both("SELECT greatest(a, 1), least FROM t FOR UPDATE");
        assert_eq!(sqlite, "SELECT max(a, 1), least FROM t ");
        assert_eq!(postgres, "SELECT greatest(a, 1), least FROM t FOR UPDATE");
    }

    #[test]
    fn escaped_quotes_and_wide_characters_stay_whole() {
        let sql = "SELECT 'it''s ?1 ü', ü FROM t WHERE a = ?1";
        assert_eq!(both(sql).1, "SELECT 'it''s ?1 ü', ü FROM t WHERE a = $1");
    }

    #[test]
    fn migrations_choose_blocks_and_types() {
        let sql = "CREATE TABLE t (a TEXT, b BLOB, c TEXT DEFAULT 'TEXT');\n-- sqlite-only:\nA;\n-- end\n-- postgres-only:\nSELECT CAST(a AS TEXT);\n-- end\n";
        assert_eq!(
            migration(Engine::Sqlite, sql),
            "CREATE TABLE t (a TEXT, b BLOB, c TEXT DEFAULT 'TEXT');\nA;\n"
        );
        assert_eq!(
            migration(Engine::Postgres, sql),
            "CREATE TABLE t (a TEXT COLLATE \"C\", b BYTEA, c TEXT COLLATE \"C\" DEFAULT 'TEXT');\nSELECT CAST(a AS TEXT);\n"
        );
    }

    #[test]
    fn patterns_are_escaped() {
        assert_eq!(escape_like(r"50%_\"), r"50\%\_\\");
    }
}
