//! Who may do what: the one policy, and the proof that it was asked.
//!
//! [`authorize`] is the only way to an [`Authorized`]; `store` asks for one wherever personal
//! data or somebody's property is read or changed. What is not written here is not allowed.

use crate::ids::{DeviceId, HolderId, OfficerId, VenueId};
use crate::scan::{Presented, Scan, Way};
use crate::unit::{UnitCode, UnitPath};
use std::marker::PhantomData;

text_enum! {
    /// The office an officer holds.
    OfficerRole {
        /// Runs a commune: its settings and officers, its venues, cards reported lost.
        CommuneOfficer = "commune_officer",
        /// Sees the venues of a unit.
        Inspector = "inspector",
        /// Will record cases and trace contacts; may do nothing yet.
        HealthOfficer = "health_officer",
        /// Runs a province.
        ProvinceOfficer = "province_officer",
        /// Runs the nation.
        NationalOfficer = "national_officer",
        /// Reads the audit log, nothing else.
        Auditor = "auditor",
    }
}

impl OfficerRole {
    /// Whether the office administers its unit: sets, invites, looks people up.
    pub const fn administers(self) -> bool {
        matches!(
            self,
            Self::CommuneOfficer | Self::ProvinceOfficer | Self::NationalOfficer
        )
    }

    /// Whether an officer of this role finds a page after signing in. Nobody is invited to the others.
    pub const fn has_page(self) -> bool {
        !matches!(self, Self::HealthOfficer)
    }

    /// Whether an officer of this role may invite one of another: never a higher one. An auditor of
    /// the same unit is not higher: what is done to officers stands in the log, and auditors of the
    /// units above read it, too.
    pub const fn invites(self, other: Self) -> bool {
        match self {
            Self::NationalOfficer => true,
            Self::ProvinceOfficer => !matches!(other, Self::NationalOfficer),
            Self::CommuneOfficer => matches!(
                other,
                Self::CommuneOfficer | Self::Inspector | Self::HealthOfficer | Self::Auditor
            ),
            Self::Inspector | Self::HealthOfficer | Self::Auditor => false,
        }
    }

    /// Whether an officer of this role may suspend or reset one of another. A commune's officer may
    /// not become the auditor who reads what the commune does: a reset gives the account away.
    pub const fn changes(self, other: Self) -> bool {
        self.invites(other) && !matches!((self, other), (Self::CommuneOfficer, Self::Auditor))
    }

    /// Whether the office can be held for a unit: the nation's for the nation only.
    pub fn fits(self, unit: &UnitPath) -> bool {
        !unit.0.is_empty() && (self != Self::NationalOfficer || unit.0.len() == 1)
    }
}

text_enum! {
    /// Why personal data is read; every audit entry names one.
    Purpose {
        /// Registering a person who has no phone.
        Registration = "registration",
        /// Reporting a card lost or found.
        CardLost = "card_lost",
        /// Running one's own venue.
        VenueBoard = "venue_board",
        /// Admitting at the door.
        Admission = "admission",
        /// Helping a person who asked.
        Support = "support",
        /// Showing people who came and asked where they have been.
        OwnHistory = "own_history",
        /// Running the office: officers, settings.
        Administration = "administration",
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person who proved a phone: holder, venue owner and attendant are hats of one person.
    Holder(HolderId),
    /// An officer who proved password and TOTP.
    Officer {
        /// The officer.
        id: OfficerId,
        /// The office.
        role: OfficerRole,
        /// The unit it is held for.
        unit: UnitCode,
    },
    /// A device that showed its token.
    Device {
        /// The device.
        id: DeviceId,
        /// The venue it was enrolled for.
        venue: VenueId,
    },
    /// Whoever runs commands on the server, and could read its disk as well.
    Console,
    /// The program itself, in a job.
    System,
}

impl Actor {
    fn officer_over(&self, path: &UnitPath, fits: impl Fn(OfficerRole) -> bool) -> bool {
        matches!(self, Self::Officer { role, unit, .. } if fits(*role) && path.within(unit))
    }

    fn is(&self, holder: HolderId) -> bool {
        *self == Self::Holder(holder)
    }
}

/// One person's own data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderScope {
    /// The person.
    pub holder: HolderId,
    /// Where the person lives, as far as known; empty when unknown.
    pub unit: UnitPath,
}

/// One person in the care of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberScope {
    /// The person.
    pub member: HolderId,
    /// Who cares for them.
    pub guardian: HolderId,
    /// Where the person lives, as far as known; empty when unknown.
    pub unit: UnitPath,
}

/// One venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueScope {
    /// The venue.
    pub venue: VenueId,
    /// Its founding owner.
    pub owner: HolderId,
    /// Who owns it beside: those who said yes when they were invited.
    pub co_owners: Vec<HolderId>,
    /// The people on the owners' list.
    pub attendants: Vec<HolderId>,
    /// Where it is.
    pub unit: UnitPath,
}

impl VenueScope {
    fn owns(&self, holder: HolderId) -> bool {
        holder == self.owner || self.co_owners.contains(&holder)
    }

    fn is_owners(&self, actor: &Actor) -> bool {
        matches!(actor, Actor::Holder(holder) if self.owns(*holder))
    }
}

/// A venue's posters, for one person: whoever stands before one may record their own taps there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PosterScope {
    /// The venue.
    pub venue: VenueId,
    /// The person who taps.
    pub holder: HolderId,
}

/// A person at a venue's gate who has no code to show, and whoever works there. The caller has just been shown who
/// it is: by a code sent to the phone, or by an identity paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpScope {
    /// The venue.
    pub venue: VenueScope,
    /// The person who is helped.
    pub holder: HolderId,
}

/// Two records that may be one person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairScope {
    /// One of them.
    pub one: HolderScope,
    /// The other.
    pub other: HolderScope,
}

/// Where scans may be recorded.
pub trait ScanScope {
    /// Whether a scan lies within it.
    fn covers(&self, scan: &Scan) -> bool;
}

impl ScanScope for VenueScope {
    fn covers(&self, scan: &Scan) -> bool {
        scan.venue == self.venue
    }
}

impl ScanScope for PosterScope {
    fn covers(&self, scan: &Scan) -> bool {
        scan.venue == self.venue
            && scan.way == Way::Poster
            && scan.presented == Presented::Holder(self.holder)
    }
}

/// One unit and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitScope {
    /// The path down to the unit.
    pub path: UnitPath,
}

impl UnitScope {
    /// The unit itself, the last of the path.
    pub fn unit(&self) -> Option<&UnitCode> {
        self.path.0.last()
    }
}

/// One officer, or one that is to be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerScope {
    /// The officer.
    pub officer: OfficerId,
    /// The office.
    pub role: OfficerRole,
    /// The unit it is held for.
    pub unit: UnitPath,
}

/// Something that can be done in a scope.
pub trait Action<S> {
    /// The action's name in the audit log.
    const NAME: &'static str;

    /// The policy: whether the actor may.
    fn allows(actor: &Actor, scope: &S) -> bool;
}

/// Proof that an actor may do `A` in a scope. Only [`authorize`] makes one.
#[derive(Clone, Debug)]
pub struct Authorized<A, S> {
    actor: Actor,
    scope: S,
    action: PhantomData<A>,
}

impl<A: Action<S>, S> Authorized<A, S> {
    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Where.
    pub const fn scope(&self) -> &S {
        &self.scope
    }

    /// The action's name.
    pub const fn action(&self) -> &'static str {
        A::NAME
    }
}

/// The policy said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

/// Asks the policy.
pub fn authorize<A: Action<S>, S>(actor: &Actor, scope: S) -> Result<Authorized<A, S>, Denied> {
    if A::allows(actor, &scope) {
        Ok(Authorized {
            actor: actor.clone(),
            scope,
            action: PhantomData,
        })
    } else {
        Err(Denied)
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal in $scope:ty: |$actor:ident, $s:ident| $rule:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Action<$scope> for $name {
            const NAME: &'static str = $word;

            fn allows($actor: &Actor, $s: &$scope) -> bool {
                $rule
            }
        }
    )*

        /// Every action's name, for the audit page and its tests.
        pub const ACTION_NAMES: &[&str] = &[$($word),*];
    };
}

actions! {
    /// See and change one's own data: details, declarations, visits, cards.
    UseOwnData = "use_own_data" in HolderScope: |actor, s| actor.is(s.holder);

    /// Find and open one person's record at the commune office.
    ReadHolder = "read_holder" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// Find, register and take in people who come to the desk of an office.
    RegisterHolder = "register_holder" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// Change the record of one person of the office's unit, and issue and change their cards.
    ServeHolder = "serve_holder" in HolderScope: |actor, s| actor.officer_over(&s.unit, OfficerRole::administers);

    /// See pairs of records of which one at least is of the unit, and ask about them.
    MatchPeople = "match_people" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// Make two records one, keep them apart, or make them two again: an office over both people. A record that says no
    /// commune, or only a unit over the other's, goes with the other. What more is asked of one that a phone signs in to:
    /// `matching::speaks_by_phone`.
    DecideMatch = "decide_match" in PairScope: |actor, s| {
        let homes = [(&s.one.unit, &s.other.unit), (&s.other.unit, &s.one.unit)];
        let mut homes = homes.into_iter().filter(|(home, other)| !home.0.is_empty() && !home.is_over(other)).peekable();
        homes.peek().is_some() && homes.all(|(home, _)| actor.officer_over(home, OfficerRole::administers))
    };

    /// Make two records one that are both one's own, or two again. The caller has just been shown that the other is, by a code
    /// sent to its phone.
    JoinOwnRecords = "join_own_records" in PairScope: |actor, s| actor.is(s.one.holder);

    /// Show a person of the office's unit, who stands there and asks, where they have been.
    ShowHistory = "show_history" in HolderScope: |actor, s| actor.officer_over(&s.unit, OfficerRole::administers);

    /// Care for a member of one's family: their code, their declarations.
    CareForMember = "care_for_member" in MemberScope: |actor, s| actor.is(s.guardian);

    /// Print the cards that wait in a unit, hand them over, print them again and void them.
    PrintCards = "print_cards" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// Issue permits to the people of a unit, and see those that were issued.
    IssuePermit = "issue_permit" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// End a permit of somebody of a unit before its time.
    EndPermit = "end_permit" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// Report a card lost: the holder or an officer of the holder's commune.
    RevokeCard = "revoke_card" in HolderScope: |actor, s| {
        actor.is(s.holder) || actor.officer_over(&s.unit, OfficerRole::administers)
    };

    /// Change a venue, its checkpoints, attendants and devices; print its posters.
    ManageVenue = "manage_venue" in VenueScope: |actor, s| s.is_owners(actor);

    /// Date, accept or discard scans that were set aside.
    SettleAsides = "settle_asides" in VenueScope: |actor, s| s.is_owners(actor);

    /// See who is on the list of attendants, with names and numbers.
    ListAttendants = "list_attendants" in VenueScope: |actor, s| s.is_owners(actor);

    /// See who owns it, with names and numbers.
    ListOwners = "list_owners" in VenueScope: |actor, s| s.is_owners(actor);

    /// Invite a co-owner, take an invitation back, take a co-owner's rights away, one's own as well. The founding owner is
    /// none of them.
    ChangeOwners = "change_owners" in VenueScope: |actor, s| s.is_owners(actor);

    /// Make a co-owner the founding owner, and become a co-owner.
    GiveVenueAway = "give_venue_away" in VenueScope: |actor, s| actor.is(s.owner);

    /// See what an office knows of a venue beside its registration, and remind its owners of the rules.
    OverseeVenue = "oversee_venue" in VenueScope: |actor, s| {
        actor.officer_over(&s.unit, |role| role.administers() || role == OfficerRole::Inspector)
    };

    /// Suspend a venue, answer its owners' appeal, and lift the suspension.
    SuspendVenue = "suspend_venue" in VenueScope: |actor, s| actor.officer_over(&s.unit, OfficerRole::administers);

    /// See who is inside and what was scanned, without names.
    ReadVenueBoard = "read_venue_board" in VenueScope: |actor, s| s.is_owners(actor);

    /// Record scans at a venue's checkpoints.
    RecordScans = "record_scans" in VenueScope: |actor, s| match actor {
        Actor::Holder(holder) => s.owns(*holder) || s.attendants.contains(holder),
        Actor::Device { venue, .. } => *venue == s.venue,
        Actor::Officer { .. } | Actor::Console | Actor::System => false,
    };

    /// Help a person without a code through a gate: note the visit's day, declare for them.
    HelpPerson = "help_person" in HelpScope: |actor, s| {
        matches!(actor, Actor::Holder(_)) && <RecordScans as Action<VenueScope>>::allows(actor, &s.venue)
    };

    /// See the venues registered in a unit.
    ListVenues = "list_venues" in UnitScope: |actor, s| {
        actor.officer_over(&s.path, |role| role.administers() || role == OfficerRole::Inspector)
    };

    /// Invite a new officer: never to a higher office, or one outside one's unit.
    InviteOfficer = "invite_officer" in OfficerScope: |actor, s| {
        actor.officer_over(&s.unit, |role| role.administers() && role.invites(s.role))
    };

    /// Suspend, resume or reset one officer: never oneself, a higher office, or one outside one's
    /// unit. On the server anybody can be helped back in.
    ChangeOfficer = "change_officer" in OfficerScope: |actor, s| {
        let oneself = matches!(actor, Actor::Officer { id, .. } if *id == s.officer);
        let above = actor.officer_over(&s.unit, |role| role.administers() && role.changes(s.role));
        (above && !oneself) || *actor == Actor::Console
    };

    /// Change one's own password at the office.
    ChangeOwnPassword = "change_own_password" in OfficerScope: |actor, s| {
        matches!(actor, Actor::Officer { id, .. } if *id == s.officer)
    };

    /// See the officers at or below a unit.
    ListOfficers = "list_officers" in UnitScope: |actor, s| {
        actor.officer_over(&s.path, OfficerRole::administers) || *actor == Actor::Console
    };

    /// Set a unit's settings: validity, hotline.
    ManageUnit = "manage_unit" in UnitScope: |actor, s| actor.officer_over(&s.path, OfficerRole::administers);

    /// Say in the access log what the signer signed and nobody registered.
    WatchSigner = "watch_signer" in UnitScope: |actor, _s| *actor == Actor::System;

    /// Read the audit log of a unit.
    ReadAudit = "read_audit" in UnitScope: |actor, s| actor.officer_over(&s.path, |role| role == OfficerRole::Auditor);
}

impl Action<PosterScope> for RecordScans {
    const NAME: &'static str = <Self as Action<VenueScope>>::NAME;

    fn allows(actor: &Actor, s: &PosterScope) -> bool {
        actor.is(s.holder)
    }
}

#[cfg(test)]
mod tests;
