//! The days that a dashboard shows, and those before that they are compared with.

use gantry_kernel::prelude::*;

/// A day, in milliseconds.
pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;

/// Days, the first and the last included, as numbers since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Days {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Days {
    /// From when, in milliseconds.
    pub(super) const fn from(self) -> i64 {
        self.first * DAY
    }

    /// Until before when, in milliseconds.
    pub(super) const fn until(self) -> i64 {
        (self.last + 1) * DAY
    }
}

/// What a dashboard shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Period {
    /// The days.
    pub(super) now: Days,
    /// As many days and one more, before them.
    pub(super) before: Days,
    /// How many days are shown at most.
    pub(super) length: i64,
    /// The two times, in milliseconds.
    pub(super) times: (i64, i64),
}

impl Period {
    /// The period between two times.
    ///
    /// # Errors
    /// In Meteor's words, if a time is missing or no whole ISO time.
    pub(super) fn between(start: Option<&str>, end: Option<&str>) -> Result<Self> {
        for (name, text) in [("start", start), ("end", end)] {
            if text.is_some_and(|text| exact(text).is_none()) {
                return Err(Error::message(format!(
                    "Match error: Failed Match.Where validation in field {name}"
                )));
            }
        }
        let time = |name: &str, text: Option<&str>| {
            text.and_then(exact).ok_or_else(|| Error::message(format!("Match error: Missing key '{name}'")))
        };
        let (start, end) = (time("start", start)?, time("end", end)?);
        let length = (end - start) / DAY + 1;
        let last = start - DAY;
        Ok(Self {
            now: Days { first: start.div_euclid(DAY), last: end.div_euclid(DAY) },
            before: Days { first: (last - length * DAY).div_euclid(DAY), last: last.div_euclid(DAY) },
            length,
            times: (start, end),
        })
    }
}

/// The one time that a dashboard ends at.
///
/// # Errors
/// In Meteor's words, if it is missing or no whole ISO time.
pub(super) fn until(start: Option<&str>) -> Result<Timestamp> {
    let Some(start) = start else { return Err(Error::message("Match error: Missing key 'start'")) };
    let millis = exact(start)
        .ok_or_else(|| Error::message("Match error: Failed Match.Where validation in field start"))?;
    Ok(Timestamp::from_millis(millis))
}

/// The day of a time and the seven days before it.
pub(super) const fn week_until(until: Timestamp) -> Days {
    let last = until.millis().div_euclid(DAY);
    Days { first: last - 7, last }
}

/// A time as `toISOString` writes it, in milliseconds.
fn exact(text: &str) -> Option<i64> {
    let time = Timestamp::parse_iso(text)?;
    (time.to_iso() == text).then(|| time.millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_compared_with_the_days_before() {
        let period =
            Period::between(Some("1970-01-15T12:00:00.000Z"), Some("1970-01-21T13:00:00.000Z")).unwrap();
        assert_eq!(period.now, Days { first: 14, last: 20 });
        assert_eq!(period.before, Days { first: 6, last: 13 });
        assert_eq!(period.length, 7);
    }

    #[test]
    fn times_are_whole_iso_times() {
        let refused = |start, end| Period::between(start, end).unwrap_err().text();
        let good = Some("1970-01-15T12:00:00.000Z");
        assert_eq!(refused(None, good), "Match error: Missing key 'start'");
        assert_eq!(refused(good, None), "Match error: Missing key 'end'");
        for bad in ["x", "1970-01-15", "1970-01-15T12:00:00Z", "1970-01-15T12:00:00.000+00:00"] {
            assert_eq!(
                refused(good, Some(bad)),
                "Match error: Failed Match.Where validation in field end",
                "{bad}"
            );
        }
    }
}
