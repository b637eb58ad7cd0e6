//! Rows of one list beside one another: which are one person's, and which try numbers out.

use crate::birth::Birth;
use crate::holder::HolderDetails;
use crate::likeness::Likeness;
use crate::search_key::words;
use std::collections::{HashMap, HashSet};

/// Under how many different numbers one name and birth may stand in a list.
const NAMESAKES: usize = 3;

/// Of each person the first one before who is likely the same, by their places; nothing for the first of each.
pub fn repeated(people: &[&HolderDetails]) -> Vec<Option<usize>> {
    let mut first: HashMap<Trait<'_>, Vec<usize>> = HashMap::new();
    let mut before = Vec::with_capacity(people.len());
    for (at, person) in people.iter().enumerate() {
        let traits = traits(person);
        let alike = traits.iter().filter_map(|one| first.get(one)).flatten();
        let same = alike
            .copied()
            .find(|other| Likeness::likely(person, people[*other]).is_some());
        before.push(same);
        if same.is_none() {
            for one in traits {
                let places = first.entry(one).or_default();
                if places.len() < one.compared() {
                    places.push(at);
                }
            }
        }
    }
    before
}

/// Which people share name and birth with so many others under other numbers that the list seems to try numbers out, and
/// not to tell of people.
pub fn crowded(people: &[&HolderDetails]) -> Vec<bool> {
    let named = |person: &HolderDetails| (words(person.name.as_str()), person.birth);
    let mut numbers: HashMap<_, HashSet<[Option<&str>; 3]>> = HashMap::new();
    for person in people {
        let all = [&person.id_number, &person.old_number, &person.insurance];
        let all = all.map(|number| number.as_deref());
        if all.iter().any(Option::is_some) {
            numbers.entry(named(person)).or_default().insert(all);
        }
    }
    let many = |person: &&HolderDetails| {
        let numbers = numbers.get(&named(person));
        numbers.is_some_and(|numbers| numbers.len() > NAMESAKES)
    };
    people.iter().map(many).collect()
}

/// What two people must share, at least one of it, to be likely the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Trait<'a> {
    Number(&'a str),
    Phone(&'a str),
    Birth(Birth),
}

impl Trait<'_> {
    /// With how many rows before it that share it a row is compared: whoever has a number has it alone, a phone is a
    /// household's, and where only the year was known many are born on the first of January.
    const fn compared(self) -> usize {
        match self {
            Self::Number(_) => 1,
            Self::Phone(_) => 20,
            Self::Birth(_) => 400,
        }
    }
}

fn traits(person: &HolderDetails) -> Vec<Trait<'_>> {
    let numbers = [&person.id_number, &person.old_number, &person.insurance];
    let numbers = numbers.into_iter().flatten();
    let mut traits: Vec<Trait<'_>> = numbers.map(|number| Trait::Number(number)).collect();
    traits.extend(person.phone.as_deref().map(Trait::Phone));
    // A year alone is never the same birth as another.
    let day = person.birth.filter(|birth| birth.month_day.is_some());
    traits.extend(day.map(Trait::Birth));
    traits
}
