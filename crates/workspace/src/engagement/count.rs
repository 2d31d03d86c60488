//! Counting.

use gantry_kernel::prelude::*;
use gantry_store::vals;

use super::period::{DAY, Days, Period};

/// Messages that people wrote into channels, groups and direct rooms, by day: day, number.
async fn messages_by_day(tx: &Tx, days: Days) -> Result<Vec<(i64, i64)>> {
    let rows = tx
        .query(
            "SELECT m.ts / 86400000, COUNT(*) FROM messages m JOIN rooms r ON r.id = m.rid WHERE m.ts >= ?1 \
             AND m.ts < ?2 AND m.t IS NULL AND NOT m.hidden AND r.t IN ('c', 'p', 'd') \
             GROUP BY m.ts / 86400000 ORDER BY 1 DESC",
            &vals![days.from(), days.until()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// People who joined the workspace, by day: day, number.
async fn users_by_day(tx: &Tx, days: Days) -> Result<Vec<(i64, i64)>> {
    let rows = tx
        .query(
            "SELECT created_at / 86400000, COUNT(*) FROM users WHERE created_at >= ?1 AND created_at < ?2 \
             AND id NOT IN (SELECT uid FROM user_roles WHERE role = 'anonymous') \
             GROUP BY created_at / 86400000 ORDER BY 1 DESC",
            &vals![days.from(), days.until()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// A number by day, its sum and how both differ from before. `field` names the number.
fn trend(period: Period, field: &str, now: &[(i64, i64)], before: &[(i64, i64)]) -> Value {
    let shown = usize::try_from(period.length).unwrap_or(0);
    let now: Vec<(i64, i64)> = now.iter().take(shown).copied().collect();
    let sum = |days: &[(i64, i64)]| days.iter().map(|(_, n)| n).sum::<i64>();
    let on = |day: i64| now.iter().find(|(found, _)| *found == day).map_or(0, |(_, n)| *n);
    let (total, former) = (sum(&now), sum(&before[..before.len().min(shown)]));
    let (today, yesterday) = (on(period.now.last), on(period.now.last - 1));
    let days: Vec<Value> =
        now.iter().map(|(day, n)| json!({ "day": Timestamp::from_millis(day * DAY), field: n })).collect();
    json!({
        "days": days,
        "period": { "count": total, "variation": total - former },
        "yesterday": { "count": yesterday, "variation": today - yesterday },
    })
}

pub(super) async fn messages_sent(tx: &Tx, period: Period) -> Result<Value> {
    let (now, before) = (messages_by_day(tx, period.now).await?, messages_by_day(tx, period.before).await?);
    Ok(trend(period, "messages", &now, &before))
}

pub(super) async fn new_users(tx: &Tx, period: Period) -> Result<Value> {
    let (now, before) = (users_by_day(tx, period.now).await?, users_by_day(tx, period.before).await?);
    Ok(trend(period, "users", &now, &before))
}

/// How many messages were written into each kind of room.
pub(super) async fn origins(tx: &Tx, days: Days) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT r.t, COUNT(*) FROM messages m JOIN rooms r ON r.id = m.rid WHERE m.ts >= ?1 AND m.ts < ?2 \
             AND m.t IS NULL AND NOT m.hidden AND r.t IN ('c', 'p', 'd') GROUP BY r.t ORDER BY r.t",
            &vals![days.from(), days.until()],
        )
        .await?;
    let mut origins = Vec::new();
    for kind in ["c", "p", "d"] {
        let row = rows.iter().find(|row| row.str(0).is_ok_and(|found| found == kind));
        origins.push(json!({ "t": kind, "messages": row.map_or(Ok(0), |row| row.int(1))? }));
    }
    Ok(origins)
}

/// The usernames of a direct room, from its document.
fn usernames(row: &Row, column: usize) -> Result<Option<Value>> {
    let mut room: Value = serde_json::from_str(row.str(column)?).map_err(Error::internal)?;
    Ok(room.get_mut("usernames").map(Value::take))
}

/// The five rooms with the most messages.
pub(super) async fn popular(tx: &Tx, days: Days) -> Result<Vec<Value>> {
    let rows = tx
        .query(
            "SELECT r.t, COALESCE(r.fname, r.name), c.n, r.doc FROM rooms r JOIN (SELECT m.rid, COUNT(*) AS n \
             FROM messages m WHERE m.ts >= ?1 AND m.ts < ?2 AND m.t IS NULL AND NOT m.hidden GROUP BY m.rid) AS c \
             ON c.rid = r.id WHERE r.t IN ('c', 'p', 'd') ORDER BY c.n DESC, r.id LIMIT 5",
            &vals![days.from(), days.until()],
        )
        .await?;
    let channel = |row: &Row| -> Result<Value> {
        let mut channel = json!({ "t": row.str(0)?, "messages": row.int(2)? });
        match row.opt_str(1)? {
            Some(name) => channel["name"] = name.into(),
            None => channel["usernames"] = usernames(row, 3)?.unwrap_or_default(),
        }
        Ok(channel)
    };
    rows.iter().map(channel).collect()
}

/// Rooms with the number of their messages, those with most first; and how many rooms there are. `active`:
/// only rooms in which something was written in these days or those before.
pub(super) async fn rooms(
    tx: &Tx,
    period: Period,
    active: bool,
    window: Window,
) -> Result<(Vec<Value>, i64)> {
    let (now, before) = (period.now, period.before);
    let rows = tx
        .query(
            "SELECT r.id, COALESCE(r.fname, r.name), r.ts, r.t, r.updated_at, COALESCE(c.n, 0), COALESCE(p.n, 0), \
             r.doc, COUNT(*) OVER () FROM rooms r \
             LEFT JOIN (SELECT m.rid, COUNT(*) AS n FROM messages m WHERE m.ts >= ?1 AND m.ts < ?2 AND m.t IS NULL \
             AND NOT m.hidden GROUP BY m.rid) AS c ON c.rid = r.id \
             LEFT JOIN (SELECT m.rid, COUNT(*) AS n FROM messages m WHERE m.ts >= ?3 AND m.ts < ?4 AND m.t IS NULL \
             AND NOT m.hidden GROUP BY m.rid) AS p ON p.rid = r.id \
             WHERE r.t IN ('c', 'p', 'd') AND (NOT ?5 OR c.n IS NOT NULL OR p.n IS NOT NULL) \
             ORDER BY COALESCE(c.n, 0) DESC, r.id LIMIT ?6 OFFSET ?7",
            &vals![
                now.from(),
                now.until(),
                before.from(),
                before.until(),
                active,
                window.count,
                window.offset
            ],
        )
        .await?;
    let mut channels = Vec::with_capacity(rows.len());
    let mut total = 0;
    for row in &rows {
        let (messages, last_week) = (row.int(5)?, row.int(6)?);
        total = row.int(8)?;
        let mut room = json!({
            "_id": row.str(0)?,
            "name": row.opt_str(1)?,
            "ts": Timestamp::from_millis(row.int(2)?),
            "t": row.str(3)?,
            "_updatedAt": Timestamp::from_millis(row.int(4)?),
        });
        if let Some(names) = usernames(row, 7)? {
            room["usernames"] = names;
        }
        channels.push(json!({
            "room": room,
            "messages": messages,
            "lastWeekMessages": last_week,
            "diffFromLastWeek": messages - last_week,
        }));
    }
    Ok((channels, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_compares_sums_and_the_last_two_days() {
        let period = Period {
            now: Days { first: 10, last: 12 },
            before: Days { first: 6, last: 9 },
            length: 3,
            times: (0, 0),
        };
        let trend = trend(period, "messages", &[(12, 5), (11, 2)], &[(9, 1), (8, 1), (7, 1), (6, 100)]);
        assert_eq!(trend["period"], json!({ "count": 7, "variation": 4 }));
        assert_eq!(trend["yesterday"], json!({ "count": 2, "variation": 3 }));
        assert_eq!(trend["days"][0]["messages"], 5);
    }
}
