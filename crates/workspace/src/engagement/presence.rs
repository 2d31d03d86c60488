//! When people are here. Hours are counted as accounts note them: whoever signed in, returned or was connected.

use gantry_accounts::activity::{HOUR, hour};
use gantry_kernel::prelude::*;
use gantry_store::vals;

use super::period::Days;

/// A number of hours.
const DAY: i64 = 24;

/// Hours that the busy times of a day are grouped by.
const GROUP: i64 = 2;

/// A day in the parts that the dashboard shows: year, month, day of the month.
fn date(day: i64) -> [i64; 3] {
    let iso = Timestamp::from_millis(day * DAY * HOUR).to_iso();
    let mut parts = iso.split(['-', 'T']).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

fn on(day: i64) -> Value {
    let [year, month, day] = date(day);
    json!({ "day": day, "month": month, "year": year })
}

/// Who was here, by day.
pub(super) async fn who(tx: &Tx, days: Days) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT DISTINCT hour / 24 AS day, uid FROM active_hours WHERE hour >= ?1 AND hour < ?2 \
             ORDER BY day DESC, uid",
            &vals![days.first * DAY, (days.last + 1) * DAY],
        )
        .await?;
    let mut found: Vec<(i64, Vec<String>)> = Vec::new();
    for row in &rows {
        let (day, uid) = (row.int(0)?, row.text(1)?);
        match found.last_mut() {
            Some((last, uids)) if *last == day => uids.push(uid),
            _ => found.push((day, vec![uid])),
        }
    }
    Ok(found
        .into_iter()
        .map(|(day, uids)| {
            let mut shown = on(day);
            shown["users"] = uids.len().into();
            shown["usersList"] = uids.into();
            shown
        })
        .collect())
}

/// How many were here, by day.
pub(super) async fn by_days(tx: &Tx, days: Days) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT hour / 24 AS day, COUNT(DISTINCT uid) FROM active_hours WHERE hour >= ?1 AND hour < ?2 \
             GROUP BY hour / 24 ORDER BY day DESC",
            &vals![days.first * DAY, (days.last + 1) * DAY],
        )
        .await?;
    let shown = |row: &Row| -> Result<Value> {
        let mut shown = on(row.int(0)?);
        shown["users"] = row.int(1)?.into();
        Ok(shown)
    };
    rows.iter().map(shown).collect()
}

/// How many were here at which time of the day, in the 24 hours before `until`; every part of the day is there
/// as soon as anybody was. Upstream looks at the first hour of each part only, and misses who came and went in
/// the second.
pub(super) async fn by_hours(tx: &Tx, until: Timestamp) -> Result<Vec<Value>> {
    let last = hour(until);
    let rows = tx
        .query(
            "SELECT (hour % 24) / 2 AS part, COUNT(DISTINCT uid) FROM active_hours WHERE hour > ?1 \
             AND hour <= ?2 GROUP BY (hour % 24) / 2 ORDER BY part DESC",
            &vals![last - DAY, last],
        )
        .await?;
    let counts: Vec<(i64, i64)> =
        rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect::<Result<_>>()?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let users = |part: i64| counts.iter().find(|(found, _)| *found == part).map_or(0, |(_, n)| *n);
    Ok((0..DAY / GROUP).rev().map(|part| json!({ "hour": part * GROUP, "users": users(part) })).collect())
}

/// How many were here in each hour between two times.
pub(super) async fn by_hours_of_days(tx: &Tx, from: i64, until: i64) -> Result<Vec<Value>> {
    let hour = |millis: i64| hour(Timestamp::from_millis(millis));
    let rows = tx
        .query(
            "SELECT hour, COUNT(*) FROM active_hours WHERE hour >= ?1 AND hour <= ?2 GROUP BY hour \
             ORDER BY hour DESC",
            &vals![hour(from), hour(until)],
        )
        .await?;
    let shown = |row: &Row| -> Result<Value> {
        let hour = row.int(0)?;
        let mut shown = on(hour.div_euclid(DAY));
        shown["hour"] = hour.rem_euclid(DAY).into();
        shown["users"] = row.int(1)?.into();
        Ok(shown)
    };
    rows.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), [1970, 1, 1]);
        assert_eq!(date(19_782), [2024, 2, 29]);
    }
}
