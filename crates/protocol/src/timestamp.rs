//! Points in time, in milliseconds.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The largest distance from 1970 that a JavaScript `Date` can hold, in milliseconds (about 273,790 years).
pub const MAX_MILLIS: i64 = 8_640_000_000_000_000;

const DAY: i64 = 86_400_000;

/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Always within the range of a JavaScript `Date` (±[`MAX_MILLIS`]), so that every client can read it.
///
/// It serialises as EJSON, `{"$date":ms}`, whatever the format; [`crate::rest`] turns that into an ISO 8601
/// string for REST. It deserialises from EJSON, from ISO 8601 / RFC 3339 text and from plain milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `millis` after (or before, if negative) 1970. Values beyond ±[`MAX_MILLIS`] are clamped to
    /// it; use [`Timestamp::checked_from_millis`] for numbers from outside.
    pub const fn from_millis(millis: i64) -> Self {
        if millis > MAX_MILLIS {
            Self(MAX_MILLIS)
        } else if millis < -MAX_MILLIS {
            Self(-MAX_MILLIS)
        } else {
            Self(millis)
        }
    }

    /// The time `millis` after 1970, or `None` if a JavaScript `Date` cannot hold it.
    pub const fn checked_from_millis(millis: i64) -> Option<Self> {
        if millis > MAX_MILLIS || millis < -MAX_MILLIS { None } else { Some(Self(millis)) }
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time moved by `millis` (negative for earlier), clamped to the allowed range.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// ISO 8601 in UTC with milliseconds, `2026-11-24T19:46:12.123Z`; the form that JavaScript's
    /// `toISOString` gives, including its six-digit signed years outside 0 to 9999.
    pub fn to_iso(self) -> String {
        let mut out = Vec::with_capacity(27);
        self.write_iso(&mut out);
        String::from_utf8(out).expect("ISO 8601 is ASCII")
    }

    /// Appends [`Timestamp::to_iso`] to `out`.
    pub(crate) fn write_iso(self, out: &mut Vec<u8>) {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let in_day = self.0.rem_euclid(DAY);
        if (0..=9999).contains(&year) {
            push_digits(out, year, 4);
        } else {
            out.push(if year < 0 { b'-' } else { b'+' });
            push_digits(out, year.abs(), 6);
        }
        for (before, value, width) in [
            (b'-', month, 2),
            (b'-', day, 2),
            (b'T', in_day / 3_600_000, 2),
            (b':', in_day / 60_000 % 60, 2),
            (b':', in_day / 1000 % 60, 2),
            (b'.', in_day % 1000, 3),
        ] {
            out.push(before);
            push_digits(out, value, width);
        }
        out.push(b'Z');
    }

    /// Reads ISO 8601 / RFC 3339 text: a date alone (midnight UTC) or a date and a time, with or without
    /// seconds and a fraction (cut to milliseconds), with `Z`, an offset such as `+02:00`, or nothing (UTC).
    /// `None` for anything else, for days that do not exist and for times out of range.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let mut input = Cursor { rest: text.as_bytes() };
        let year = input.year()?;
        input.expect(b'-')?;
        let month = input.number(2)?;
        input.expect(b'-')?;
        let day = input.number(2)?;
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        let mut millis = days_from_civil(year, month, day) * DAY;
        if !input.rest.is_empty() {
            input.one_of(b"Tt ")?;
            millis += input.time_of_day()?;
        }
        if input.rest.is_empty() { Self::checked_from_millis(millis) } else { None }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_iso())
    }
}

fn push_digits(out: &mut Vec<u8>, value: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = value / 10_i64.pow(place) % 10;
        out.push(b"0123456789"[digit as usize]);
    }
}

/// Gregorian date (year, month 1 to 12, day 1 to 31) of a day number counted from 1970-01-01.
///
/// Works in 400-year cycles of 146,097 days whose years begin in March, so that a leap day is the last day of
/// its year and needs no special case.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let cycle = days.div_euclid(146_097);
    let day_of_cycle = days.rem_euclid(146_097);
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
    (year, month, day)
}

/// The inverse of [`civil_from_days`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_cycle = 365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    cycle * 146_097 + day_of_cycle - 719_468
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What is left of the text while parsing.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        self.next().filter(|byte| bytes.contains(byte))
    }

    /// Exactly `width` digits.
    fn number(&mut self, width: usize) -> Option<i64> {
        let mut value = 0;
        for _ in 0..width {
            let byte = self.next().filter(u8::is_ascii_digit)?;
            value = value * 10 + i64::from(byte - b'0');
        }
        Some(value)
    }

    fn year(&mut self) -> Option<i64> {
        match self.rest.first()? {
            b'+' => {
                self.next();
                self.number(6)
            }
            b'-' => {
                self.next();
                // ISO 8601 has one year zero, and JavaScript refuses the negative spelling of it too.
                self.number(6).filter(|&year| year != 0).map(|year| -year)
            }
            _ => self.number(4),
        }
    }

    /// Time and offset, as milliseconds to add to midnight UTC.
    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.expect(b':')?;
        let minute = self.number(2)?;
        let mut second = 0;
        let mut fraction = 0;
        if self.rest.first() == Some(&b':') {
            self.next();
            second = self.number(2)?;
            if matches!(self.rest.first(), Some(b'.' | b',')) {
                self.next();
                fraction = self.fraction()?;
            }
        }
        // A leap second counts as the first moment of the next minute, 24:00 as the next day.
        if hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second + fraction > 0) {
            return None;
        }
        let offset_minutes = self.offset()?;
        Some(((hour * 60 + minute - offset_minutes) * 60 + second) * 1000 + fraction)
    }

    /// One digit or more; those after the third are dropped.
    fn fraction(&mut self) -> Option<i64> {
        let mut millis = 100 * self.number(1)?;
        let mut unit = 10;
        while let Some(&byte) = self.rest.first().filter(|byte| byte.is_ascii_digit()) {
            millis += unit * i64::from(byte - b'0');
            unit /= 10;
            self.next();
        }
        Some(millis)
    }

    /// Offset from UTC in minutes.
    fn offset(&mut self) -> Option<i64> {
        if self.rest.is_empty() {
            return Some(0);
        }
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.number(2)?;
        if self.rest.first() == Some(&b':') {
            self.next();
        }
        let minutes = if self.rest.is_empty() { 0 } else { self.number(2)? };
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("$date", &self.0)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TimestampVisitor { inside: false }.deserialize(deserializer)
    }
}

/// Reads a time; `inside` a `{"$date": ...}` no further object is accepted.
struct TimestampVisitor {
    inside: bool,
}

impl<'de> DeserializeSeed<'de> for TimestampVisitor {
    type Value = Timestamp;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as {\"$date\": ms}, ISO 8601 text or milliseconds")
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Timestamp, E> {
        Timestamp::checked_from_millis(millis)
            .ok_or_else(|| E::custom(format_args!("time out of range: {millis}")))
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Timestamp, E> {
        match i64::try_from(millis) {
            Ok(millis) => self.visit_i64(millis),
            Err(_) => Err(E::custom(format_args!("time out of range: {millis}"))),
        }
    }

    fn visit_f64<E: de::Error>(self, millis: f64) -> Result<Timestamp, E> {
        // JavaScript clients compute with doubles: a fraction of a millisecond is dropped. The comparison
        // also refuses NaN, and makes the cast exact.
        if millis.abs() <= MAX_MILLIS as f64 {
            Ok(Timestamp(millis as i64))
        } else {
            Err(E::custom(format_args!("time out of range: {millis}")))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse_iso(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Timestamp, A::Error> {
        if self.inside {
            return Err(de::Error::invalid_type(de::Unexpected::Map, &self));
        }
        match map.next_key::<Cow<'_, str>>()? {
            Some(key) if key == "$date" => {}
            Some(key) => return Err(de::Error::unknown_field(&key, &["$date"])),
            None => return Err(de::Error::missing_field("$date")),
        }
        let time = map.next_value_seed(TimestampVisitor { inside: true })?;
        match map.next_key::<Cow<'_, str>>()? {
            Some(key) => Err(de::Error::unknown_field(&key, &["$date"])),
            None => Ok(time),
        }
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// The REST form, because the schemas describe the REST API.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
