//! Time, passed in so that tests can set it.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gantry_protocol::Timestamp;

/// Tells the time: the machine's, or a test's own.
///
/// Clones of a manual clock share their time. The default is the machine's clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970 of a manual clock; `None` for the machine's.
    manual: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { manual: None }
    }

    /// A clock that stands at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self { manual: Some(Arc::new(AtomicI64::new(start.millis()))) }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_millis())
    }

    /// Now, in milliseconds since 1970.
    pub fn now_millis(&self) -> i64 {
        match &self.manual {
            Some(millis) => millis.load(Ordering::Relaxed),
            None => system_millis(),
        }
    }

    /// A time that only moves forward, for measuring how long work takes.
    pub fn elapsed(&self) -> Duration {
        match &self.manual {
            Some(millis) => Duration::from_millis(u64::try_from(millis.load(Ordering::Relaxed)).unwrap_or(0)),
            None => since_start(),
        }
    }

    /// Moves a manual clock by `millis` (negative for backwards) and returns the new time.
    ///
    /// # Panics
    /// If this is the machine's clock.
    pub fn advance(&self, millis: i64) -> Timestamp {
        let manual = self.manual.as_ref().expect("only a manual clock can be moved");
        Timestamp::from_millis(manual.fetch_add(millis, Ordering::Relaxed) + millis)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
fn system_millis() -> i64 {
    // A machine that believes to be before 1970 gets a negative time instead of a panic.
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told_and_for_all_its_clones() {
        let clock = Clock::manual(Timestamp::from_millis(1_000));
        let twin = clock.clone();
        assert_eq!(clock.now(), Timestamp::from_millis(1_000));
        assert_eq!(clock.advance(250), Timestamp::from_millis(1_250));
        assert_eq!(twin.now(), Timestamp::from_millis(1_250));
        twin.advance(-50);
        assert_eq!(clock.now_millis(), 1_200);
    }

    #[test]
    fn the_machines_clock_is_in_milliseconds() {
        let year_2020 = 1_577_836_800_000;
        let year_2200 = 7_258_118_400_000;
        assert!((year_2020..year_2200).contains(&Clock::system().now_millis()));
    }

    #[test]
    #[should_panic(expected = "only a manual clock")]
    fn the_machines_clock_cannot_be_moved() {
        Clock::system().advance(1);
    }
}
