//! Nothing that names a person is forgotten by a merge.

use super::CARRIED;
use std::collections::BTreeSet;

/// Columns that name a person, and stay or are dealt with elsewhere when two records become one.
const STAY: [&str; 17] = [
    // Found again by what the records say.
    "holder_keys.holder_id",
    "match_jobs.holder_id",
    "match_walk.after_id",
    "matches.one",
    "matches.other",
    "match_places.one",
    "match_places.other",
    // What is written down of merges.
    "merges.kept",
    "merges.gone",
    "merge_rows.row_id",
    // `carry_sessions`, `carry_presences`.
    "sessions.holder_id",
    "presences.holder",
    // Never edited: both names count as one person's.
    "scans.holder",
    "audit_subjects.subject",
    // Read through the record that was merged.
    "co_owners.holder_id",
    // Dies within seven days.
    "drafts.about",
    // Dies with the scans of its day.
    "declarations.at_venue",
];

/// Words of which one is in the name of every column that names a person.
const WORDS: [&str; 12] = [
    "holder", "owner", "guardian", "member", "person", "merged", "kept", "gone", "subject",
    "at_venue", "after", "about",
];

#[test]
fn every_column_that_names_a_person_is_carried_or_known_to_stay() {
    let schema = include_str!("../../../migrations/sqlite/0001_first.sql");
    let mut named = BTreeSet::new();
    for table in schema.split("\ncreate table ").skip(1) {
        let name = table.split(' ').next().unwrap_or_default();
        let body = table.split("\n)").next().unwrap_or_default();
        for line in body.lines().filter(|line| line.contains(" blob")) {
            let column = line.split_whitespace().next().unwrap_or_default();
            let pair = ["one", "other", "row_id"].contains(&column);
            if pair || WORDS.iter().any(|word| column.contains(word)) {
                named.insert(format!("{name}.{column}"));
            }
        }
    }
    let carried = CARRIED
        .iter()
        .map(|one| format!("{}.{}", one.table, one.owner));
    let mut known: BTreeSet<String> = STAY.iter().map(|one| (*one).to_owned()).collect();
    known.extend(carried);
    assert_eq!(named, known, "the schema left, what a merge knows right");
}
