//! The rate limiter of REST and the Realtime API: so many calls per key and time window.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::sync::LazyLock;

use parking_lot::Mutex;

/// Number of independently locked parts of the table. A power of two.
const SHARDS: usize = 16;

/// Default of [`Limiter::with_capacity`]: about 4 MiB when full.
const DEFAULT_CAPACITY: usize = 100_000;

/// How often a shard drops its expired windows while it is in use, in milliseconds.
const SWEEP_EVERY_MS: i64 = 60_000;

/// Whose calls are counted together: a hash of an address, a user, a connection, a route or several of them.
///
/// The hash is keyed anew in every process, so that nobody can look for two inputs that share a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LimitKey(u64);

impl LimitKey {
    /// The key for `parts`, for example `(address, user, route)`.
    pub fn of(parts: &(impl Hash + ?Sized)) -> Self {
        static KEYED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(KEYED.hash_one(parts))
    }
}

/// How many calls are allowed in how much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Calls allowed in one window. With 0 every call is refused.
    pub calls: u32,
    /// Length of a window in milliseconds; it begins with the first call after the one before has ended.
    pub window_ms: i64,
}

/// The answer to one call, with what the `X-RateLimit-…` headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the call may go ahead.
    pub allowed: bool,
    /// [`Rule::calls`].
    pub limit: u32,
    /// Calls left in this window after this one.
    pub remaining: u32,
    /// When the window ends, in milliseconds since 1970.
    pub reset_at_ms: i64,
}

/// Counts calls per key in fixed windows. A refused call does not lengthen the window.
///
/// Memory is bounded: expired windows are dropped as new ones come, and beyond the capacity those that end
/// first make room. Nothing runs in the background.
#[derive(Debug)]
pub struct Limiter {
    shards: Box<[Mutex<Shard>]>,
    capacity_per_shard: usize,
}

#[derive(Debug, Default)]
struct Shard {
    windows: HashMap<LimitKey, Window>,
    next_sweep_ms: i64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends_at_ms: i64,
    used: u32,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }
}

impl Limiter {
    /// A limiter that remembers about `keys` keys at a time.
    pub fn with_capacity(keys: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, capacity_per_shard: keys.div_ceil(SHARDS).max(1) }
    }

    /// Counts one call of `key` at `now_ms` (milliseconds since 1970) and tells whether it is allowed.
    pub fn check(&self, key: LimitKey, rule: Rule, now_ms: i64) -> Verdict {
        let mut shard = self.shards[key.0 as usize % SHARDS].lock();
        let window = shard.window(key, rule, now_ms, self.capacity_per_shard);
        let allowed = window.used < rule.calls;
        if allowed {
            window.used += 1;
        }
        Verdict {
            allowed,
            limit: rule.calls,
            remaining: rule.calls.saturating_sub(window.used),
            reset_at_ms: window.ends_at_ms,
        }
    }

    /// Forgets what `key` has used.
    pub fn reset(&self, key: LimitKey) {
        self.shards[key.0 as usize % SHARDS].lock().windows.remove(&key);
    }

    /// Number of keys that are remembered, expired ones included.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().windows.len()).sum()
    }

    /// Whether no key is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shard {
    /// The running window of `key`, begun if there is none.
    fn window(&mut self, key: LimitKey, rule: Rule, now_ms: i64, capacity: usize) -> &mut Window {
        if !self.windows.contains_key(&key) {
            self.make_room(now_ms, capacity);
        }
        let fresh = Window { ends_at_ms: now_ms.saturating_add(rule.window_ms), used: 0 };
        let window = self.windows.entry(key).or_insert(fresh);
        if window.ends_at_ms <= now_ms {
            *window = fresh;
        }
        window
    }

    fn make_room(&mut self, now_ms: i64, capacity: usize) {
        let full = self.windows.len() >= capacity;
        if full || now_ms >= self.next_sweep_ms {
            self.windows.retain(|_, window| window.ends_at_ms > now_ms);
            self.next_sweep_ms = now_ms.saturating_add(SWEEP_EVERY_MS);
            if self.windows.capacity() > 64 && self.windows.len() * 4 < self.windows.capacity() {
                self.windows.shrink_to_fit();
            }
        }
        if self.windows.len() >= capacity {
            self.evict(capacity);
        }
    }

    /// Drops the eighth that ends first: one by one would search the whole shard for each new key.
    fn evict(&mut self, capacity: usize) {
        let keep = capacity - capacity.div_ceil(8);
        let mut by_end: Vec<(i64, LimitKey)> =
            self.windows.iter().map(|(&key, window)| (window.ends_at_ms, key)).collect();
        let surplus = by_end.len() - keep;
        by_end.select_nth_unstable_by_key(surplus - 1, |&(ends_at_ms, _)| ends_at_ms);
        for (_, key) in &by_end[..surplus] {
            self.windows.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const RULE: Rule = Rule { calls: 3, window_ms: 1_000 };

    #[test]
    fn refuses_the_call_after_the_last_and_starts_afresh_with_the_next_window() {
        let limiter = Limiter::default();
        let key = LimitKey::of(&("10.0.0.1", "chat.postMessage"));
        let verdicts: Vec<_> = (0..5).map(|i| limiter.check(key, RULE, 5_000 + i)).collect();
        assert_eq!(verdicts.iter().map(|v| v.allowed).collect::<Vec<_>>(), [true, true, true, false, false]);
        assert_eq!(verdicts.iter().map(|v| v.remaining).collect::<Vec<_>>(), [2, 1, 0, 0, 0]);
        assert!(verdicts.iter().all(|v| v.reset_at_ms == 6_000 && v.limit == 3));

        assert!(!limiter.check(key, RULE, 5_999).allowed);
        let next = limiter.check(key, RULE, 6_000);
        assert_eq!(next, Verdict { allowed: true, limit: 3, remaining: 2, reset_at_ms: 7_000 });
    }

    #[test]
    fn keys_do_not_share_a_window() {
        let limiter = Limiter::default();
        let (alice, bob) = (LimitKey::of(&("1", "alice")), LimitKey::of(&("1", "bob")));
        assert_eq!(alice, LimitKey::of(&("1", "alice")));
        for _ in 0..3 {
            assert!(limiter.check(alice, RULE, 0).allowed);
        }
        assert!(!limiter.check(alice, RULE, 0).allowed);
        assert!(limiter.check(bob, RULE, 0).allowed);
        limiter.reset(alice);
        assert!(limiter.check(alice, RULE, 0).allowed);
    }

    #[test]
    fn no_calls_allowed_means_none() {
        let verdict = Limiter::default().check(LimitKey::of(&1), Rule { calls: 0, window_ms: 10 }, 0);
        assert_eq!(verdict, Verdict { allowed: false, limit: 0, remaining: 0, reset_at_ms: 10 });
    }

    #[test]
    fn a_clock_that_goes_back_allows_nothing_more() {
        let limiter = Limiter::default();
        let key = LimitKey::of("key");
        for now in [5_000, 4_000, 3_000] {
            assert!(limiter.check(key, RULE, now).allowed);
        }
        assert!(!limiter.check(key, RULE, 0).allowed);
    }

    #[test]
    fn a_rule_that_changes_holds_at_once_for_the_count() {
        let limiter = Limiter::default();
        let key = LimitKey::of("key");
        limiter.check(key, RULE, 0);
        limiter.check(key, RULE, 0);
        assert!(!limiter.check(key, Rule { calls: 1, ..RULE }, 0).allowed);
        assert!(limiter.check(key, Rule { calls: 9, ..RULE }, 0).allowed);
    }

    #[test]
    fn expired_windows_are_dropped_by_later_calls() {
        let limiter = Limiter::default();
        for key in 0..10_000 {
            limiter.check(LimitKey::of(&key), RULE, 0);
        }
        assert_eq!(limiter.len(), 10_000);
        for key in 10_000..10_400 {
            limiter.check(LimitKey::of(&key), RULE, SWEEP_EVERY_MS);
        }
        assert_eq!(limiter.len(), 400);
    }

    #[test]
    fn beyond_the_capacity_the_oldest_make_room() {
        let limiter = Limiter::with_capacity(1_600);
        for key in 0..100_000 {
            limiter.check(LimitKey::of(&key), RULE, key / 200);
        }
        assert!(limiter.len() <= 1_600);
        assert!(limiter.len() > 1_000);
        let newest = limiter.check(LimitKey::of(&99_999_i64), RULE, 500);
        assert_eq!(newest.remaining, 1, "the newest key was still known");
        let oldest = limiter.check(LimitKey::of(&0_i64), RULE, 500);
        assert_eq!(oldest.remaining, 2, "the oldest key was forgotten");
    }

    proptest! {
        #[test]
        fn never_more_calls_in_a_window_than_allowed(
            calls in 0_u32..6,
            window_ms in 1_i64..50,
            steps in prop::collection::vec((0_i64..30, 0_u8..3), 0..300),
        ) {
            let limiter = Limiter::default();
            let rule = Rule { calls, window_ms };
            let mut now = 0;
            let mut allowed: BTreeMap<(u8, i64), u32> = BTreeMap::new();
            for (step, who) in steps {
                now += step;
                let verdict = limiter.check(LimitKey::of(&who), rule, now);
                prop_assert!(verdict.reset_at_ms > now && verdict.reset_at_ms <= now + window_ms);
                let count = allowed.entry((who, verdict.reset_at_ms)).or_insert(0);
                *count += u32::from(verdict.allowed);
                prop_assert!(*count <= calls);
                prop_assert_eq!(verdict.remaining, calls - *count);
                if !verdict.allowed {
                    prop_assert_eq!(*count, calls);
                }
            }
            // Windows of one key do not overlap.
            for who in 0..3 {
                let ends: Vec<i64> = allowed.keys().filter(|(key, _)| *key == who).map(|(_, end)| *end).collect();
                prop_assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= window_ms));
            }
        }
    }
}
