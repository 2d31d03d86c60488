//! Time and its distribution.

use std::time::Duration;

use gantry_kernel::clock::Clock;

/// A running stopwatch.
#[derive(Clone)]
pub(crate) struct Watch {
    clock: Clock,
    began: Duration,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let clock = Clock::system();
        let began = clock.elapsed();
        Self { clock, began }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.began)
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}

/// Durations of many requests, in microseconds.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value in milliseconds below which `share` (0 to 1) of all lie; 0 when there are none.
    pub(crate) fn percentile(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let at = (self.0.len() as f64 * share) as usize;
        self.0.get(at.min(self.0.len().saturating_sub(1))).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

/// The middle value; 0 when there are none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut all = Latencies::default();
        for millis in (1..=100).rev() {
            all.add(Duration::from_millis(millis));
        }
        assert_eq!((all.percentile(0.5), all.percentile(0.99), all.percentile(1.0)), (51.0, 100.0, 100.0));
        assert_eq!(Latencies::default().percentile(0.5), 0.0);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    }
}
