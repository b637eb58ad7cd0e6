use super::*;

fn said(declared: i64, valid_until: i64, concern: bool) -> Statement {
    Statement {
        declared: Timestamp::from_seconds(declared),
        valid_until: Timestamp::from_seconds(valid_until),
        concern,
    }
}

/// Each order of the same statements says the same.
fn check(statements: &[Statement], expected: &[(i64, DeclarationState)]) {
    for (at, expected) in expected {
        let at = Timestamp::from_seconds(*at);
        assert_eq!(DeclarationState::at(at, statements), *expected, "{at:?}");
        let backwards = statements.iter().rev();
        assert_eq!(
            DeclarationState::at(at, backwards),
            *expected,
            "{at:?}, backwards"
        );
    }
}

#[test]
fn the_newest_statement_by_then_says_whether_to_ask() {
    let statements = [said(100, 200, false), said(150, 250, true)];
    check(
        &statements,
        &[
            (99, DeclarationState::Missing),
            (100, DeclarationState::Clear),
            (149, DeclarationState::Clear),
            (150, DeclarationState::Concern),
            (249, DeclarationState::Concern),
            (250, DeclarationState::Expired),
        ],
    );
}

#[test]
fn a_short_statement_does_not_cut_a_longer_one_short() {
    let (travel, general) = (said(100, 400, false), said(150, 250, false));
    check(
        &[travel, general],
        &[
            (249, DeclarationState::Clear),
            (250, DeclarationState::Clear),
            (399, DeclarationState::Clear),
            (400, DeclarationState::Expired),
        ],
    );
    // What the shorter, newer one says stays true after its own end.
    let general = said(150, 250, true);
    check(
        &[travel, general],
        &[
            (149, DeclarationState::Clear),
            (150, DeclarationState::Concern),
            (399, DeclarationState::Concern),
            (400, DeclarationState::Expired),
        ],
    );
    // A newer one without a concern is believed, as it always was.
    let (travel, general) = (said(100, 400, true), said(150, 250, false));
    check(
        &[travel, general],
        &[
            (149, DeclarationState::Concern),
            (300, DeclarationState::Clear),
        ],
    );
    check(
        &[said(100, 200, false), said(100, 200, true)],
        &[(100, DeclarationState::Concern)],
    );
}

#[test]
fn what_was_declared_holds_until_the_last_of_it_ends() {
    let t = Timestamp::from_seconds;
    let statements = [said(100, 400, false), said(150, 250, false)];
    let until = |at| declared_until(t(at), &statements);
    assert_eq!(until(99), None);
    assert_eq!(until(150), Some(t(400)));
    assert_eq!(declared_until(t(300), &statements[1..]), Some(t(250)));
}

#[test]
fn each_kind_holds_for_its_own_time() {
    let hours = |kind| Validity::default().of(kind).as_secs() / 3600;
    let of = DeclarationKind::ALL.iter().map(|kind| hours(*kind));
    assert_eq!(of.collect::<Vec<_>>(), [24, 72, 72]);
}
