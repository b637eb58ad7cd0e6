//! Time-based one-time codes (RFC 6238): six digits, SHA-1, 30 seconds, as every authenticator app
//! speaks them. A code is good one step either side of now, and a step is spent by its first use.

use crate::percent;
use data_encoding::BASE32_NOPAD;
use domain::time::Timestamp;
use rand::Rng as _;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

/// A new secret: 160 random bits.
pub fn new_secret() -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(vec![0; 20]);
    rand::rng().fill_bytes(&mut secret);
    secret
}

/// A secret as people type it: base32.
pub fn base32(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The step of the code that was typed, when it is one of now or a step either side.
pub fn step(secret: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let others = typed
        .chars()
        .any(|c| !c.is_ascii_digit() && !c.is_whitespace());
    if digits.len() != 6 || others {
        return None;
    }
    let now = u64::try_from(now.seconds()).ok()?;
    let step = totp(secret)?.check(&digits, now)?;
    i64::try_from(step).ok()
}

/// The code of a moment, for demonstrations and tests.
pub fn code(secret: &[u8], at: Timestamp) -> String {
    let at = u64::try_from(at.seconds()).unwrap_or_default();
    totp(secret).map_or_else(String::new, |totp| totp.generate(at).to_string())
}

/// The address an authenticator app reads from the square.
pub fn address(secret: &[u8], login: &str) -> String {
    let (name, secret) = (percent::part(login), base32(secret));
    format!(
        "otpauth://totp/vaora:{name}?secret={secret}&issuer=vaora&algorithm=SHA1&digits=6&period=30"
    )
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_the_standard() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code(SECRET, Timestamp::from_seconds(seconds)), expected);
        }
    }

    #[test]
    fn a_code_is_good_one_step_either_side() {
        let at = |seconds| step(SECRET, "081804", Timestamp::from_seconds(seconds));
        let own = 1_111_111_109 / 30;
        for (seconds, expected) in [
            (-31, Some(own)),
            (0, Some(own)),
            (30, Some(own)),
            (61, None),
            (-60, None),
        ] {
            assert_eq!(at(1_111_111_109 + seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them_and_no_further() {
        let now = Timestamp::from_seconds(59);
        assert!(step(SECRET, " 287 082 ", now).is_some());
        for wrong in ["", "28708", "2870820", "28708a2", "-287082", "２８７０８２"] {
            assert_eq!(step(SECRET, wrong, now), None, "{wrong}");
        }
        assert_eq!(step(b"", "287082", now), None);
    }
}
