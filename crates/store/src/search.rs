//! Full-text search of messages: one function over the two engines' indexes.
//!
//! Both index groups of three characters of the text as [`fold`] leaves it. A search names texts that a message
//! must contain; the index answers which messages can. It may name too many (the groups may stand apart), so
//! the caller compares the texts themselves with `LIKE`.

use crate::{DbError, Engine, Tx, Val, vals};

/// Follows each character of a writing system without spaces, so that two of them are three characters and the
/// index finds words of two. It is for private use: no text has it.
const SPREAD: char = '\u{E000}';
/// Stands between the room and the text in SQLite's index.
const ROOM_END: char = '\u{E001}';
/// Groups of one search that the index is asked for; more would not narrow it further.
const MAX_GRAMS: usize = 24;
/// Rooms of one search that the index is asked for; with more of them it is asked for the text alone.
const MAX_ROOMS: usize = 64;

/// A text as the index knows it: without case, and with writing systems that do not space words spread out. A
/// text contains another exactly when the folded texts do.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !matches!(*c, SPREAD | ROOM_END)).flat_map(char::to_lowercase) {
        folded.push(c);
        if unspaced(c) {
            folded.push(SPREAD);
        }
    }
    folded
}

/// Han, kana, bopomofo, hangul, Thai, Lao, Khmer and Burmese.
fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFD}')
}

/// Ids of all messages that may contain every one of the folded `texts`, in any order; of `rooms` only, unless
/// that is empty. `None` if they are more than `most`, or if the texts are too short for the index: reading the
/// newest messages first then finds some sooner.
///
/// # Errors
/// The database's.
pub async fn candidates(
    tx: &Tx,
    rooms: &[String],
    texts: &[String],
    most: usize,
) -> Result<Option<Vec<String>>, DbError> {
    let mut grams: Vec<String> = texts.iter().flat_map(|text| grams(text)).collect();
    grams.sort_unstable();
    grams.dedup();
    // Neighbours in this order say much the same; taking every n-th spreads what is asked for.
    let step = grams.len().div_ceil(MAX_GRAMS).max(1);
    let grams: Vec<String> = grams.into_iter().step_by(step).collect();
    if grams.is_empty() {
        return Ok(None);
    }
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let some = !rooms.is_empty();
    let found = match tx.engine() {
        Engine::Postgres => {
            tx.query(
                "SELECT id FROM messages WHERE folded IS NOT NULL AND message_grams(folded) @> CAST(?1 AS text[]) \
                 AND (NOT ?2 OR rid IN list(?3)) LIMIT ?4",
                &vals![&grams, some, rooms, limit],
            )
            .await?
        }
        Engine::Sqlite => {
            let expression = expression(rooms, &grams);
            // Counted before the messages are looked up: an entry whose message is gone counts too, so that a cut
            // list is never taken for a whole one.
            let mut found = tx
                .query(
                    "SELECT m.id FROM (SELECT rowid AS n FROM message_text WHERE message_text MATCH ?1 LIMIT ?2) f \
                     LEFT JOIN messages m ON m.rowid = f.n",
                    &vals![&expression, limit],
                )
                .await?;
            // A cross join keeps the order: from the few that are due to their messages.
            found.extend(
                tx.query(
                    "SELECT m.id FROM message_text_due d CROSS JOIN messages m \
                     WHERE m.rowid = d.n AND m.folded IS NOT NULL AND (NOT ?1 OR m.rid IN list(?2)) LIMIT ?3",
                    &vals![some, rooms, limit],
                )
                .await?,
            );
            found
        }
    };
    if found.len() > most {
        return Ok(None);
    }
    found.iter().filter_map(|row| row.opt_text(0).transpose()).collect::<Result<Vec<_>, _>>().map(Some)
}

/// Whether there is anything for [`catch_up`] to do.
///
/// # Errors
/// The database's.
pub async fn is_due(tx: &Tx) -> Result<bool, DbError> {
    match tx.engine() {
        Engine::Postgres => Ok(false),
        Engine::Sqlite => Ok(tx.query_opt("SELECT 1 FROM message_text_due LIMIT 1", &[]).await?.is_some()),
    }
}

/// Brings the index up to date with at most `batch` changed messages; answers how many there were. Nothing to do
/// on PostgreSQL, whose index does this itself.
///
/// # Errors
/// The database's.
pub async fn catch_up(tx: &Tx, batch: i64) -> Result<u64, DbError> {
    if tx.engine() == Engine::Postgres {
        return Ok(0);
    }
    let due = tx.query("SELECT n FROM message_text_due ORDER BY n LIMIT ?1", &vals![batch]).await?;
    let Some(last) = due.last() else { return Ok(0) };
    let to = Val::Int(last.int(0)?);
    tx.exec("DELETE FROM message_text WHERE rowid IN (SELECT n FROM message_text_due WHERE n <= ?1)", &[to])
        .await?;
    tx.exec(
        "INSERT INTO message_text (rowid, text) SELECT m.rowid, substr(m.rid, -6) || char(57345) || m.folded \
         FROM message_text_due d JOIN messages m ON m.rowid = d.n WHERE d.n <= ?1 AND m.folded IS NOT NULL ORDER BY d.n",
        &[to],
    )
    .await?;
    tx.exec("DELETE FROM message_text_due WHERE n <= ?1", &[to]).await
}

/// The groups of three characters of a folded text.
fn grams(text: &str) -> impl Iterator<Item = String> {
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len().saturating_sub(2)).map(move |at| chars[at..at + 3].iter().collect())
}

/// What SQLite's index is asked: all groups, and the last six characters of one of the rooms.
fn expression(rooms: &[String], grams: &[String]) -> String {
    let all = |grams: &mut dyn Iterator<Item = String>| {
        grams.map(|gram| format!("\"{}\"", gram.replace('"', "\"\""))).collect::<Vec<_>>().join(" AND ")
    };
    let room = |rid: &String| {
        let chars: Vec<char> = rid.chars().collect();
        let tail = chars.get(chars.len().checked_sub(6)?..)?;
        Some(format!("({})", all(&mut tail.chunks(3).map(|gram| gram.iter().collect()))))
    };
    let texts = all(&mut grams.iter().cloned());
    let rooms: Option<Vec<String>> =
        if rooms.len() > MAX_ROOMS { None } else { rooms.iter().map(room).collect() };
    match rooms {
        Some(rooms) if !rooms.is_empty() => format!("({}) AND {texts}", rooms.join(" OR ")),
        _ => texts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_text_contains_another_exactly_when_the_texts_do() {
        let texts = ["Grüße aus 東京都", "京都", "GRÜSSE", "grüße", "us 東", "都", "한국어", "국어", "s 京"];
        for text in texts {
            for part in texts {
                let plainly = text.to_lowercase().contains(&part.to_lowercase());
                assert_eq!(fold(text).contains(&fold(part)), plainly, "{part} in {text}");
            }
        }
    }

    #[test]
    fn two_characters_of_an_unspaced_script_have_a_group() {
        assert_eq!(grams(&fold("京都")).count(), 2);
        assert_eq!(grams(&fold("ok")).count(), 0);
    }

    #[test]
    fn what_people_type_is_quoted() {
        assert_eq!(expression(&[], &["a\"b".to_owned(), " OR".to_owned()]), "\"a\"\"b\" AND \" OR\"");
        let rooms = ["abcdefgh".to_owned()];
        assert_eq!(expression(&rooms, &["xyz".to_owned()]), "((\"cde\" AND \"fgh\")) AND \"xyz\"");
        assert_eq!(expression(&["abc".to_owned()], &["xyz".to_owned()]), "\"xyz\"");
    }
}
