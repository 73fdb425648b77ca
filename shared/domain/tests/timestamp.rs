//! Moments in time.

mod common;
use common::{noon, read};
use domain::timestamp::Timestamp;
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

/// From year 0 to 9999.
fn moment() -> impl Strategy<Value = OffsetDateTime> {
    (-62_167_219_200..253_402_300_800_i64, 0..1_000_000_000_i64)
        .prop_map(|(seconds, nanos)| OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds) + Duration::nanoseconds(nanos))
}

#[test]
fn a_moment_is_written_in_utc_to_the_millisecond() {
    for (typed, kept) in [
        ("2026-11-23T14:05:06.789987654Z", "2026-11-23T14:05:06.789Z"),
        ("2026-11-23T14:05:06+02:00", "2026-11-23T12:05:06.000Z"),
        ("2026-11-23t14:05:06.7z", "2026-11-23T14:05:06.700Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(read::<Timestamp>(typed).to_string(), kept);
    }
}

#[test]
fn what_is_no_moment_is_refused() {
    for typed in ["", "today", "2026-11-23", "2026-02-29T00:00:00Z", "2026-11-23T25:00:00Z", "-001-01-01T00:00:00Z"] {
        assert!(typed.parse::<Timestamp>().is_err(), "{typed:?}");
        assert!(serde_json::from_value::<Timestamp>(typed.into()).is_err(), "{typed:?}");
    }
}

#[test]
fn a_moment_outside_the_years_of_utc_is_refused() {
    for typed in ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"] {
        assert!(typed.parse::<Timestamp>().is_err(), "{typed:?}");
    }
}

#[test]
fn a_moment_is_shown_to_people() {
    let moment: Timestamp = read("2026-11-03T04:05:06Z");
    assert_eq!(moment.date(), "3 November 2026");
    assert_eq!(moment.date_and_time(), "3 November 2026, 04:05 UTC");
}

#[test]
fn time_goes_on() {
    assert_eq!(noon().plus_days(30), read("2026-12-23T12:00:00Z"));
    assert_eq!(noon().plus_seconds(-1), read("2026-11-23T11:59:59Z"));
    assert_eq!(noon().plus_seconds(1).unix() - noon().unix(), 1);
    assert_eq!(noon().get().unix_timestamp(), noon().unix());
}

proptest! {
    #[test]
    fn texts_sort_as_the_moments_do(a in moment(), b in moment(), close in 0..2_000_000_000_i64) {
        let [a, b, c] = [a, b, a.saturating_add(Duration::nanoseconds(close))].map(Timestamp::new);
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        prop_assert_eq!(a.cmp(&c), a.to_string().cmp(&c.to_string()));
    }

    #[test]
    fn any_moment_reads_back_the_same(moment in moment()) {
        let moment = Timestamp::new(moment);
        prop_assert_eq!(moment.to_string().len(), 24);
        prop_assert_eq!(moment.to_string().parse::<Timestamp>().ok(), Some(moment));
        let json = serde_json::to_string(&moment).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), moment);
    }

    #[test]
    fn any_typed_moment_is_refused_or_reads_back_the_same(
        typed in r"(0000|2024|9999)-(01-01|12-31)T(00|23):[0-5]9:(59|60)(\.[0-9]{1,12})?(Z|[+-][01][0-9]:[0-5]0)|\PC{0,30}",
    ) {
        if let Ok(moment) = typed.parse::<Timestamp>() {
            prop_assert_eq!(moment.to_string().parse::<Timestamp>().ok(), Some(moment));
        }
    }
}
