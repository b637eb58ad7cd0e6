//! Deciding at a gate that cannot ask the server: what a reader may say by the lists it holds.
//!
//! Readers in a browser follow the same rules in `gate/rule.js`; `testdata/offline.json` holds the
//! answers of both. The server decides each scan anew when it arrives: what is said here is for the
//! person at the door, and errs towards having somebody look.

use super::{REPEAT_WINDOW, unidentified};
use super::{
    Ruling, admit, attended, confirms, direction, expired, next_presence, not_yet_valid, old_code,
    repeat,
};
use crate::presence::Presence;
use crate::scan::{Answer, Decision, Direction, Presented, Reason, Reasons, Scan};
use crate::time::Timestamp;
use crate::venue::VenueRules;
use std::time::Duration;

/// How old lists may be before a card that they know as good needs a look all the same.
pub const STALE: Duration = Duration::from_secs(24 * 3600);

/// What the list says of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The card is good, and its holder declared and proven.
    Active,
    /// The card is not to be accepted.
    Invalid,
    /// The server knows more.
    Ask,
    /// The list ends before the card.
    Unknown,
}

/// Everything that a decision without the server rests on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The venue's hours and state, as last heard.
    pub venue: &'a VenueRules,
    /// What the list says of the card, when a genuine one was shown.
    pub listed: Listed,
    /// How old the lists were at the time of the scan.
    pub age: Duration,
    /// Where whoever carries the card stands, by the readings of this reader alone.
    pub presence: Option<&'a Presence>,
    /// From when on a permit is needed here, if one is: which permits somebody has a gate is never told.
    pub permit_from: Option<Timestamp>,
    /// Whether the scan that this one says it confirms stopped the same card here.
    pub referred: bool,
}

/// Decides one scan by the lists.
pub fn rule(scan: &Scan, facts: &Facts<'_>) -> Ruling {
    let at = scan.id.at();
    let inside = facts
        .presence
        .is_some_and(|presence| presence.inside_at(at, facts.venue.idle));
    let last = facts
        .presence
        .filter(|presence| presence.read_within(at, REPEAT_WINDOW));
    let direction = direction(scan.asked, inside, last);
    if let Presented::Nothing(reason) = scan.presented {
        return Ruling {
            answer: not_genuine(scan, reason, facts.age > STALE, direction),
            presence: None,
            confirmed: false,
            shown: at,
        };
    }
    let mut answer = match direction {
        Direction::Out => admit(Direction::Out),
        Direction::In => entering(scan, facts),
    };
    let confirmed = direction == Direction::In && confirms(scan, facts.presence, facts.referred);
    attended(&mut answer, scan, confirmed);
    if let Some(last) = last
        && last.last.direction == direction
        && !confirmed
    {
        repeat(&mut answer, last);
    }
    let presence = next_presence(scan, &answer, facts.presence, inside);
    Ruling {
        answer,
        presence,
        confirmed,
        shown: at,
    }
}

/// A key that came into use after old lists were made is no reason to turn its cards away.
fn not_genuine(scan: &Scan, reason: Reason, stale: bool, direction: Direction) -> Answer {
    let asks = direction == Direction::In && !scan.remarks.turned_away;
    if reason == Reason::UnknownKey && stale && asks {
        return Answer {
            decision: Decision::Refer,
            ..Answer::refuse(direction, Reason::UnknownOffline)
        };
    }
    unidentified(scan, super::KnownCard::Unknown, direction)
}

fn entering(scan: &Scan, facts: &Facts<'_>) -> Answer {
    let at = scan.id.at();
    let gather = |reasons: &[(bool, Reason)]| -> Reasons {
        let found = reasons.iter().filter(|(found, _)| *found);
        found.map(|(_, reason)| *reason).collect()
    };
    let refusals = gather(&[
        (old_code(scan, at), Reason::OldCode),
        (not_yet_valid(scan, at), Reason::NotYetValid),
        (expired(scan, at), Reason::Expired),
        (facts.listed == Listed::Invalid, Reason::Revoked),
        (facts.venue.suspended_at(at), Reason::VenueSuspended),
        (!facts.venue.open_at(at), Reason::VenueClosed),
    ]);
    let unsure = matches!(facts.listed, Listed::Ask | Listed::Unknown);
    let doubts = gather(&[
        (unsure, Reason::UnknownOffline),
        (facts.age > STALE, Reason::ListsStale),
        (
            facts.permit_from.is_some_and(|from| from <= at),
            Reason::PermitUnknown,
        ),
    ]);
    let (decision, reasons) = match (refusals.is_empty(), doubts.is_empty()) {
        (false, _) => (Decision::Refuse, refusals),
        (true, false) => (Decision::Refer, doubts),
        (true, true) => (Decision::Admit, Reasons::NONE),
    };
    Answer {
        decision,
        reasons,
        ..admit(Direction::In)
    }
}
