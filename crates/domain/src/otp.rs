//! One-time codes: six digits sent to a phone, which prove that whoever types them holds it.

use std::time::Duration;

/// How long a code is good for.
pub const VALIDITY: Duration = Duration::from_secs(600);
/// How long a code is good for that was fetched beforehand, to be read out at gates: a day's errands.
pub const SPOKEN_VALIDITY: Duration = Duration::from_secs(12 * 3600);
/// How often a code may be typed wrongly before it dies.
pub const TRIES: i32 = 5;
/// How long whoever asked for a code and used up its tries must wait for another.
pub const LOCK: Duration = Duration::from_secs(900);
/// How long to wait before the same code is asked for again.
pub const RESEND: Duration = Duration::from_secs(60);

text_enum! {
    /// What a code proves the phone for; a code of one purpose is nothing to another.
    OtpPurpose {
        /// Signing in, or up.
        SignIn = "sign_in",
        /// Registering a venue.
        RegisterVenue = "register_venue",
        /// Being read out to the attendant of a gate who had it sent.
        Gate = "gate",
        /// Reporting cards lost without signing in.
        Lost = "lost",
        /// Taking somebody into the family who has a phone.
        Member = "member",
        /// Giving a member of a family a phone, and with it the record.
        MemberOwn = "member_own",
        /// Being read out at any gate for half a day: fetched beforehand.
        Spoken = "spoken",
        /// Making the record of this phone and another one's into one.
        Join = "join",
        /// Making them two again.
        Part = "part",
    }
}

impl OtpPurpose {
    /// How long a code of this purpose is good for.
    pub const fn validity(self) -> Duration {
        match self {
            Self::SignIn
            | Self::RegisterVenue
            | Self::Gate
            | Self::Lost
            | Self::Member
            | Self::MemberOwn
            | Self::Join
            | Self::Part => VALIDITY,
            Self::Spoken => SPOKEN_VALIDITY,
        }
    }

    /// Whether a code is right as often as it is read out, until its time has passed.
    pub const fn repeats(self) -> bool {
        matches!(self, Self::Spoken)
    }
}

/// Six digits.
#[derive(Clone, PartialEq, Eq)]
pub struct OtpCode(String);

impl OtpCode {
    /// The code of a random number; every code is as likely as any other as far as `random` is
    /// evenly spread (the rest of 2^64 by a million is beyond measure).
    pub fn from_random(random: u64) -> Self {
        Self(format!("{:06}", random % 1_000_000))
    }

    /// Parses six digits as people type and paste them: spaces and dashes between, full-width
    /// digits too.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let mut digits = String::new();
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                '０'..='９' => digits.push((b'0' + (c as u32 - '０' as u32) as u8) as char),
                ' ' | '\u{a0}' | '-' => {}
                _ => return None,
            }
        }
        (digits.len() == 6).then_some(Self(digits))
    }

    /// The six digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `482 913`, as messages write it.
    pub fn written(&self) -> String {
        format!("{} {}", &self.0[..3], &self.0[3..])
    }
}

impl std::fmt::Debug for OtpCode {
    /// Hidden, so that a log line cannot carry a code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpCode(******)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        for text in [
            "482913",
            "482 913",
            " 482-913 ",
            "４８２９１３",
            "4 8 2 9 1 3",
        ] {
            let code = OtpCode::parse(text).expect("six digits");
            assert_eq!(
                (code.as_str(), code.written().as_str()),
                ("482913", "482 913")
            );
        }
        for text in [
            "",
            "48291",
            "4829131",
            "48291a",
            "482,913",
            &"1".repeat(300),
        ] {
            assert_eq!(OtpCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn codes_keep_their_zeros_and_stay_out_of_logs() {
        let code = OtpCode::from_random(7_000_042);
        assert_eq!(code.as_str(), "000042");
        assert!(!format!("{code:?}").contains("42"));
    }
}
