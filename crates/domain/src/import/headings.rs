//! What the columns of a list are, guessed from what stands above them.

use super::Field;
use crate::search_key::words;
use std::collections::HashSet;

/// Parts of headings, folded, in the order in which they are tried. What stands above somebody else's column (the head
/// of a household, the parents) is in none.
const PARTS: &[(Field, &[&str])] = &[
    (
        Field::OldNumber,
        &["cmnd cu", "cmt cu", "so cu", "old identity", "old number"],
    ),
    (Field::Insurance, &["bhxh", "bhyt", "bao hiem", "insurance"]),
    (
        Field::IdNumber,
        &[
            "cccd",
            "can cuoc",
            "dinh danh",
            "ho chieu",
            "giay to",
            "citizen",
            "identity",
            "id number",
            "passport",
            "cmnd",
            "cmt",
            "chung minh",
        ],
    ),
    (
        Field::Birth,
        &[
            "ngay sinh",
            "nam sinh",
            "thang sinh",
            "sinh ngay",
            "birth",
            "dob",
        ],
    ),
    (Field::Gender, &["gioi tinh", "gender", "sex", "nam nu"]),
    (
        Field::Phone,
        &["dien thoai", "sdt", "so dt", "phone", "mobile", "di dong"],
    ),
    (
        Field::Address,
        &[
            "dia chi",
            "address",
            "noi o",
            "cho o",
            "thuong tru",
            "tam tru",
            "so nha",
            "to dan pho",
            "thon",
        ],
    ),
    (
        Field::Name,
        &[
            "ho va ten",
            "ho ten",
            "ho va chu dem",
            "ho dem",
            "full name",
        ],
    ),
];

/// Of others than the person of the row.
const OTHERS: &[&str] = &[
    "chu ho", "cha", "bo", "me", "vo", "chong", "quan he", "head", "father", "mother", "relation",
    "loi", "error", "ghi chu", "note",
];

/// What each column says, as far as its heading tells. A field is said by one column; a name may be said by its parts.
pub fn guess(headings: &[String]) -> Vec<Option<Field>> {
    let folded: Vec<String> = headings
        .iter()
        .map(|heading| words(heading).join(" "))
        .collect();
    let mut taken = HashSet::new();
    let mut fields: Vec<Option<Field>> = folded
        .iter()
        .map(|heading| one(heading).filter(|field| taken.insert(*field)))
        .collect();
    let number = fields
        .iter()
        .position(|field| *field == Some(Field::IdNumber));
    for (at, heading) in folded.iter().enumerate() {
        let old = |heading: &str| {
            let old = ["cmnd", "cmt", "chung minh"]
                .iter()
                .any(|part| has(heading, part));
            old && !has(heading, "cccd") && !has(heading, "can cuoc")
        };
        if fields[at].is_none()
            && number.is_some()
            && old(heading)
            && taken.insert(Field::OldNumber)
        {
            fields[at] = Some(Field::OldNumber);
        }
        // `Số CMND` before `Số căn cước`: the second is the number.
        if Some(at) == number
            && old(heading)
            && let Some(newer) = (at + 1..folded.len()).find(|later| {
                fields[*later].is_none()
                    && one(&folded[*later]) == Some(Field::IdNumber)
                    && !old(&folded[*later])
            })
            && taken.insert(Field::OldNumber)
        {
            fields[at] = Some(Field::OldNumber);
            fields[newer] = Some(Field::IdNumber);
        }
        let whole = folded
            .iter()
            .any(|heading| ["ho va ten", "ho ten", "full name"].contains(&heading.as_str()));
        if heading == "ten" && !whole || (heading == "name" && !taken.contains(&Field::Name)) {
            fields[at] = Some(Field::Name);
        }
    }
    fields
}

fn one(heading: &str) -> Option<Field> {
    if OTHERS.iter().any(|other| has(heading, other)) {
        return None;
    }
    let found = PARTS
        .iter()
        .find(|(_, parts)| parts.iter().any(|part| has(heading, part)));
    found.map(|(field, _)| *field)
}

/// Whether whole words stand in a heading.
fn has(heading: &str, part: &str) -> bool {
    format!(" {heading} ").contains(&format!(" {part} "))
}
