//! The five-field schedules of cron, in UTC.

use gantry_protocol::Timestamp;

const DAY: i64 = 86_400_000;

/// Minutes, hours, days of the month, months and days of the week on which something runs.
#[derive(Debug, PartialEq)]
pub(super) struct Cron {
    fields: [u64; 5],
    /// Whether days of the month and of the week are both given: then one of them is enough.
    either_day: bool,
}

impl Cron {
    /// Reads `minute hour day month weekday`, each `*`, a number, a range or a list of them, with `/step`. A
    /// sixth field in front (seconds) is not looked at. `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() == 6 {
            parts.remove(0);
        }
        let [minute, hour, day, month, weekday] = parts.try_into().ok()?;
        let mut week = field(weekday, 0, 7)?;
        // Sunday is 0 and 7.
        week |= week >> 7 & 1;
        Some(Self {
            fields: [
                field(minute, 0, 59)?,
                field(hour, 0, 23)?,
                field(day, 1, 31)?,
                field(month, 1, 12)?,
                week,
            ],
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// Whether the minute that begins at `time` is one of the schedule.
    pub(super) fn matches(&self, time: Timestamp) -> bool {
        // `2026-11-24T22:30:00.000Z`
        let iso = time.to_iso();
        let number =
            |at: usize| iso.get(at..at + 2).and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0);
        // 1970 began on a Thursday.
        let weekday = u64::try_from((time.millis().div_euclid(DAY) + 4).rem_euclid(7)).unwrap_or(0);
        let now = [number(14), number(11), number(8), number(5), weekday];
        let [minute, hour, day, month, week] = std::array::from_fn(|n| self.fields[n] >> now[n] & 1 == 1);
        minute && hour && month && if self.either_day { day || week } else { day && week }
    }
}

/// The numbers of one field, as bits.
fn field(text: &str, first: u32, last: u32) -> Option<u64> {
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (first, last),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None => {
                let only = range.parse().ok()?;
                (only, if step.is_some() { last } else { only })
            }
        };
        if from < first || to > last || from > to {
            return None;
        }
        for number in (from..=to).step_by(step.unwrap_or(1) as usize) {
            bits |= 1 << number;
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(cron: &str, time: &str) -> bool {
        Cron::parse(cron).unwrap().matches(Timestamp::parse_iso(time).unwrap())
    }

    #[test]
    fn fields_are_numbers_ranges_lists_and_steps() {
        assert!(runs("*/30 * * * *", "2026-11-24T22:30:00.000Z"));
        assert!(!runs("*/30 * * * *", "2026-11-24T22:29:00.000Z"));
        assert!(runs("0 */6 * * *", "2026-11-24T18:00:00.000Z"));
        assert!(!runs("0 */6 * * *", "2026-11-24T19:00:00.000Z"));
        assert!(runs("5,10-12 1 * 11 *", "2026-11-24T01:11:00.000Z"));
        assert!(runs("0 5 0 * * *", "2026-11-24T00:05:00.000Z"), "seconds in front are left out");
    }

    #[test]
    fn days_of_the_week_begin_with_sunday_and_either_kind_of_day_is_enough() {
        // A Tuesday.
        assert!(runs("0 0 * * 2", "2026-11-24T00:00:00.000Z"));
        assert!(!runs("0 0 * * 7", "2026-11-24T00:00:00.000Z"));
        assert!(runs("0 0 * * 7", "2026-11-22T00:00:00.000Z"));
        assert!(runs("0 0 1 * 2", "2026-11-24T00:00:00.000Z"));
        assert!(!runs("0 0 1 * 3", "2026-11-24T00:00:00.000Z"));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in ["", "* * * *", "60 * * * *", "*/0 * * * *", "a * * * *", "5-1 * * * *", "* 24 * * *"] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }
}
