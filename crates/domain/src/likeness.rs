//! Whether two records may be one person's: compared field by field, never decided here.
//!
//! The systems of 2021 matched on name, birth, phone and number at once, and failed where one of them
//! differed: an old number against a new one, a second phone, a name without its marks. Here each field
//! says how it compares, and the sum says how likely it is; a clerk decides.

use crate::birth::Birth;
use crate::citizen;
use crate::holder::HolderDetails;
use crate::search_key::words;
use serde::Serialize;

text_enum! {
    /// How one field of two records compares.
    Mark {
        /// Equal.
        Same = "same",
        /// Equal but for what people leave out or mistype.
        Near = "near",
        /// Different.
        Different = "different",
        /// One of them does not say it, or they cannot be compared.
        Unknown = "unknown",
    }
}

text_enum! {
    /// How likely two records are one person's, the likeliest first.
    Degree {
        /// It is for somebody to say that they are not: a new record cannot be made beside this one unseen.
        Likely = "likely",
        /// Worth a look.
        Possible = "possible",
        /// Nothing speaks for it.
        None = "none",
    }
}

/// Two records compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Likeness {
    /// The numbers of papers.
    pub number: Mark,
    /// The names.
    pub name: Mark,
    /// The dates of birth.
    pub birth: Mark,
    /// The phones.
    pub phone: Mark,
    /// The sum.
    pub degree: Degree,
}

impl Likeness {
    /// Compares two records. It does not matter which comes first.
    pub fn of(one: &HolderDetails, other: &HolderDetails) -> Self {
        let number = numbers(one, other);
        let name = names(one.name.as_str(), other.name.as_str());
        let birth = births(one.birth, other.birth);
        let phone = match (&one.phone, &other.phone) {
            (Some(a), Some(b)) if a == b => Mark::Same,
            (Some(_), Some(_)) => Mark::Different,
            _ => Mark::Unknown,
        };
        Self {
            number,
            name,
            birth,
            phone,
            degree: degree(number, name, birth, phone),
        }
    }

    /// Whether more than a number speaks for one person: a name or a birth that is the same, or nearly.
    pub const fn agrees(&self) -> bool {
        matches!(self.name, Mark::Same | Mark::Near)
            || matches!(self.birth, Mark::Same | Mark::Near)
    }

    /// Whether all that is known of the person speaks against it, whatever number they share.
    pub const fn contradicts(&self) -> bool {
        matches!((self.name, self.birth), (Mark::Different, Mark::Different))
    }

    /// Compares two records, if they are likely one person's. What is costly, the names, is looked at only where numbers,
    /// births or phones are the same: without any of these nobody is likely the same.
    pub fn likely(one: &HolderDetails, other: &HolderDetails) -> Option<Self> {
        let phone = one.phone.is_some() && one.phone == other.phone;
        let birth = births(one.birth, other.birth) == Mark::Same;
        let shared = phone || birth || share_number(one, other);
        let found = shared.then(|| Self::of(one, other));
        found.filter(|likeness| likeness.degree == Degree::Likely)
    }

    /// For the order of a list: the likeliest first, then the more equal.
    pub fn rank(&self) -> (Degree, u8) {
        let distance = |mark| match mark {
            Mark::Same => 0,
            Mark::Near => 1,
            Mark::Unknown => 2,
            Mark::Different => 3,
        };
        let all = [self.number, self.name, self.birth, self.phone];
        (self.degree, all.into_iter().map(distance).sum())
    }
}

/// One number of a kind a person: the same number is the same person unless it was mistyped, and two
/// different citizen numbers are two people. Old and new numbers cannot be compared.
fn degree(number: Mark, name: Mark, birth: Mark, phone: Mark) -> Degree {
    use Mark::{Different, Near, Same};
    let named = matches!(name, Same | Near);
    match (number, name, birth, phone) {
        (Same, ..) => Degree::Likely,
        (Different, _, Same, Same) if named => Degree::Possible,
        (Different, Same, Same, _) => Degree::Possible,
        (Different, ..) => Degree::None,
        (_, _, Same, _) if named => Degree::Likely,
        (_, _, Near, Same) if named => Degree::Likely,
        (_, _, Near, _) if named => Degree::Possible,
        (_, Same | Near, Mark::Unknown, Same) => Degree::Likely,
        (_, _, Same, Same) => Degree::Possible,
        (_, Same | Near | Mark::Unknown, _, Same) => Degree::Possible,
        _ => Degree::None,
    }
}

/// Whether any number of theirs is the same one, of whatever paper.
fn share_number(one: &HolderDetails, other: &HolderDetails) -> bool {
    let theirs = [&other.id_number, &other.old_number, &other.insurance];
    let mut mine = [&one.id_number, &one.old_number, &one.insurance]
        .into_iter()
        .flatten();
    mine.any(|number| theirs.into_iter().flatten().any(|other| other == number))
}

fn numbers(one: &HolderDetails, other: &HolderDetails) -> Mark {
    let citizen = |of: &HolderDetails| {
        let number = of.id_number.as_deref();
        number.is_some_and(|number| citizen::birth_year(number).is_some())
    };
    if share_number(one, other) {
        return Mark::Same;
    }
    match (&one.id_number, &other.id_number) {
        (Some(a), Some(b)) if one_slip(a, b) => Mark::Near,
        (Some(_), Some(_)) if citizen(one) == citizen(other) => Mark::Different,
        _ => Mark::Unknown,
    }
}

fn names(one: &str, other: &str) -> Mark {
    let (said, known) = (words(one), words(other));
    if said.is_empty() || known.is_empty() {
        return Mark::Unknown;
    }
    if one.to_lowercase() == other.to_lowercase() {
        return Mark::Same;
    }
    let (one, other) = (said, known);
    if one == other || one.concat() == other.concat() {
        return Mark::Near;
    }
    // A word left out, or one letter wrong in one word.
    let (short, long) = if one.len() <= other.len() {
        (&one, &other)
    } else {
        (&other, &one)
    };
    let left_out = long.len() == short.len() + 1
        && short.len() >= 2
        && (0..long.len()).any(|gone| {
            let rest = long.iter().enumerate().filter(|(at, _)| *at != gone);
            rest.map(|(_, word)| word).eq(short.iter())
        });
    let pairs = || one.iter().zip(&other).filter(|(a, b)| a != b);
    let slip = one.len() == other.len()
        && one.len() >= 2
        && pairs().count() == 1
        && pairs().all(|(a, b)| a.chars().count().max(b.chars().count()) > 2 && one_slip(a, b));
    if left_out || slip {
        Mark::Near
    } else {
        Mark::Different
    }
}

fn births(one: Option<Birth>, other: Option<Birth>) -> Mark {
    let (Some(one), Some(other)) = (one, other) else {
        return Mark::Unknown;
    };
    match (one.month_day, other.month_day) {
        (Some(_), Some(_)) if one == other => Mark::Same,
        (None, _) | (_, None) if one.year == other.year => Mark::Near,
        // Day and month changed about, or one digit wrong.
        (Some((a, b)), Some((c, d))) if one.year == other.year && (a, b) == (d, c) => Mark::Near,
        (Some(_), Some(_)) if one_slip(&one.to_string(), &other.to_string()) => Mark::Near,
        _ => Mark::Different,
    }
}

/// Whether one text becomes the other by one letter more, less or other, or by two neighbours changed about.
fn one_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[start..], &other[start..]);
    let end = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    match (one, other) {
        ([a, b], [c, d]) => a == d && b == c,
        _ => one.len() <= 1 && other.len() <= 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holder::PersonName;

    /// Number, name, birth and phone; an empty text is not known.
    fn person([number, name, birth, phone]: [&str; 4]) -> HolderDetails {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        HolderDetails {
            id_number: known(number),
            birth: Birth::typed(birth),
            phone: known(phone),
            ..HolderDetails::named(PersonName::parse(name).expect("a name"), None)
        }
    }

    fn compare(one: [&str; 4], other: [&str; 4]) -> Likeness {
        let (one, other) = (person(one), person(other));
        let found = Likeness::of(&one, &other);
        assert_eq!(found, Likeness::of(&other, &one), "either way round");
        found
    }

    const THU: [&str; 4] = [
        "046087004417",
        "Nguyễn Văn Thử",
        "18/01/1987",
        "+84905000417",
    ];

    fn degree_of(other: [&str; 4]) -> Degree {
        compare(THU, other).degree
    }

    #[test]
    fn an_old_number_a_bare_name_and_a_lost_phone_are_still_likely() {
        let likely = |other| assert_eq!(degree_of(other), Degree::Likely, "{other:?}");
        likely(THU);
        likely(["191234417", "NGUYEN VAN THU", "18/01/1987", "+84905000417"]);
        likely(["", "Nguyễn Văn Thử", "18/01/1987", ""]);
        likely(["191234417", "Nguyễn Văn Thử", "18/01/1987", "+84905000999"]);
        likely(["046087004417", "Trần Thị Mẫu", "02/09/1990", ""]);
        likely(["", "Nguyễn Văn Thử", "1987", "+84905000417"]);
        likely(["", "Nguyễn Văn Thử", "", "+84905000417"]);
        likely(["046087004471", "Nguyễn Văn Thử", "18/01/1987", ""]);
    }

    #[test]
    fn people_who_share_a_name_a_phone_or_a_day_are_only_possible() {
        let possible = |other| assert_eq!(degree_of(other), Degree::Possible, "{other:?}");
        possible(["", "Nguyễn Văn Thử", "1987", ""]);
        possible(["", "Nguyễn Thị Mẫu", "18/01/1987", "+84905000417"]);
        possible(["", "Nguyễn Văn Thử", "02/09/1990", "+84905000417"]);
        possible(["046087009999", "Nguyễn Văn Thử", "18/01/1987", ""]);
    }

    #[test]
    fn others_are_others() {
        let none = |other| assert_eq!(degree_of(other), Degree::None, "{other:?}");
        none(["", "Nguyễn Văn Thử", "", ""]);
        none(["", "Nguyễn Văn Thử", "02/09/1990", ""]);
        none(["", "Trần Thị Mẫu", "18/01/1987", ""]);
        none(["", "Trần Thị Mẫu", "1950", "+84905000417"]);
        none(["046187009999", "Nguyễn Thị Thử", "1987", "+84905000417"]);
    }

    #[test]
    fn fields_say_how_they_compare() {
        let marks = |other| {
            let found = compare(THU, other);
            [found.number, found.name, found.birth, found.phone]
        };
        use Mark::{Different, Near, Same, Unknown};
        assert_eq!(
            marks(["191234417", "nguyễn văn thử", "1987", ""]),
            [Unknown, Same, Near, Unknown]
        );
        assert_eq!(
            marks(["", "Nguyen Thu", "01/18/1987", "+84905000999"]),
            [Unknown, Near, Unknown, Different]
        );
        assert_eq!(
            marks(["046087004418", "Nguyễn Văn Thu", "19/01/1987", ""]),
            [Near, Near, Near, Unknown]
        );
        assert_eq!(
            marks(["046187999999", "Nguyễn Văn Thanh", "18/02/1988", ""]),
            [Different, Different, Different, Unknown]
        );
        let swapped = compare(["", "A B", "05/04/1987", ""], ["", "A B", "04/05/1987", ""]);
        assert_eq!(swapped.birth, Near);
        assert_eq!(names("Lê An", "Lê Ân"), Near);
        assert_eq!(names("Lê An", "Lê Na"), Different);
        assert_eq!(names("Y Thử", "Y Mẫu"), Different);
    }

    #[test]
    fn any_number_may_be_the_same_one() {
        let mut known = person(["191234417", "Nguyễn Văn Thử", "1987", ""]);
        let mut typed = person(THU);
        typed.old_number = Some("191234417".to_owned());
        assert_eq!(Likeness::of(&typed, &known).number, Mark::Same);
        known.id_number = None;
        known.insurance = Some("4612345678".to_owned());
        assert_eq!(Likeness::of(&typed, &known).number, Mark::Unknown);
        typed.insurance = known.insurance.clone();
        assert_eq!(Likeness::of(&typed, &known).number, Mark::Same);
    }

    #[test]
    fn the_likeliest_comes_first() {
        let near = compare(THU, ["", "Nguyễn Văn Thử", "1987", ""]).rank();
        let same = compare(THU, THU).rank();
        let most = compare(THU, ["", "Nguyễn Văn Thử", "18/01/1987", "+84905000417"]).rank();
        assert!(same < most && most < near);
    }
}
