//! Work that runs by the clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::Kernel;

/// Runs `job` every `period` until the server stops. A job must be safe to run twice: after a crash, or
/// on two nodes at once.
pub fn every<F>(kernel: &Arc<Kernel>, name: &'static str, period: Duration, job: F)
where
    F: Fn(Arc<Kernel>) -> BoxFuture<'static, crate::error::Result<()>> + Send + Sync + 'static,
{
    let weak = Arc::downgrade(kernel);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let Some(kernel) = weak.upgrade() else { return };
            if let Err(error) = job(kernel).await {
                tracing::warn!(job = name, %error, "job failed; it runs again at its next time");
            }
        }
    });
}
