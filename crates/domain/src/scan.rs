//! A scan: one reading of a code at a checkpoint. An event, never edited.

use crate::ids::{CardId, CheckpointId, DeviceId, HolderId, ScanId, VenueId};

use crate::aside::Settled;
use crate::phone_key::PhoneCode;
use crate::time::Timestamp;
use std::time::Duration;

text_enum! {
    /// Which way a person went.
    Direction {
        /// Entering the venue.
        In = "in",
        /// Leaving the venue.
        Out = "out",
    }
}

text_enum! {
    /// The direction a reader asked for.
    Asked {
        /// Entering, chosen by the reader.
        In = "in",
        /// Leaving, chosen by the reader.
        Out = "out",
        /// Whatever follows from who is inside.
        Auto = "auto",
    }
}

impl From<Direction> for Asked {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::In => Self::In,
            Direction::Out => Self::Out,
        }
    }
}

impl Asked {
    /// The direction, when one was chosen.
    pub const fn explicit(self) -> Option<Direction> {
        match self {
            Self::In => Some(Direction::In),
            Self::Out => Some(Direction::Out),
            Self::Auto => None,
        }
    }
}

text_enum! {
    /// How the code was read; assurance follows from it.
    Way {
        /// The holder scanned the venue's poster.
        Poster = "poster",
        /// An attendant scanned the holder's card or screen.
        Card = "card",
        /// A device with a token scanned it.
        Device = "device",
        /// The code was typed.
        Typed = "typed",
        /// Entered afterwards from a paper log.
        Paper = "paper",
    }
}

text_enum! {
    /// How much a tracer may rely on a scan.
    Assurance {
        /// A claim nobody checked: a poster's photo would do, and whoever never proved a phone
        /// is no more than a claim, however the code was read.
        Low = "low",
        /// A proven person's card: a picture of it would do, and so would its number, typed.
        Medium = "medium",
        /// A proven person's phone, read at the door while it showed this very code.
        High = "high",
    }
}

impl Assurance {
    /// Assurance of a way of scanning, for a holder who is proven or not, and a code that a phone was showing just then or
    /// one that anybody may have copied.
    pub const fn of(way: Way, verified: bool, live: bool) -> Self {
        match (way, verified, live) {
            (_, false, _) => Self::Low,
            (Way::Card | Way::Device, true, true) => Self::High,
            (Way::Card | Way::Device | Way::Typed, true, _) => Self::Medium,
            (Way::Poster | Way::Paper, true, _) => Self::Low,
        }
    }
}

text_enum! {
    /// What a checkpoint answers.
    Decision {
        /// Let in, or recorded out.
        Admit = "admit",
        /// Wait: somebody must look.
        Refer = "refer",
        /// Not let in.
        Refuse = "refuse",
    }
}

impl Decision {
    /// Whether the person went through. At a poster nobody stands by to confirm, so a referred
    /// person's own tap counts, and a row of a paper log says what has been (both with low assurance);
    /// elsewhere only an attendant's confirmation, a scan of its own, does.
    pub fn passes(self, way: Way) -> bool {
        match self {
            Self::Admit => true,
            Self::Refer => matches!(way, Way::Poster | Way::Paper),
            Self::Refuse => false,
        }
    }
}

text_enum! {
    /// What one scan counts as. `store` says the same in SQL, and a test compares the two.
    Outcome {
        /// The person went in or out.
        Passage = "passage",
        /// The person stood at the gate and did not go through.
        Stop = "stop",
        /// The same person was read again within the minute: counted once already.
        Repetition = "repetition",
    }
}

impl Outcome {
    /// The outcome of a scan that was answered so.
    pub fn of(decision: Decision, way: Way, reasons: &Reasons) -> Self {
        if reasons.has(Reason::AlreadyScanned) {
            Self::Repetition
        } else if decision.passes(way) {
            Self::Passage
        } else {
            Self::Stop
        }
    }
}

text_enum! {
    /// Why: a category shown at a gate, never a disease or another person.
    Reason {
        /// Nothing could be made of the square.
        Unreadable = "unreadable",
        /// The square was read, and is no card of ours: said after [`Reason::Unreadable`].
        ForeignCode = "foreign_code",
        /// The square leads to a web page: said after [`Reason::ForeignCode`].
        WebLink = "web_link",
        /// The square asks for a payment: said after [`Reason::ForeignCode`].
        PaymentCode = "payment_code",
        /// The signature does not hold.
        Forged = "forged",
        /// Signed by a key this installation does not know, or for a card it does not hold.
        UnknownKey = "unknown_key",
        /// A phone's code that was not being shown any more when it was read: a picture, or a clock that is wrong.
        OldCode = "old_code",
        /// The card's last day has passed.
        Expired = "expired",
        /// The card was reported lost, withdrawn or replaced.
        Revoked = "revoked",
        /// The card is out of use for now.
        Suspended = "suspended",
        /// The card was printed, and nobody noted that its bearer was given it.
        NotHandedOver = "not_handed_over",
        /// The card was made after the scan's time.
        NotYetValid = "not_yet_valid",
        /// The scan's time lies more than five minutes ahead of the server's.
        Future = "future",
        /// The scan's day is past its retention: its key is gone.
        TooOld = "too_old",
        /// The reader itself was reported lost: it admits nobody, and what it read waits for the owner.
        DeviceLost = "device_lost",
        /// The venue is closed, for good or at this hour.
        VenueClosed = "venue_closed",
        /// The office of its commune suspended the venue: nobody enters until that is lifted.
        VenueSuspended = "venue_suspended",
        /// As many people are inside as may be, and the venue lets nobody in then.
        VenueFull = "venue_full",
        /// The checkpoint is not one this reader may record for.
        WrongCheckpoint = "wrong_checkpoint",
        /// The id was used before for a scan with other content.
        IdReused = "id_reused",
        /// The id is no UUIDv7, or a field cannot be read.
        Malformed = "malformed",
        /// The holder has declared nothing.
        DeclarationMissing = "declaration_missing",
        /// The holder's last declaration has run out.
        DeclarationExpired = "declaration_expired",
        /// The holder answered yes to a symptom or a contact.
        DeclarationConcern = "declaration_concern",
        /// Neither a code sent to a phone nor an officer has proven who the holder is.
        UnverifiedIdentity = "unverified_identity",
        /// A permit is needed here, and this person has none of the kind.
        PermitMissing = "permit_missing",
        /// The person's permit has not begun, is over or was ended.
        PermitNotValid = "permit_not_valid",
        /// The person's permit is for other places.
        PermitElsewhere = "permit_elsewhere",
        /// The person's permit is for other days: even ones, odd ones, some of the week.
        PermitOtherDay = "permit_other_day",
        /// The person's permit is for other hours.
        PermitOtherHour = "permit_other_hour",
        /// The same person was read here within the last minute.
        AlreadyScanned = "already_scanned",
        /// The attendant looked at a referred person, and did not let them in: said before what they were referred for.
        TurnedAway = "turned_away",
        /// A gate without a network knows too little of the card to admit: somebody must look.
        UnknownOffline = "unknown_offline",
        /// A permit is needed here, and a gate without a network knows of none.
        PermitUnknown = "permit_unknown",
        /// A gate without a network holds lists that are too old to admit by.
        ListsStale = "lists_stale",
    }
}

text_enum! {
    /// Why two readings of one person do not fit together. It stops nobody: somebody should look.
    Oddity {
        /// Read in, and in again, and never out between.
        InTwice = "in_twice",
        /// Read out, and out again.
        OutTwice = "out_twice",
        /// Read in another commune at nearly the same time.
        Elsewhere = "elsewhere",
    }
}

impl Oddity {
    /// How long it takes at least from one commune to the next: who was read in both sooner was not in both. Five minutes is a
    /// choice of ours, short enough for two gates on either side of a boundary.
    pub const APART: Duration = Duration::from_secs(5 * 60);
}

/// Reasons in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons(Vec<Reason>);

impl Reasons {
    /// No reason at all.
    pub const NONE: Self = Self(Vec::new());

    /// Adds a reason unless it is there already.
    pub fn add(&mut self, reason: Reason) {
        if !self.0.contains(&reason) {
            self.0.push(reason);
        }
    }

    /// Whether the reason is among them.
    pub fn has(&self, reason: Reason) -> bool {
        self.0.contains(&reason)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reasons, in order.
    pub fn iter(&self) -> impl Iterator<Item = Reason> + '_ {
        self.0.iter().copied()
    }

    /// The slugs joined by commas, as stored.
    pub fn to_text(&self) -> String {
        self.0
            .iter()
            .map(|reason| reason.as_str())
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Parses [`Reasons::to_text`]; unknown slugs, of a newer version, are left out.
    pub fn from_text(text: &str) -> Self {
        Self(text.split(',').filter_map(Reason::parse).collect())
    }
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Self {
        Self(vec![reason])
    }
}

impl FromIterator<Reason> for Reasons {
    fn from_iter<I: IntoIterator<Item = Reason>>(reasons: I) -> Self {
        let mut all = Self::NONE;
        reasons.into_iter().for_each(|reason| all.add(reason));
        all
    }
}

/// What was shown at the checkpoint, once the code has been read and its signature checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// A genuine card: its signature holds.
    Card {
        /// The card.
        id: CardId,
        /// When the card was made, as signed.
        issued: Timestamp,
        /// The end of the card's validity, as signed.
        expires: Timestamp,
        /// Which phone showed it for which half minute; none for what is printed or stands still.
        phone: Option<PhoneCode>,
    },
    /// A person known without a card: at a poster by their own browser, at a gate by what an attendant was just shown,
    /// a code sent to the phone or an identity paper. No square that a reader sends ever becomes one.
    Holder(HolderId),
    /// Nothing that identifies anyone, and why.
    Nothing(Reason),
}

impl Presented {
    /// Whether it is a code that a phone was showing at that instant.
    pub fn live_at(&self, at: Timestamp) -> bool {
        matches!(self, Self::Card { phone: Some(code), .. } if code.live_at(at))
    }
}

/// One reading, as it enters: parsed and verified, not yet decided.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The id, which is the time.
    pub id: ScanId,
    /// The venue the reader is bound to.
    pub venue: VenueId,
    /// The checkpoint; `None` when the reader named one that is not the venue's.
    pub checkpoint: Option<CheckpointId>,
    /// The device that read it, when one did.
    pub device: Option<DeviceId>,
    /// What was shown.
    pub presented: Presented,
    /// When, if that is known to be before the scan: somebody was stopped, and what held them up is done.
    pub shown: Option<Timestamp>,
    /// The direction asked for.
    pub asked: Asked,
    /// How it was read.
    pub way: Way,
    /// People without a code of their own who came along: 0 to 20.
    pub companions: u8,
    /// The referred scan that an attendant answers with this one: lets the person in, or turns them away.
    pub confirms: Option<ScanId>,
    /// The code's text as presented; only a keyed digest of it is ever kept.
    pub code: String,
    /// What the reader says beside: of the decision it bears on no more than whether the person still waits for it, and whether
    /// an attendant turned them away.
    pub remarks: Remarks,
}

/// What a reader says of itself beside a scan. All of it is kept, and lets nobody in; it tells a scan that waited for a network
/// from one whose answer somebody waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The scan's number among those of its device, from 1.
    pub seq: Option<u32>,
    /// What the reader told the person by itself, before the server was asked.
    pub door: Option<Decision>,
    /// How far the reader's clock was ahead of the server's, in milliseconds.
    pub skew: Option<i32>,
    /// How the owner settled it, when it had been set aside.
    pub settled: Option<Settled>,
    /// Whether the attendant did not let the person in, who was referred.
    pub turned_away: bool,
}

/// How far a reader's clock is ahead, in milliseconds, as it is kept: a month and a century are the same fault.
pub fn kept_skew(millis: i64) -> i32 {
    millis.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// What a reader is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Admit, refer or refuse.
    pub decision: Decision,
    /// The direction that was recorded.
    pub direction: Direction,
    /// Why.
    pub reasons: Reasons,
    /// Whether this id had been answered before; the answer is the first one.
    pub duplicate: bool,
}

impl Answer {
    /// A refusal for one reason.
    pub fn refuse(direction: Direction, reason: Reason) -> Self {
        Self {
            decision: Decision::Refuse,
            direction,
            reasons: reason.into(),
            duplicate: false,
        }
    }
}
