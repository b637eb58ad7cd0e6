//! What an entry of the audit log says beyond its action: words of ours, and never personal data.

use std::fmt::Display;

text_enum! {
    /// What was done, more closely than the action says: the first word of an audit entry's detail.
    Deed {
        /// Opened a venue's board.
        Board = "board",
        /// Opened a venue's list of scans.
        Scans = "scans",
        /// Took a venue's scans as a file.
        Export = "export",
        /// Opened a venue's list of attendants.
        Attendants = "attendants",
        /// Searched by a card.
        ByCard = "by_card",
        /// Searched by phone and full name.
        ByPhoneAndName = "by_phone_and_name",
        /// Was shown records that may be of a person at the desk.
        Alike = "alike",
        /// Compared a list of people with the register.
        ImportCompared = "import_compared",
        /// Registered the people of a list.
        Import = "import",
        /// Took a record over from where the person lived before.
        TakeIn = "take_in",
        /// Ended the way into a record of a phone that is not its person's.
        SignInEnded = "sign_in_ended",
        /// Was shown pairs of records that may be one person's.
        Matches = "matches",
        /// Made two records one.
        Merge = "merge",
        /// Made them two again.
        MergeUndone = "merge_undone",
        /// Said that two records are two people's.
        KeptApart = "kept_apart",
        /// Opened such a pair again.
        MatchReopened = "match_reopened",
        /// Left a pair of records until something is answered.
        MatchAsked = "match_asked",
        /// Asked the office to make two records one.
        MatchClaimed = "match_claimed",
        /// Issued a card at the desk.
        Issue = "issue",
        /// Printed a card.
        Printing = "printing",
        /// Made a batch of the cards that waited to be printed.
        Batch = "batch",
        /// Took a part of a batch as a file.
        BatchPart = "batch_part",
        /// Handed cards over.
        HandOver = "hand_over",
        /// Replaced the cards of a batch by new ones, to print them again.
        Reprint = "reprint",
        /// Voided the cards of a batch.
        BatchRevocation = "batch_revocation",
        /// Searched by number, phone or name.
        Search = "search",
        /// Opened a person's page.
        Person = "person",
        /// Opened the list of requests, or one of them.
        Requests = "requests",
        /// Did what was asked for.
        RequestDone = "request_done",
        /// Refused a request.
        RequestRefused = "request_refused",
        /// Corrected what is known of a person.
        Correction = "correction",
        /// Put a card out of use for now.
        CardSuspension = "card_suspension",
        /// Put a card to use again.
        CardResumption = "card_resumption",
        /// Replaced a card by a new one.
        CardReplacement = "card_replacement",
        /// Took somebody into one's family.
        MemberAdded = "member_added",
        /// Let a member of one's family go.
        MemberRemoved = "member_removed",
        /// Made a member's record their own.
        MemberFreed = "member_freed",
        /// Said that those who care for a person go on.
        GuardiansConfirmed = "guardians_confirmed",
        /// Ended somebody's care for a person.
        GuardianEnded = "guardian_ended",
        /// Showed people where they have been.
        Visits = "visits",
        /// Revoked a card.
        Revocation = "revocation",
        /// Saved a unit's settings.
        Settings = "settings",
        /// Said from when posters are not used any more, or that they are again.
        PostersEnd = "posters_end",
        /// Looked at the photo of a wall without its poster.
        PosterPhoto = "poster_photo",
        /// Erased such a photo.
        PosterPhotoErasure = "poster_photo_erasure",
        /// Invited an officer.
        Invitation = "invitation",
        /// Suspended an officer.
        Suspension = "suspension",
        /// Lifted an officer's suspension.
        Resumption = "resumption",
        /// Voided an officer's credentials.
        Reset = "reset",
        /// Issued permits.
        PermitIssue = "permit_issue",
        /// Was shown whom a list of permits names.
        PermitList = "permit_list",
        /// Opened permits of the unit.
        Permits = "permits",
        /// Took permits of the unit as a file.
        PermitExport = "permit_export",
        /// Ended permits early.
        PermitEnd = "permit_end",
        /// Demanded a permit in the venues of a unit.
        PermitDemand = "permit_demand",
        /// Took such a demand back.
        PermitDemandLifted = "permit_demand_lifted",
        /// Let a phone show a code that changes.
        PhoneKey = "phone_key",
        /// Signed out everywhere.
        SignedOut = "signed_out",
        /// Reported a device lost.
        DeviceLost = "device_lost",
        /// Gave scans that were set aside their time.
        AsidesDated = "asides_dated",
        /// Took scans that were set aside as they are.
        AsidesAccepted = "asides_accepted",
        /// Discarded scans that were set aside.
        AsidesDiscarded = "asides_discarded",
        /// Said that those who took a poster's code were there.
        SurgeConfirmed = "surge_confirmed",
        /// Said that they were not.
        SurgeRejected = "surge_rejected",
        /// Wrote down a declaration for somebody at a gate.
        Declaration = "declaration",
        /// Found signatures of cards that nobody registered.
        UnknownSignatures = "unknown_signatures",
        /// Changed one's own password.
        Password = "password",
        /// Opened the list of a venue's owners.
        Owners = "owners",
        /// Invited somebody to own a venue, too.
        OwnerInvited = "owner_invited",
        /// Took such an invitation.
        OwnerJoined = "owner_joined",
        /// Declined such an invitation.
        OwnerDeclined = "owner_declined",
        /// Took a co-owner's rights, or an invitation, away.
        OwnerRemoved = "owner_removed",
        /// Made a co-owner the founding owner.
        VenueHandedOver = "venue_handed_over",
        /// Changed what is said of a venue.
        VenueDetails = "venue_details",
        /// Closed a venue for good.
        VenueClosing = "venue_closing",
        /// Opened what an office knows of a venue.
        VenueFile = "venue_file",
        /// Reminded a venue's owners of the rules.
        VenueReminder = "venue_reminder",
        /// Suspended a venue.
        VenueSuspension = "venue_suspension",
        /// Lifted a venue's suspension.
        VenueResumption = "venue_resumption",
        /// Asked the office to lift a venue's suspension.
        VenueAppeal = "venue_appeal",
        /// Asked the office for permits for a venue's workers.
        PermitsAsked = "permits_asked",
        /// Refused that.
        PermitsRefused = "permits_refused",
        /// Kept a venue suspended, in answer to that.
        VenueAppealRefused = "venue_appeal_refused",
    }
}

impl Deed {
    /// The deed with what it was done to. That must hold no personal data.
    pub fn to(self, what: impl Display) -> Detail {
        Detail(format!("{self} {what}"))
    }
}

/// An audit entry's detail: a [`Deed`], and what it was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Deed> for Detail {
    fn from(deed: Deed) -> Self {
        Self(deed.to_string())
    }
}
