//! Times survive every encoding, and clients of either kind read the same moment.

use gantry_protocol::timestamp::MAX_MILLIS;
use gantry_protocol::{Timestamp, rest};
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        -MAX_MILLIS..=MAX_MILLIS,
        // Around today, and around the ends of the four-digit years.
        0..4_102_444_800_000_i64,
        -62_167_219_201_000..-62_167_219_199_000_i64,
        253_402_300_799_000..253_402_300_801_000_i64,
    ]
    .prop_map(Timestamp::from_millis)
}

fn read(value: Value) -> Option<Timestamp> {
    serde_json::from_value(value).ok()
}

proptest! {
    #[test]
    fn every_encoding_reads_back(time in any_time()) {
        let millis = time.millis();
        prop_assert_eq!(Timestamp::parse_iso(&time.to_iso()), Some(time));
        prop_assert_eq!(read(serde_json::to_value(time).unwrap()), Some(time));
        prop_assert_eq!(read(json!(time.to_iso())), Some(time));
        prop_assert_eq!(read(json!(millis)), Some(time));
        prop_assert_eq!(read(json!(millis as f64)), Some(time));
        prop_assert_eq!(read(json!({ "$date": time.to_iso() })), Some(time));
        let rest: Timestamp = serde_json::from_slice(&rest::to_vec(&time).unwrap()).unwrap();
        prop_assert_eq!(rest, time);
    }

    #[test]
    fn iso_text_sorts_like_the_time(a in 0..253_402_300_800_000_i64, b in 0..253_402_300_800_000_i64) {
        let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));
        prop_assert_eq!(a.cmp(&b), a.to_iso().cmp(&b.to_iso()));
    }

    #[test]
    fn an_offset_moves_the_time_the_other_way(time in 0..253_402_300_800_000_i64, minutes in -1439..1440_i64) {
        let local = Timestamp::from_millis(time).to_iso();
        let local = local.strip_suffix('Z').unwrap();
        let sign = if minutes < 0 { '-' } else { '+' };
        let text = format!("{local}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        prop_assert_eq!(Timestamp::parse_iso(&text), Some(Timestamp::from_millis(time - minutes * 60_000)));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,40}", digits in "[-+0-9TZ:. ]{0,40}") {
        let _ = Timestamp::parse_iso(&text);
        let _ = Timestamp::parse_iso(&digits);
    }
}

#[test]
fn known_moments() {
    for (millis, iso) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_795_549_572_123, "2026-11-24T19:46:12.123Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (MAX_MILLIS, "+275760-09-13T00:00:00.000Z"),
        (-MAX_MILLIS, "-271821-04-20T00:00:00.000Z"),
    ] {
        assert_eq!(Timestamp::from_millis(millis).to_iso(), iso);
        assert_eq!(Timestamp::parse_iso(iso).map(Timestamp::millis), Some(millis), "{iso}");
    }
}

#[test]
fn shorter_and_longer_spellings_are_read() {
    let at = |text| Timestamp::parse_iso(text).map(|time| time.to_iso());
    let moment = Some("2026-11-24T19:46:12.000Z".to_owned());
    assert_eq!(at("2026-11-24T19:46:12Z"), moment);
    assert_eq!(at("2026-11-24t19:46:12z"), moment);
    assert_eq!(at("2026-11-24 19:46:12"), moment);
    assert_eq!(at("2026-11-24T21:46:12+02:00"), moment);
    assert_eq!(at("2026-11-24T21:46:12+0200"), moment);
    assert_eq!(at("2026-11-24T21:46:12+02"), moment);
    assert_eq!(at("2026-11-24"), Some("2026-11-24T00:00:00.000Z".to_owned()));
    assert_eq!(at("2026-11-24T19:46Z"), Some("2026-11-24T19:46:00.000Z".to_owned()));
    assert_eq!(at("2026-11-24T19:46:12.1Z"), Some("2026-11-24T19:46:12.100Z".to_owned()));
    assert_eq!(at("2026-11-24T19:46:12.123987654Z"), Some("2026-11-24T19:46:12.123Z".to_owned()));
    assert_eq!(at("2026-11-24T24:00:00Z"), Some("2026-11-25T00:00:00.000Z".to_owned()));
    assert_eq!(at("2026-12-31T23:59:60Z"), Some("2027-01-01T00:00:00.000Z".to_owned()));
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-11-24T",
        "2026-11-24T25:00Z",
        "2026-11-24T24:00:01Z",
        "2026-11-24T19:60Z",
        "2026-11-24T19:46:61Z",
        "2026-11-24T19:46:12.Z",
        "2026-11-24T19:46:12Z ",
        "2026-11-24T19:46:12+24:00",
        "-000000-01-01",
        "+275760-09-13T00:00:00.001Z",
        "Tue Nov 24 2026",
        "2026-11-24T19:46:12.123Zé",
    ] {
        assert_eq!(Timestamp::parse_iso(text), None, "{text:?}");
    }
    for value in [
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!(MAX_MILLIS + 1),
        json!(-MAX_MILLIS - 1),
        json!(u64::MAX),
        json!(1e300),
        json!({ "$date": null }),
        json!({ "$date": { "$date": 1 } }),
        json!({ "$date": 1, "more": 2 }),
        json!({ "date": 1 }),
    ] {
        assert_eq!(read(value.clone()), None, "{value}");
    }
}

#[test]
fn a_fraction_of_a_millisecond_is_dropped() {
    assert_eq!(
        read(json!({ "$date": 1_795_549_572_123.9 })),
        Some(Timestamp::from_millis(1_795_549_572_123))
    );
}

#[test]
fn computing_stays_in_range() {
    assert_eq!(Timestamp::from_millis(i64::MAX).millis(), MAX_MILLIS);
    assert_eq!(Timestamp::from_millis(i64::MIN).millis(), -MAX_MILLIS);
    assert_eq!(Timestamp::from_millis(1).plus_millis(i64::MAX).millis(), MAX_MILLIS);
    assert_eq!(Timestamp::checked_from_millis(MAX_MILLIS + 1), None);
}

#[test]
fn the_schema_is_that_of_the_rest_api() {
    let schema = schemars::schema_for!(Timestamp);
    assert_eq!(schema.get("type"), Some(&json!("string")));
    assert_eq!(schema.get("format"), Some(&json!("date-time")));
}
