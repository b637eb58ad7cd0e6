//! A phone's key: with it a holder's phone shows a code that changes every half minute.
//!
//! The phone keeps the secret half and cannot give it away. A credential of the issuer ties the public half to one card,
//! and the code of a moment is the credential with the phone's own signature over the time.

use crate::time::Timestamp;
use std::time::Duration;

/// How long one code is shown.
pub const STEP: Duration = Duration::from_secs(30);

/// How many steps a code may be away from its reading: one on either side, so that neither a change between showing and
/// reading nor two clocks that differ a little refuse anybody.
pub const STEPS_BESIDE: i64 = 1;

/// How long a credential is valid, at most; never longer than its card.
pub const CREDENTIAL_VALIDITY: Duration = Duration::from_secs(30 * 86_400);

/// How many phones of one person show codes at the same time.
pub const MOST: usize = 3;

/// The SHA-256 of a phone's public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PhoneKeyHash(pub [u8; 32]);

/// What a phone's code says beside the card: which phone showed it, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhoneCode {
    /// Whose signature it bears.
    pub key: PhoneKeyHash,
    /// Half minutes since 1970.
    pub step: u32,
}

impl PhoneCode {
    /// The step of an instant.
    pub const fn step_at(at: Timestamp) -> i64 {
        at.seconds().div_euclid(STEP.as_secs() as i64)
    }

    /// Whether the code was being shown when it was read: a picture of it is of no use a minute later.
    pub const fn live_at(self, at: Timestamp) -> bool {
        (Self::step_at(at) - self.step as i64).abs() <= STEPS_BESIDE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_lives_for_its_step_and_one_on_either_side() {
        let code = PhoneCode {
            key: PhoneKeyHash([0; 32]),
            step: 1000,
        };
        let live = |millis| code.live_at(Timestamp::from_millis(millis));
        let (from, until) = (999 * 30_000, 1002 * 30_000);
        assert!(live(from) && live(until - 1));
        assert!(!live(from - 1) && !live(until));
        assert!(!live(0) && !live(-30_000 * 1000));
    }
}
