//! Calls that are still to be made. They outlive a restart: a call is gone only when it is settled.

use gantry_kernel::prelude::*;
use gantry_store::vals;

use super::super::record::Integration;
use super::facts::Facts;

/// How long one who makes a call may be silent before another makes it, in milliseconds.
const CLAIM: i64 = 120_000;
/// Longest wait before a call is made again, in milliseconds: 30 days.
const LONGEST: i64 = 30 * 24 * 3_600_000;

/// Calls were added.
pub(crate) struct CallsQueued;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) integration: String,
    pub(crate) url: String,
    pub(crate) facts: Facts,
    pub(crate) tries: i64,
}

/// Adds a call of each of the integration's addresses.
pub(crate) async fn add(
    ctx: &Ctx,
    tx: &Tx,
    integration: &Integration,
    urls: &[String],
    facts: &Facts,
) -> Result<()> {
    let facts = serde_json::to_string(facts).map_err(Error::internal)?;
    for url in urls {
        let id = ctx.ids.id();
        tx.exec(
            "INSERT INTO integration_calls (id, integration, url, facts, tries, due_at, taken_until) \
             VALUES (?1, ?2, ?3, ?4, 0, ?5, 0)",
            &vals![&id, &integration.id, url, &facts, ctx.now.millis()],
        )
        .await?;
    }
    tx.emit(CallsQueued);
    Ok(())
}

/// Takes calls that are due, so that nobody else makes them. One node never gets what another has.
pub(crate) async fn take(tx: &Tx, now: Timestamp, at_most: i64) -> Result<Vec<Call>> {
    let rows = tx
        .query(
            "UPDATE integration_calls SET taken_until = ?2 WHERE taken_until <= ?1 AND id IN (\
             SELECT id FROM integration_calls WHERE due_at <= ?1 AND taken_until <= ?1 \
             ORDER BY due_at, id LIMIT ?3) RETURNING id, integration, url, facts, tries",
            &vals![now.millis(), now.millis() + CLAIM, at_most],
        )
        .await?;
    let mut calls = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: String = row.text(0)?;
        let facts = match serde_json::from_str(row.str(3)?) {
            Ok(facts) => facts,
            // One that nobody can read must not keep the others from being made, for ever.
            Err(error) => {
                tracing::warn!(%error, call = id, "a call of an outgoing webhook cannot be read; it is dropped");
                settle(tx, &id).await?;
                continue;
            }
        };
        calls.push(Call { id, integration: row.text(1)?, url: row.text(2)?, facts, tries: row.int(4)? });
    }
    Ok(calls)
}

/// The call is settled.
pub(crate) async fn settle(tx: &Tx, id: &str) -> Result<()> {
    tx.exec("DELETE FROM integration_calls WHERE id = ?1", &vals![id]).await?;
    Ok(())
}

/// The call is made again after `wait` milliseconds.
pub(crate) async fn again(tx: &Tx, call: &Call, now: Timestamp, wait: i64) -> Result<()> {
    tx.exec(
        "UPDATE integration_calls SET tries = ?2, due_at = ?3, taken_until = 0 WHERE id = ?1",
        &vals![&call.id, call.tries + 1, now.millis() + wait],
    )
    .await?;
    Ok(())
}

/// How long to wait after `tries` calls that failed before the next, in milliseconds; `None` for a word that is
/// not one of the three.
pub(crate) fn wait(delay: &str, tries: i64) -> Option<i64> {
    let tries = u32::try_from(tries).unwrap_or(u32::MAX);
    let millis = match delay {
        "powers-of-ten" => 10_i64.checked_pow(tries.saturating_add(2)),
        "powers-of-two" => 2_i64.checked_pow(tries.saturating_add(1)).and_then(|s| s.checked_mul(1000)),
        "increments-of-two" => Some((i64::from(tries) + 1) * 2000),
        _ => return None,
    };
    Some(millis.unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_as_their_names_say() {
        let delays = |word: &str| (0..4).map(|tries| wait(word, tries).unwrap()).collect::<Vec<_>>();
        assert_eq!(delays("powers-of-ten"), [100, 1000, 10_000, 100_000]);
        assert_eq!(delays("powers-of-two"), [2000, 4000, 8000, 16_000]);
        assert_eq!(delays("increments-of-two"), [2000, 4000, 6000, 8000]);
        assert_eq!(wait("powers-of-ten", 1_000_000), Some(LONGEST));
        assert_eq!(wait("sometimes", 0), None);
    }
}
