//! In which hours people are here: who signs in or returns, and who stays connected.
//!
//! One row per user and hour, so that the work does not depend on how often somebody comes back. The dashboard
//! of the workspace counts them. Upstream keeps one document per connection and computes days from them at
//! night: `apps/meteor/app/statistics/server/lib/SAUMonitor.ts`.

use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::error::{Error, Result};
use gantry_kernel::{Kernel, jobs};
use gantry_protocol::Timestamp;
use gantry_store::{Tx, Val, vals};

/// An hour, in milliseconds.
pub const HOUR: i64 = 60 * 60 * 1000;

/// How long hours are kept, in hours: the dashboard looks back ninety days.
const KEPT: i64 = 100 * 24;

/// The number of an hour since 1970.
pub const fn hour(at: Timestamp) -> i64 {
    at.millis().div_euclid(HOUR)
}

/// A user is here.
///
/// # Errors
/// If the database fails.
pub async fn note(tx: &Tx, uid: &str, at: Timestamp) -> Result<()> {
    tx.exec(
        "INSERT INTO active_hours (hour, uid) VALUES (?1, ?2) ON CONFLICT (hour, uid) DO NOTHING",
        &vals![hour(at), uid],
    )
    .await?;
    Ok(())
}

/// Everybody who is connected is here.
///
/// # Errors
/// If the database fails.
pub async fn note_connected(kernel: &Arc<Kernel>) -> Result<()> {
    let (uids, now) = (kernel.hub.users(), kernel.clock.now());
    kernel
        .db
        .write::<_, Error, _>(async move |tx| {
            let uids: Vec<String> = uids.iter().map(|uid| uid.to_string()).collect();
            tx.exec(
                "INSERT INTO active_hours (hour, uid) SELECT CAST(?1 AS BIGINT), id FROM users WHERE id IN list(?2) \
                 ON CONFLICT (hour, uid) DO NOTHING",
                &[Val::Int(hour(now)), Val::TextList(&uids)],
            )
            .await?;
            tx.exec("DELETE FROM active_hours WHERE hour < ?1", &vals![hour(now) - KEPT]).await?;
            Ok(())
        })
        .await
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    jobs::every(kernel, "who is here", Duration::from_secs(600), |kernel| {
        Box::pin(async move { note_connected(&kernel).await })
    });
}
