//! Pairs of records that may be one person's, and what becomes of them when somebody has decided.
//!
//! How alike two records are is `likeness.rs`; here is how a pair waits, what is kept when two records
//! become one, and who may say so.

use crate::holder::HolderDetails;
use crate::ids::HolderId;
use crate::likeness::{Degree, Likeness, Mark};
use crate::unit::UnitPath;
use std::time::Duration;

text_enum! {
    /// Where a pair is.
    MatchState {
        /// Nobody has looked at it.
        Open = "open",
        /// Somebody has, and waits for an answer.
        Asked = "asked",
        /// They are two people: never proposed again.
        Apart = "apart",
        /// They are one record now.
        Merged = "merged",
    }
}

impl MatchState {
    /// Whether somebody has still to decide.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Open | Self::Asked)
    }
}

text_enum! {
    /// For what a pair waits.
    AskReason {
        /// It does not wait.
        None = "none",
        /// The person is to bring papers.
        Papers = "papers",
        /// The person is to be called.
        Call = "call",
        /// A colleague is to look at it.
        Colleague = "colleague",
        /// The office above is to decide.
        Above = "above",
    }
}

text_enum! {
    /// Which phones sign in to a record that two became.
    SignInPhones {
        /// Both, as far as both are proven.
        Both = "both",
        /// That of the record that is kept.
        Kept = "kept",
        /// That of the other.
        Gone = "gone",
    }
}

text_enum! {
    /// What is carried from one record to another, so that it can be carried back.
    Moved {
        /// A card.
        Card = "card",
        /// A card of either, put out of use because the other has one of its kind; `was` is its state before.
        Stilled = "stilled",
        /// A declaration.
        Declaration = "declaration",
        /// A draft of a declaration.
        Draft = "draft",
        /// A paper shown at a gate.
        Identity = "identity",
        /// A number that an office has looked at.
        Number = "number",
        /// A permit.
        Permit = "permit",
        /// Something that the person asked for.
        Request = "request",
        /// Somebody for whom the person cares.
        Cared = "cared",
        /// Somebody who cares for the person.
        Carer = "carer",
        /// A venue that the person owns.
        Venue = "venue",
        /// A record merged earlier, that points here now.
        Record = "record",
        /// A record from which this one is kept apart, because the other was.
        Apart = "apart",
        /// A tie of care that ended or was confirmed, by guardian and member; `was` says what it was.
        Tie = "tie",
        /// An open request that was closed because the other record has one of its kind.
        Closed = "closed",
    }
}

/// Two records, the smaller id first, so that a pair has one name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pair {
    /// The smaller id.
    pub one: HolderId,
    /// The larger.
    pub other: HolderId,
}

/// Whether nothing but its phone says whose a record is: a proven phone signs in to it, and it says no commune, so that every
/// office whose own record is like it could decide. An office merges it only with a record that has a number of its papers, or
/// once its bearer has proved both by codes.
pub fn speaks_by_phone(unit: &UnitPath, proven_phone: bool) -> bool {
    proven_phone && unit.commune().is_none()
}

impl Pair {
    /// The pair of two records; nothing when they are one.
    pub fn of(a: HolderId, b: HolderId) -> Option<Self> {
        match a.cmp(&b) {
            std::cmp::Ordering::Less => Some(Self { one: a, other: b }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { one: b, other: a }),
        }
    }

    /// The one of the two that is not this.
    pub fn beside(self, holder: HolderId) -> HolderId {
        if holder == self.one {
            self.other
        } else {
            self.one
        }
    }

    /// Whether a record is one of the two.
    pub fn has(self, holder: HolderId) -> bool {
        holder == self.one || holder == self.other
    }
}

/// How long whoever holds one of two phones may undo what was joined by a code to the other, without an office.
pub const OWN_UNDOING: Duration = Duration::from_secs(7 * 86_400);

/// From where possible pairs begin; likely ones come before.
pub const POSSIBLE: i64 = 100;

/// The place of a pair in a queue: the strongest first. Likely pairs are below [`POSSIBLE`].
pub fn rank(likeness: &Likeness) -> i64 {
    let (degree, distance) = likeness.rank();
    let first = match degree {
        Degree::Likely => 0,
        Degree::Possible | Degree::None => POSSIBLE,
    };
    first + i64::from(distance)
}

/// Whether two records may become one without an office, when one person has proved both: nothing that
/// is known of them speaks against it. A phone in one's hand may be somebody else's.
pub fn plain(likeness: &Likeness) -> bool {
    let named = matches!(likeness.name, Mark::Same | Mark::Near);
    named && likeness.birth != Mark::Different && likeness.number != Mark::Different
}

text_enum! {
    /// One field of a record, for saying from which of two it is taken.
    Field {
        /// The name.
        Name = "name",
        /// The date of birth.
        Birth = "birth",
        /// The number of the citizen's card or passport.
        IdNumber = "id_number",
        /// The old number.
        OldNumber = "old_number",
        /// The number of the social insurance.
        Insurance = "insurance",
        /// The phone to call.
        Phone = "phone",
        /// The gender.
        Gender = "gender",
        /// The address.
        Address = "address",
    }
}

/// Whether a field of a record is known.
pub fn says(details: &HolderDetails, field: Field) -> bool {
    match field {
        Field::Name => true,
        Field::Birth => details.birth.is_some(),
        Field::IdNumber => details.id_number.is_some(),
        Field::OldNumber => details.old_number.is_some(),
        Field::Insurance => details.insurance.is_some(),
        Field::Phone => details.phone.is_some(),
        Field::Gender => details.gender.is_some(),
        Field::Address => details.address.is_some(),
    }
}

/// Copies a field.
fn copy(field: Field, from: &HolderDetails, to: &mut HolderDetails) {
    match field {
        Field::Name => to.name = from.name.clone(),
        Field::Birth => to.birth = from.birth,
        Field::IdNumber => to.id_number.clone_from(&from.id_number),
        Field::OldNumber => to.old_number.clone_from(&from.old_number),
        Field::Insurance => to.insurance.clone_from(&from.insurance),
        Field::Phone => to.phone.clone_from(&from.phone),
        Field::Gender => to.gender = from.gender,
        Field::Address => to.address.clone_from(&from.address),
    }
}

fn equal(field: Field, one: &HolderDetails, other: &HolderDetails) -> bool {
    let mut copied = one.clone();
    copy(field, other, &mut copied);
    copied == *one
}

/// What is known of the person of two records: each field as the kept record says it, or as the other does where that was
/// chosen or the kept one says nothing. A citizen's or identity number that would be lost becomes the old one, if there is none.
pub fn merged(kept: &HolderDetails, gone: &HolderDetails, from_gone: &[Field]) -> HolderDetails {
    let mut details = kept.clone();
    for field in Field::ALL {
        let chosen = from_gone.contains(field) && says(gone, *field);
        if chosen || !says(kept, *field) {
            copy(*field, gone, &mut details);
        }
    }
    if details.old_number.is_none() {
        let numbers = [&kept.id_number, &gone.id_number].into_iter().flatten();
        let mut lost = numbers.filter(|number| details.id_number.as_ref() != Some(*number));
        details.old_number = lost.next().cloned();
    }
    details
}

/// What is known of a person once a merge is undone: each field as it was before, but as it is now where it was changed since.
pub fn unmerged(
    before: &HolderDetails,
    after: &HolderDetails,
    now: &HolderDetails,
) -> HolderDetails {
    let mut details = now.clone();
    for field in Field::ALL {
        if equal(*field, now, after) {
            copy(*field, before, &mut details);
        }
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::birth::Birth;
    use crate::holder::PersonName;
    use uuid::Uuid;

    /// Number, old number, name, birth, phone; an empty text is not known.
    fn person([number, old, name, birth, phone]: [&str; 5]) -> HolderDetails {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        HolderDetails {
            id_number: known(number),
            old_number: known(old),
            birth: Birth::typed(birth),
            phone: known(phone),
            ..HolderDetails::named(PersonName::parse(name).expect("a name"), None)
        }
    }

    #[test]
    fn a_pair_has_one_name() {
        let (a, b) = (HolderId(Uuid::from_u128(1)), HolderId(Uuid::from_u128(2)));
        assert_eq!(Pair::of(a, b), Pair::of(b, a));
        assert_eq!(Pair::of(a, a), None);
        let pair = Pair::of(b, a).expect("two");
        assert_eq!((pair.beside(a), pair.beside(b)), (b, a));
        assert!(pair.has(a) && !pair.has(HolderId(Uuid::from_u128(3))));
    }

    #[test]
    fn what_the_kept_record_does_not_say_comes_from_the_other() {
        let kept = person(["", "", "Nguyễn Văn Thử", "1987", ""]);
        let gone = person([
            "046087004417",
            "",
            "Nguyen Van Thu",
            "18/01/1987",
            "+84905000417",
        ]);
        let all = merged(&kept, &gone, &[]);
        assert_eq!(
            all,
            person(["046087004417", "", "Nguyễn Văn Thử", "1987", "+84905000417"])
        );
        let chosen = merged(&kept, &gone, &[Field::Birth, Field::Address]);
        assert_eq!(chosen.birth, Birth::typed("18/01/1987"));
        assert_eq!(chosen.address, None, "nothing takes the place of nothing");
    }

    #[test]
    fn a_number_that_gives_way_is_kept_as_the_old_one() {
        let old = person(["191234417", "", "Nguyễn Văn Thử", "", ""]);
        let new = person(["046087004417", "", "Nguyễn Văn Thử", "", ""]);
        let both = person(["046087004417", "191234417", "Nguyễn Văn Thử", "", ""]);
        assert_eq!(merged(&new, &old, &[]), both);
        assert_eq!(merged(&old, &new, &[Field::IdNumber]), both);
        let third = person(["046087004417", "190000001", "Nguyễn Văn Thử", "", ""]);
        assert_eq!(merged(&third, &old, &[]), third);
    }

    #[test]
    fn undoing_brings_back_what_nobody_changed_since() {
        let before = person(["", "", "Nguyễn Văn Thử", "1987", ""]);
        let gone = person([
            "046087004417",
            "",
            "Nguyễn Văn Thử",
            "18/01/1987",
            "+84905000417",
        ]);
        let after = merged(&before, &gone, &[Field::Birth]);
        assert_eq!(unmerged(&before, &after, &after), before);
        let mut now = after.clone();
        now.name = PersonName::parse("Nguyễn Văn Thật").expect("a name");
        let mut wanted = before.clone();
        wanted.name = now.name.clone();
        assert_eq!(unmerged(&before, &after, &now), wanted);
    }

    #[test]
    fn likely_pairs_come_before_possible_ones() {
        let thu = person([
            "046087004417",
            "",
            "Nguyễn Văn Thử",
            "18/01/1987",
            "+84905000417",
        ]);
        let like = |other: [&str; 5]| Likeness::of(&thu, &person(other));
        let same = like([
            "046087004417",
            "",
            "Nguyễn Văn Thử",
            "18/01/1987",
            "+84905000417",
        ]);
        let year = like(["", "", "Nguyễn Văn Thử", "1987", ""]);
        let spouse = like(["", "", "Trần Thị Mẫu", "1990", "+84905000417"]);
        assert!(rank(&same) < POSSIBLE && rank(&year) >= POSSIBLE);
        assert!(plain(&same) && plain(&year) && !plain(&spouse));
        let twin = like(["046087009999", "", "Nguyễn Văn Thử", "18/01/1987", ""]);
        assert!(!plain(&twin), "two numbers of citizens are two people");
    }
}
