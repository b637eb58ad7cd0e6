use super::*;
use crate::ids::VenueId;
use std::slice::from_ref;
use uuid::Uuid;

fn t(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("{}:00+07:00", text.replace(' ', "T"))).expect("a time")
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn path() -> UnitPath {
    let codes = ["VN", "46", "19753"];
    UnitPath(
        codes
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

fn here(unit: &UnitPath) -> Here<'_> {
    Here {
        venue: VenueId(Uuid::from_u128(7)),
        kind: VenueKind::Market,
        unit,
    }
}

/// A market permit for September 2026.
fn permit(days: &str, hours: &str) -> Permit {
    Permit {
        kind: PermitKind::Market,
        from: day("2026-09-01"),
        until: day("2026-09-30"),
        hours: OpeningHours::parse(hours).expect("hours"),
        days: PermitDays::parse(days).expect("days"),
        place: PermitPlace::Any,
        issued: t("2026-09-01 00:00"),
        ended: None,
    }
}

fn check(permit: &Permit, at: &str, expected: Result<(), PermitGap>) {
    let path = path();
    let found = permit.covers(t(at), &here(&path), Zone::VIETNAM);
    assert_eq!(found, expected, "{permit:?} at {at}");
}

#[test]
fn even_and_odd_follow_the_date_of_the_month_in_viet_nam() {
    let (even, odd) = (permit("even", "06:00-11:00"), permit("odd", "06:00-11:00"));
    for (at, on_even, on_odd) in [
        ("2026-09-02 06:00", Ok(()), Err(PermitGap::Day)),
        ("2026-09-02 10:59", Ok(()), Err(PermitGap::Day)),
        (
            "2026-09-02 11:00",
            Err(PermitGap::Hour),
            Err(PermitGap::Day),
        ),
        (
            "2026-09-02 05:59",
            Err(PermitGap::Hour),
            Err(PermitGap::Day),
        ),
        // Still the 2nd in Greenwich.
        ("2026-09-03 06:30", Err(PermitGap::Day), Ok(())),
    ] {
        check(&even, at, on_even);
        check(&odd, at, on_odd);
    }
}

#[test]
fn two_odd_days_follow_each_other_after_a_31st() {
    let odd = PermitDays::Odd;
    assert!(odd.has(day("2026-08-31")) && odd.has(day("2026-09-01")));
    assert!(!PermitDays::Even.has(day("2026-08-31")));
}

#[test]
fn a_night_shift_belongs_to_the_day_on_which_it_began() {
    let night = permit("even", "22:00-06:00");
    check(&night, "2026-09-02 22:00", Ok(()));
    check(&night, "2026-09-03 05:59", Ok(()));
    check(&night, "2026-09-03 06:00", Err(PermitGap::Day));
    check(&night, "2026-09-03 22:30", Err(PermitGap::Day));
    check(&night, "2026-09-04 02:00", Err(PermitGap::Day));
    check(&night, "2026-09-04 21:59", Err(PermitGap::Hour));
    // The last night ends on the morning after the last day, the first begins on the evening of the first.
    check(&night, "2026-10-01 05:59", Ok(()));
    check(&night, "2026-10-01 06:00", Err(PermitGap::NotValid));
    let every = permit("every", "22:00-06:00");
    check(&every, "2026-09-01 02:00", Err(PermitGap::NotValid));
    check(&every, "2026-09-01 22:00", Ok(()));
}

#[test]
fn days_of_the_week_are_the_shifts_own() {
    // 7 September 2026 is a Monday.
    let week = permit("week:15", "22:00-06:00");
    check(&week, "2026-09-07 23:00", Ok(()));
    check(&week, "2026-09-08 03:00", Ok(()));
    check(&week, "2026-09-08 23:00", Err(PermitGap::Day));
    check(&week, "2026-09-12 05:00", Ok(()));
    check(&week, "2026-09-13 05:00", Err(PermitGap::Day));
}

#[test]
fn round_the_clock_is_the_whole_of_its_days() {
    let duty = permit("every", "00:00-24:00");
    check(&duty, "2026-08-31 23:59", Err(PermitGap::NotValid));
    check(&duty, "2026-09-01 00:00", Ok(()));
    check(&duty, "2026-09-30 23:59", Ok(()));
    check(&duty, "2026-10-01 00:00", Err(PermitGap::NotValid));
}

#[test]
fn nothing_is_covered_that_was_before_it_was_issued() {
    let late = Permit {
        issued: t("2026-09-10 08:00"),
        ..permit("every", "00:00-24:00")
    };
    check(&late, "2026-09-10 07:59", Err(PermitGap::NotValid));
    check(&late, "2026-09-10 08:00", Ok(()));
    let night = permit("every", "22:00-06:00");
    let zone = Zone::VIETNAM;
    assert!(!night.begun(t("2026-09-01 05:59"), zone) && night.begun(t("2026-09-01 06:00"), zone));
}

#[test]
fn an_end_counts_from_its_instant() {
    let ended = Permit {
        ended: Some(t("2026-09-10 08:00")),
        ..permit("every", "00:00-00:00")
    };
    check(&ended, "2026-09-10 07:59", Ok(()));
    check(&ended, "2026-09-10 08:00", Err(PermitGap::NotValid));
    let zone = Zone::VIETNAM;
    assert!(!ended.over(t("2026-09-10 07:59"), zone) && ended.over(t("2026-09-10 08:00"), zone));
    let night = permit("every", "22:00-06:00");
    assert!(!night.over(t("2026-10-01 05:59"), zone) && night.over(t("2026-10-01 06:00"), zone));
}

#[test]
fn places_hold_at_and_below_them() {
    let path = path();
    for (place, holds) in [
        ("any", true),
        ("unit:VN", true),
        ("unit:46", true),
        ("unit:19753", true),
        ("unit:19750", false),
        ("kind:market", true),
        ("kind:factory", false),
        ("venue:00000000-0000-0000-0000-000000000007", true),
        ("venue:00000000-0000-0000-0000-000000000008", false),
    ] {
        let place = PermitPlace::parse(place).expect("a place");
        assert_eq!(place.holds(&here(&path)), holds, "{place}");
        assert_eq!(PermitPlace::parse(&place.to_string()), Some(place));
    }
    for wrong in ["", "here", "unit:", "kind:moon", "venue:7", "any:1"] {
        assert_eq!(PermitPlace::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn days_are_read_as_they_are_written() {
    for text in ["every", "even", "odd", "week:1", "week:1234567"] {
        let days = PermitDays::parse(text).expect("days");
        assert_eq!(days.to_string(), text);
    }
    for wrong in ["", "week:", "week:0", "week:8", "week:a", "Even"] {
        assert_eq!(PermitDays::parse(wrong), None, "{wrong}");
    }
}

fn demand(kind: Option<PermitKind>, place: PermitPlace, lacking: Lacking) -> PermitDemand {
    PermitDemand {
        unit: UnitCode::parse("46").expect("a code"),
        place,
        kind,
        from: day("2026-09-02"),
        lacking,
    }
}

fn unmet(demands: &[PermitDemand], held: &[Permit], at: &str) -> Vec<(Lacking, Reason)> {
    let path = path();
    let facts = PermitFacts {
        here: here(&path),
        demands,
        held,
    };
    facts.unmet(t(at), Zone::VIETNAM)
}

#[test]
fn nothing_is_demanded_before_its_day_nor_elsewhere() {
    let market = demand(
        Some(PermitKind::Market),
        PermitPlace::Kind(VenueKind::Market),
        Lacking::Refer,
    );
    let lacks = vec![(Lacking::Refer, Reason::PermitMissing)];
    assert_eq!(unmet(&[], &[], "2026-09-02 07:00"), []);
    assert_eq!(unmet(from_ref(&market), &[], "2026-09-01 23:59"), []);
    assert_eq!(unmet(from_ref(&market), &[], "2026-09-02 00:00"), lacks);
    let factory = PermitDemand {
        place: PermitPlace::Kind(VenueKind::Factory),
        ..market.clone()
    };
    let other = PermitDemand {
        unit: UnitCode::parse("48").expect("a code"),
        ..market
    };
    let venue = |n| PermitDemand {
        place: PermitPlace::Venue(VenueId(Uuid::from_u128(n))),
        ..factory.clone()
    };
    assert_eq!(unmet(&[venue(8)], &[], "2026-09-02 07:00"), []);
    assert_eq!(unmet(&[venue(7)], &[], "2026-09-02 07:00"), lacks);
    assert_eq!(unmet(&[factory, other], &[], "2026-09-02 07:00"), []);
}

#[test]
fn one_permit_that_covers_suffices_and_else_the_nearest_says_why() {
    let market = [demand(
        Some(PermitKind::Market),
        PermitPlace::Any,
        Lacking::Refuse,
    )];
    let (even, odd) = (permit("even", "06:00-11:00"), permit("odd", "06:00-11:00"));
    let duty = Permit {
        kind: PermitKind::Duty,
        ..permit("every", "00:00-00:00")
    };
    let both = [odd.clone(), even.clone()];
    assert_eq!(unmet(&market, &both, "2026-09-04 07:00"), []);
    let why = |held: &[Permit], at| unmet(&market, held, at).first().map(|one| one.1);
    assert_eq!(
        why(&[odd], "2026-09-04 07:00"),
        Some(Reason::PermitOtherDay)
    );
    assert_eq!(
        why(&both, "2026-09-04 12:00"),
        Some(Reason::PermitOtherHour)
    );
    assert_eq!(
        why(from_ref(&duty), "2026-09-04 07:00"),
        Some(Reason::PermitMissing)
    );
    assert_eq!(
        why(&[even], "2026-10-04 07:00"),
        Some(Reason::PermitNotValid)
    );
    let any = [demand(None, PermitPlace::Any, Lacking::Refer)];
    assert_eq!(unmet(&any, &[duty], "2026-09-04 07:00"), []);
}

#[test]
fn every_demand_counts() {
    let demands = [
        demand(Some(PermitKind::Market), PermitPlace::Any, Lacking::Refer),
        demand(Some(PermitKind::Duty), PermitPlace::Any, Lacking::Refuse),
    ];
    let held = [permit("every", "00:00-00:00")];
    let lacks = vec![(Lacking::Refuse, Reason::PermitMissing)];
    assert_eq!(unmet(&demands, &held, "2026-09-04 07:00"), lacks);
}
