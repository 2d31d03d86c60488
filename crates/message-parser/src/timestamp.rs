//! `<t:1630360800:R>`: points in time that clients show in their zone.

use crate::ast::{Inline, SourceRange, Timestamp};
use crate::parser::{Parser, Sink};

const DEFAULT_FORMAT: char = 't';
const SECONDS_PER_DAY: i64 = 86_400;
/// Days on either side of 1970 in which JavaScript has dates.
const MAX_DAY: i64 = 100_000_000;

/// A point in time as it was written.
enum Moment {
    /// Ten digits of seconds since 1970.
    Unix,
    Date {
        day: i64,
        clock: Clock,
    },
    /// A time of today.
    Time(Clock),
}

/// A time of day; the zone in minutes. `None` where a field is out of range.
struct Clock {
    milliseconds: Option<i64>,
    zone: Option<Option<i64>>,
}

/// A timestamp that was found.
struct Found {
    moment: Moment,
    date_end: usize,
    format: char,
    end: usize,
}

impl Parser<'_> {
    pub(crate) fn timestamp(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let found = self.timestamp_at(pos)?;
        out.push(|| {
            let timestamp = match &found.moment {
                Moment::Unix => self.src.slice(pos + 3, found.date_end).to_owned(),
                Moment::Date { day, clock } => clock.seconds(*day, Some(0)).to_string(),
                // Without a zone the reference parser makes no date of it.
                Moment::Time(clock) => clock.seconds(today(self.options.now_ms), None).to_string(),
            };
            let fallback = SourceRange(self.src.utf16(pos), self.src.utf16(found.end));
            Inline::Timestamp { value: Timestamp { timestamp, format: found.format }, fallback }
        });
        Some(found.end)
    }

    /// `\<t:...>`: the timestamp's source.
    pub(crate) fn escaped_timestamp(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if !self.src.is(pos, b'\\') {
            return None;
        }
        let found = self.timestamp_at(pos + 1)?;
        out.text(self.src.slice(pos + 1, found.end));
        Some(found.end)
    }

    fn timestamp_at(&self, pos: usize) -> Option<Found> {
        if !self.src.has(pos, "<t:") {
            return None;
        }
        let from = pos + 3;
        let (moment, date_end) = self
            .fixed_digits(from, 10)
            .map(|_| (Moment::Unix, from + 10))
            .or_else(|| self.date(from))
            .or_else(|| self.time(from).map(|(clock, end)| (Moment::Time(clock), end)))?;
        if self.src.is(date_end, b'>') {
            return Some(Found { moment, date_end, format: DEFAULT_FORMAT, end: date_end + 1 });
        }
        let format = char::from(self.src.byte(date_end + 1)?);
        let is_format = matches!(format, 't' | 'T' | 'd' | 'D' | 'f' | 'F' | 'R');
        if !is_format || !self.src.is(date_end, b':') || !self.src.is(date_end + 2, b'>') {
            return None;
        }
        Some(Found { moment, date_end, format, end: date_end + 3 })
    }

    /// The number of exactly `count` digits at `pos`.
    fn fixed_digits(&self, pos: usize, count: usize) -> Option<i64> {
        (pos..pos + count).try_fold(0, |number, at| {
            let digit = self.src.byte(at).filter(u8::is_ascii_digit)? - b'0';
            Some(number * 10 + i64::from(digit))
        })
    }

    fn after(&self, pos: usize, byte: u8) -> Option<usize> {
        self.src.is(pos, byte).then_some(pos + 1)
    }

    /// `2025-07-22T10:00:00`, with milliseconds and zone if need be.
    fn date(&self, pos: usize) -> Option<(Moment, usize)> {
        let year = self.fixed_digits(pos, 4)?;
        let at = self.after(pos + 4, b'-')?;
        let month = self.fixed_digits(at, 2)?;
        let at = self.after(at + 2, b'-')?;
        let day = self.fixed_digits(at, 2)?;
        let at = self.after(at + 2, b'T')?;
        let (hours, minutes, at) = self.hours_and_minutes(at)?;
        let at = self.after(at, b':')?;
        let seconds = self.fixed_digits(at, 2)?;
        let at = at + 2;
        let fraction = self.after(at, b'.').and_then(|at| self.fixed_digits(at, 3));
        let at = if fraction.is_some() { at + 4 } else { at };
        let (zone, end) = self.zone(at);
        let clock = Clock { milliseconds: of_day(hours, minutes, seconds, fraction.unwrap_or(0)), zone };
        let day = days_since_1970(year, month, day).unwrap_or(i64::MIN);
        Some((Moment::Date { day, clock }, end))
    }

    /// `10:00:00` or `10:00`, with a zone if need be.
    fn time(&self, pos: usize) -> Option<(Clock, usize)> {
        let (hours, minutes, at) = self.hours_and_minutes(pos)?;
        let seconds = self.after(at, b':').and_then(|at| self.fixed_digits(at, 2));
        let at = if seconds.is_some() { at + 3 } else { at };
        let (zone, end) = self.zone(at);
        Some((Clock { milliseconds: of_day(hours, minutes, seconds.unwrap_or(0), 0), zone }, end))
    }

    fn hours_and_minutes(&self, pos: usize) -> Option<(i64, i64, usize)> {
        let hours = self.fixed_digits(pos, 2)?;
        let at = self.after(pos + 2, b':')?;
        Some((hours, self.fixed_digits(at, 2)?, at + 2))
    }

    /// `+02:00`: minutes, and where it ends.
    fn zone(&self, pos: usize) -> (Option<Option<i64>>, usize) {
        let sign = match self.src.byte(pos) {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return (None, pos),
        };
        let Some((hours, minutes, end)) = self.hours_and_minutes(pos + 1) else { return (None, pos) };
        let in_range = hours < 24 && minutes < 60;
        (Some(in_range.then_some(sign * (hours * 60 + minutes))), end)
    }
}

impl Clock {
    /// Seconds since 1970 as a 32-bit number, 0 for what is no date.
    fn seconds(&self, day: i64, default_zone: Option<i64>) -> i32 {
        let zone = self.zone.unwrap_or(default_zone);
        let (Some(milliseconds), Some(zone), true) = (self.milliseconds, zone, day != i64::MIN) else {
            return 0;
        };
        let seconds = (day * SECONDS_PER_DAY * 1000 + milliseconds - zone * 60_000) / 1000;
        seconds as i32
    }
}

fn today(now_ms: i64) -> i64 {
    now_ms.div_euclid(SECONDS_PER_DAY * 1000).clamp(-MAX_DAY, MAX_DAY)
}

/// Milliseconds since midnight, which also ends the day as 24:00.
fn of_day(hours: i64, minutes: i64, seconds: i64, milliseconds: i64) -> Option<i64> {
    let in_day = hours < 24 || (hours == 24 && minutes == 0 && seconds == 0 && milliseconds == 0);
    (in_day && minutes < 60 && seconds < 60)
        .then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds)
}

/// Days from 1970-01-01. A day beyond the end of its month (up to 31) counts on
/// into the next.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years start in March, so that a leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_before_month = (153 * month + 2) / 5;
    Some(year * 365 + leap_days + days_before_month + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::{days_since_1970, of_day};

    #[test]
    fn days_count_from_1970() {
        assert_eq!(days_since_1970(1970, 1, 1), Some(0));
        assert_eq!(days_since_1970(2000, 3, 1), Some(11_017));
        assert_eq!(days_since_1970(2025, 2, 30), days_since_1970(2025, 3, 2));
        assert_eq!(days_since_1970(2025, 13, 1), None);
    }

    #[test]
    fn a_day_may_end_at_24() {
        assert_eq!(of_day(24, 0, 0, 0), Some(86_400_000));
        assert_eq!(of_day(24, 0, 1, 0), None);
    }
}
