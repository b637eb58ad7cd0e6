//! Deciding at the door: the file to read for "why was I refused?".
//!
//! [`rule`] is a pure function of one scan and what was known when its turn came. It records
//! nothing and asks no clock; whoever gathers the facts folds it over a batch in order of id,
//! so that each decision sees the presence the one before it left.

use crate::card::CardState;
use crate::declaration::DeclarationState;
use crate::ids::ScanId;
use crate::permit::{Lacking, PermitFacts};
use crate::presence::Presence;
use crate::scan::{Answer, Asked, Decision, Direction, Presented, Reason, Reasons, Scan, Way};
use crate::time::Timestamp;
use crate::venue::VenueRules;
use std::time::Duration;

pub mod offline;

/// The version of these rules, frozen into every recorded decision.
pub const POLICY_VERSION: i32 = 2;

/// How far ahead of the server a reader's clock may run, and how much earlier than the making of its
/// card a scan may be.
pub const FUTURE_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// How long the same person gets the same answer at the same venue.
///
/// A debounce of about a minute; Việt Nam's guides of 2021 say only that entry and exit are
/// confirmed, and guards scanned twice when unsure.
pub const REPEAT_WINDOW: Duration = Duration::from_secs(60);

/// How long a referral can be confirmed: as long as the person still stands at the gate, with some
/// minutes for a look at papers or a queue of readings that drains late. Who comes back later is
/// read anew.
pub const CONFIRM_WINDOW: Duration = Duration::from_secs(10 * 60);

/// How late a scan may come to be counted against a venue's room: about one that comes later nobody knows how many were inside
/// when it was read. One of a device that comes later waited for a network, although nothing else says so.
pub const COUNTED: Duration = Duration::from_secs(2 * 60);

/// How long after an order that lets nobody in a line of before it is believed. A gate that has heard nothing for a day lets
/// nobody in by itself, so that few lines truly wait for longer; and nobody can date entries before the order for ever.
pub const BELIEVED: Duration = offline::STALE;

/// What is known about a card, from the register of cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownCard {
    /// In use.
    Active,
    /// Printed, and not known to be in its bearer's hand.
    NotHandedOver,
    /// Put out of use for now.
    Suspended,
    /// Reported lost, withdrawn or replaced.
    Revoked,
    /// Not in the register, although its signature holds.
    Unknown,
}

impl From<CardState> for KnownCard {
    fn from(state: CardState) -> Self {
        match state {
            CardState::Active => Self::Active,
            CardState::Requested | CardState::Verified | CardState::Printed => Self::NotHandedOver,
            CardState::Suspended => Self::Suspended,
            CardState::Revoked | CardState::Replaced => Self::Revoked,
        }
    }
}

/// What is known about the person, when somebody was identified.
#[derive(Clone, Copy, Debug)]
pub struct HolderFacts {
    /// Whether the phone was ever proven.
    pub verified: bool,
    /// The declaration that was in effect at the time of the scan.
    pub declaration: DeclarationState,
}

/// Everything one decision rests on.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// When the scan came.
    pub now: Timestamp,
    /// The venue's hours and state.
    pub venue: &'a VenueRules,
    /// The card's state, when a card was shown.
    pub card: KnownCard,
    /// The person, when one was identified.
    pub holder: Option<HolderFacts>,
    /// Where the person stands at this venue.
    pub presence: Option<&'a Presence>,
    /// Whether the scan that this one says it confirms was recorded at this venue, of this person,
    /// and stopped them.
    pub referred: bool,
    /// How many more people may be inside, when the venue refuses more and they were counted at the time of the scan.
    pub room: Option<i64>,
    /// What permits are demanded and held; none where nothing is demanded.
    pub permits: Option<PermitFacts<'a>>,
}

/// What follows from a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What the reader is told, and what is recorded.
    pub answer: Answer,
    /// Where the person stands now; `None` leaves it as it was.
    pub presence: Option<Presence>,
    /// Whether the scan was what it said: the confirmation of a referral.
    pub confirmed: bool,
    /// When the code was shown, at which it is judged: at a confirmation before the scan.
    pub shown: Timestamp,
}

/// Whether a scan's time lies too far ahead to be recorded.
pub fn from_the_future(id: ScanId, now: Timestamp) -> bool {
    id.at() > now.plus(FUTURE_TOLERANCE)
}

/// Decides one scan.
pub fn rule(scan: &Scan, facts: &Facts<'_>) -> Ruling {
    let at = scan.id.at();
    let inside = facts
        .presence
        .is_some_and(|presence| presence.inside_at(at, facts.venue.idle));
    let last = facts
        .presence
        .filter(|presence| presence.read_within(at, REPEAT_WINDOW));
    let direction = direction(scan.asked, inside, last);

    let (Presented::Card { .. } | Presented::Holder(_), Some(holder)) =
        (scan.presented, facts.holder)
    else {
        return Ruling {
            answer: unidentified(scan, facts.card, direction),
            presence: None,
            confirmed: false,
            shown: at,
        };
    };

    let confirmed = direction == Direction::In && confirms(scan, facts.presence, facts.referred);
    // A phone's code was live when its bearer was stopped; asking takes longer than it lasts.
    let stopped = scan.confirms.filter(|_| confirmed).map(ScanId::at);
    let shown = scan.shown.or(stopped).unwrap_or(at);
    let mut answer = match direction {
        Direction::Out => admit(Direction::Out),
        Direction::In => entering(scan, facts, holder, (inside, shown)),
    };
    attended(&mut answer, scan, confirmed);
    if let Some(last) = last
        && last.last.direction == direction
        && !confirmed
    {
        let now = answer.clone();
        repeat(&mut answer, last);
        if (answer.decision, now.decision) == (Decision::Refer, Decision::Refer) {
            // Somebody declared meanwhile, and is still to be looked at: for what is left.
            answer.reasons = now.reasons;
            answer.reasons.add(Reason::AlreadyScanned);
        }
    }
    let presence = next_presence(scan, &answer, facts.presence, inside);
    Ruling {
        answer,
        presence,
        confirmed,
        shown,
    }
}

/// Whether the scan answers a referral. The person's last reading here must still be that
/// referral, or the one which it repeats: so nobody is let in twice by one confirmation, nor by
/// one from before they went out. What confirms nothing is a scan like any other.
fn confirms(scan: &Scan, presence: Option<&Presence>, referred: bool) -> bool {
    let (Some(named), Some(presence)) = (scan.confirms, presence) else {
        return false;
    };
    let age = scan.id.at().since(named.at());
    referred
        && presence.last.decision == Decision::Refer
        && (presence.last.id..scan.id).contains(&named)
        && age <= CONFIRM_WINDOW.as_millis() as i64
}

/// What an attendant's look comes to: a confirmation lets in who was referred and no more; whoever is turned away is, whatever
/// the register says.
fn attended(answer: &mut Answer, scan: &Scan, confirmed: bool) {
    if scan.remarks.turned_away && answer.direction == Direction::In {
        let why = answer.reasons.iter();
        answer.reasons = std::iter::once(Reason::TurnedAway).chain(why).collect();
        answer.decision = Decision::Refuse;
    } else if confirmed && answer.decision == Decision::Refer {
        answer.decision = Decision::Admit;
    }
}

/// The direction: as asked, else as within the last minute, else toggled from who is inside.
fn direction(asked: Asked, inside: bool, last: Option<&Presence>) -> Direction {
    let follows = match last {
        Some(presence) => presence.last.direction,
        None if inside => Direction::Out,
        None => Direction::In,
    };
    asked.explicit().unwrap_or(follows)
}

/// Nobody was identified: the reason lies in the code, or in the register of cards.
fn unidentified(scan: &Scan, card: KnownCard, direction: Direction) -> Answer {
    let reason = match scan.presented {
        // To programs a foreign code is an unreadable one; the reasons after it are for people.
        Presented::Nothing(
            reason @ (Reason::ForeignCode | Reason::WebLink | Reason::PaymentCode),
        ) => {
            let mut reasons: Reasons = Reason::Unreadable.into();
            reasons.add(Reason::ForeignCode);
            reasons.add(reason);
            return Answer {
                reasons,
                ..Answer::refuse(direction, Reason::Unreadable)
            };
        }
        Presented::Nothing(reason) => reason,
        Presented::Card { .. } if card == KnownCard::Revoked => Reason::Revoked,
        Presented::Card { .. } | Presented::Holder(_) => Reason::UnknownKey,
    };
    Answer::refuse(direction, reason)
}

/// Somebody on the way in, and whether they are inside already; `shown` is when their code was.
fn entering(
    scan: &Scan,
    facts: &Facts<'_>,
    holder: HolderFacts,
    (inside, shown): (bool, Timestamp),
) -> Answer {
    let at = scan.id.at();
    let full = facts
        .room
        .is_some_and(|room| room <= i64::from(scan.companions));
    let unmet = facts
        .permits
        .map_or_else(Vec::new, |permits| permits.unmet(at, facts.venue.zone));
    let lacks = |what: Lacking| {
        unmet
            .iter()
            .filter(move |(one, _)| *one == what)
            .map(|(_, why)| *why)
    };
    let refusals: Reasons = [
        old_code(scan, shown).then_some(Reason::OldCode),
        not_yet_valid(scan, at).then_some(Reason::NotYetValid),
        expired(scan, at).then_some(Reason::Expired),
        (facts.card == KnownCard::Revoked).then_some(Reason::Revoked),
        (facts.card == KnownCard::Suspended).then_some(Reason::Suspended),
        suspended(scan, facts).then_some(Reason::VenueSuspended),
        (!facts.venue.open_at(at)).then_some(Reason::VenueClosed),
        (full && !inside).then_some(Reason::VenueFull),
    ]
    .into_iter()
    .flatten()
    .chain(lacks(Lacking::Refuse))
    .collect();
    if !refusals.is_empty() {
        return Answer {
            // Who stands in a paper log has been inside: nobody is turned away afterwards.
            decision: match scan.way {
                Way::Paper => Decision::Refer,
                _ => Decision::Refuse,
            },
            reasons: refusals,
            ..admit(Direction::In)
        };
    }
    let doubts: Reasons = [
        (facts.card == KnownCard::NotHandedOver).then_some(Reason::NotHandedOver),
        holder.declaration.doubt(),
        (!holder.verified).then_some(Reason::UnverifiedIdentity),
    ]
    .into_iter()
    .flatten()
    .chain(lacks(Lacking::Refer))
    .collect();
    if !doubts.is_empty() {
        return Answer {
            decision: Decision::Refer,
            reasons: doubts,
            ..admit(Direction::In)
        };
    }
    admit(Direction::In)
}

/// Whether an order of an office lets nobody in. Whoever waits at the gate for this answer has not entered, whatever time the
/// reader says; whoever was let in before the order, by a gate that could not ask, has.
fn suspended(scan: &Scan, facts: &Facts<'_>) -> bool {
    let Some(ordered) = facts.venue.suspended else {
        return false;
    };
    let believed = facts.now.since(ordered) <= BELIEVED.as_millis() as i64;
    let at = if believed {
        waited(scan, facts.now)
    } else {
        None
    };
    at.unwrap_or(facts.now).max(scan.id.at()) >= ordered
}

/// When a scan was read whose line waited; nothing for one whose answer somebody waits for.
fn waited(scan: &Scan, now: Timestamp) -> Option<Timestamp> {
    let (at, said) = (scan.id.at(), &scan.remarks);
    if scan.way == Way::Paper {
        return Some(at);
    }
    // A page asks for each scan while somebody stands there, whatever else it says.
    scan.device?;
    match said.skew {
        _ if said.door.is_some() || said.settled.is_some() => Some(at),
        // By the reader's own clock, so that one which is behind does not make it earlier.
        Some(ahead) => Some(Timestamp::from_millis(at.millis() - i64::from(ahead))),
        None => (now.since(at) > COUNTED.as_millis() as i64).then_some(at),
    }
}

fn old_code(scan: &Scan, at: Timestamp) -> bool {
    matches!(scan.presented, Presented::Card { phone: Some(code), .. } if !code.live_at(at))
}

fn not_yet_valid(scan: &Scan, at: Timestamp) -> bool {
    matches!(scan.presented, Presented::Card { issued, .. } if issued > at.plus(FUTURE_TOLERANCE))
}

fn expired(scan: &Scan, at: Timestamp) -> bool {
    matches!(scan.presented, Presented::Card { expires, .. } if expires <= at)
}

const fn admit(direction: Direction) -> Answer {
    Answer {
        decision: Decision::Admit,
        direction,
        reasons: Reasons::NONE,
        duplicate: false,
    }
}

/// The same person again within the minute: the same answer, unless something has changed that
/// a gate must not miss. A card revoked meanwhile is refused; a declaration made meanwhile admits.
fn repeat(answer: &mut Answer, last: &Presence) {
    let changed = match (last.last.decision, answer.decision) {
        (Decision::Admit, now) => now == Decision::Refuse,
        (before, now) => before != now,
    };
    if changed {
        return;
    }
    answer.decision = last.last.decision;
    let reasons = last.last.reasons.iter();
    answer.reasons = reasons.filter(|r| *r != Reason::AlreadyScanned).collect();
    answer.reasons.add(Reason::AlreadyScanned);
}

/// Where the person stands after the answer. A scan older than the last one changes nothing:
/// visits are paired from the scans themselves, and who is inside follows the latest.
fn next_presence(
    scan: &Scan,
    answer: &Answer,
    before: Option<&Presence>,
    inside: bool,
) -> Option<Presence> {
    if before.is_some_and(|presence| presence.last.id > scan.id) {
        return None;
    }
    let passed = answer.decision.passes(scan.way);
    let since = match answer.direction {
        Direction::Out if passed => None,
        Direction::In if passed && !inside => Some(scan.id.at()),
        _ => before.and_then(|presence| presence.since),
    };
    let fresh =
        passed && answer.direction == Direction::In && !answer.reasons.has(Reason::AlreadyScanned);
    let companions = match since {
        Some(_) if fresh => scan.companions,
        Some(_) => before.map_or(0, |presence| presence.companions),
        None => 0,
    };
    let last = crate::presence::LastScan {
        id: scan.id,
        direction: answer.direction,
        decision: answer.decision,
        reasons: answer.reasons.clone(),
    };
    // The minute counts from the first reading, so that a card held in front of the camera
    // does not stretch it for ever.
    let last = match before {
        Some(presence) if answer.reasons.has(Reason::AlreadyScanned) => presence.last.clone(),
        _ => last,
    };
    Some(Presence {
        since,
        companions,
        last,
    })
}

#[cfg(test)]
mod tests;
