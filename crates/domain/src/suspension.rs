//! A venue's suspension: why an office lets nobody enter, and how long its owners' appeal may wait.
//!
//! In Hà Nội in 2021 a place that was reminded more than three times was suspended by its commune until things were mended.
//! The office decides; how often it reminded is shown to it.

use crate::time::{Timestamp, Zone};
use crate::unit::{UnitCode, UnitPath};
use crate::working_day;

/// The longest text of an office or an owner, in characters.
pub const MOST_WORDS: usize = 2000;
/// Within how many working days an appeal is answered: as many as a request, by a choice of ours. The thirty days of Luật Khiếu
/// nại 2011, article 28, are too long for a place that may let nobody in.
pub const ANSWERED_WITHIN: u8 = 2;

text_enum! {
    /// Which rule was broken.
    SuspensionReason {
        /// People come and go without being recorded.
        NotRecording = "not_recording",
        /// More people are inside than may be, or they stand too close.
        Crowded = "crowded",
        /// Masks, disinfection or screening are missing.
        Precautions = "precautions",
        /// Such places may not be open at this time.
        Barred = "barred",
        /// Another; the office's words say which.
        Other = "other",
    }
}

text_enum! {
    /// What an office says in the end, to an appeal or by itself.
    Verdict {
        /// People may enter again, as far as this office is concerned.
        Lift = "lift",
        /// It stays suspended, in answer to the owners.
        Keep = "keep",
    }
}

/// Whether an office answers for an order over a venue: it gave it, or stands above the one that did.
pub fn answers(office: &UnitCode, order: &UnitCode, venue: &UnitPath) -> bool {
    let depth = |code: &UnitCode| venue.0.iter().position(|one| one == code);
    depth(office)
        .zip(depth(order))
        .is_some_and(|(own, by)| own <= by)
}

/// What somebody wrote, without blanks around it; nothing when it is too long.
pub fn words(text: &str) -> Option<String> {
    let text = text.trim().replace("\r\n", "\n");
    (text.chars().count() <= MOST_WORDS).then_some(text)
}

/// Until when an appeal that was made at an instant is to be answered.
pub fn due(appealed: Timestamp, zone: Zone) -> Timestamp {
    working_day::due(appealed, ANSWERED_WITHIN, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_bound_that_counts_letters() {
        let most = "ữ".repeat(MOST_WORDS);
        assert_eq!(words(&format!("  {most}\r\n")), Some(most.clone()));
        assert_eq!(words(&format!("{most}a")), None);
        assert_eq!(words("một\r\nhai"), Some("một\nhai".to_owned()));
    }

    #[test]
    fn an_office_answers_for_itself_and_those_below_it() {
        let code = |text| UnitCode::parse(text).expect("a code");
        let venue = UnitPath(["VN", "46", "19753"].map(code).to_vec());
        let answers = |office, order| answers(&code(office), &code(order), &venue);
        assert!(answers("46", "46") && answers("46", "19753") && answers("VN", "19753"));
        assert!(!answers("19753", "46"));
        assert!(!answers("19774", "19753") && !answers("46", "19774"));
    }

    #[test]
    fn an_appeal_of_friday_is_due_when_tuesday_ends() {
        let at = |text| Timestamp::parse_rfc3339(text).expect("a time");
        let due = due(at("2026-11-13T09:00:00+07:00"), Zone::VIETNAM);
        assert_eq!(due, at("2026-11-18T00:00:00+07:00"));
    }
}
