use super::*;
use crate::card::vectors::{MONDAY, SEED, STRANGER_SEED, at, card as a_card, issuer, keyring};

fn verdict(text: &str) -> (Value, bool, Value) {
    let reading = report(text, &keyring(), at(MONDAY + 100_000));
    assert_eq!(reading.verified, reading.reason.is_none());
    let reading = serde_json::to_value(reading).unwrap();
    (
        reading["kind"].clone(),
        reading["verified"] == json!(true),
        reading["reason"].clone(),
    )
}

#[test]
fn the_words_of_every_kind() {
    let card = a_card().sign(&issuer(&SEED));
    let stranger = a_card().sign(&issuer(&STRANGER_SEED));
    let venue = VenueCode::from_number(7).unwrap().written();
    let cccd = "046090000123|191234567|Nguyễn Văn Thử|15031990|Nam|12 Đường Mẫu|20042021";
    for (text, kind, verified, reason) in [
        (&card[..], "card", true, Value::Null),
        (&stranger, "card", false, json!("unknown_key")),
        (&card[..50], "card", false, json!("unreadable")),
        (&venue, "venue", false, json!("unsigned")),
        (cccd, "cccd", false, json!("unsigned")),
        ("", "unknown", false, json!("unreadable")),
        ("hello", "unknown", false, json!("unreadable")),
    ] {
        assert_eq!(verdict(text), (json!(kind), verified, reason), "{text}");
    }
}

#[test]
fn expiry_is_told_after_the_signature() {
    let text = a_card().sign(&issuer(&SEED));
    let forged = Card {
        scope: 1,
        ..a_card()
    };
    let reason = |text: &str, at| report(text, &keyring(), at).reason;
    assert_eq!(reason(&text, a_card().expires), Some(Reason::Expired));
    let strange = forged.sign(&issuer(&STRANGER_SEED));
    assert_eq!(reason(&strange, a_card().expires), Some(Reason::UnknownKey));
}

#[test]
fn an_empty_keyring_verifies_nothing() {
    let text = a_card().sign(&issuer(&SEED));
    let reading = report(&text, &Keyring::default(), at(MONDAY));
    assert_eq!(reading.reason, Some(Reason::UnknownKey));
    assert_eq!(reading.fields["status_index"], json!(123_456));
}

#[test]
fn fields_are_plain_words() {
    let text = "046090000123||Nguyễn Văn Thử|15031990|Nam|Huế|20042021";
    let fields = report(text, &keyring(), at(MONDAY)).fields;
    assert_eq!(fields["birth"], json!("1990-03-15"));
    assert_eq!(fields["sex"], json!("male"));
    assert_eq!(fields["old_number"], Value::Null);
    let masked = "******000123|NGUYEN VAN THU|1990-**-**|0|163000000000000001|<1<<";
    assert_eq!(
        report(masked, &keyring(), at(MONDAY)).fields["birth"],
        json!("1990")
    );
}
