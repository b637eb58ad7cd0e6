//! Addresses of before 1 July 2025, and where they lie today: 63 provinces with districts and 10,600 communes became 34 provinces
//! with 3,321 communes and no districts. Most old communes lie in one of today; 471 were split, and then somebody is asked.
//!
//! Papers keep the old names for years: a citizen's card of 2021 says "Phú Hòa, TP Huế, Thừa Thiên Huế". Where the data comes
//! from: `data/admin-units/README.md`.

use domain::holder::fold;
use domain::unit::UnitCode;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

const OF_2021: &str = include_str!("../data/admin-units/units_2021.csv");
const OF_2024: &str = include_str!("../data/admin-units/legacy_units.csv");
const MAP: &str = include_str!("../data/admin-units/map_old_to_2025.csv");
const COMMUNES: &str = include_str!("../data/admin-units/communes_2025.csv");

/// What stands before the name of a district, which no commune bears.
const DISTRICTS: &[&str] = &[
    "quan ",
    "huyen ",
    "thi xa ",
    "thanh pho ",
    "q ",
    "h ",
    "tx ",
    "tp ",
];

/// What stands before a name and is left out as often as not, folded, the longest first.
const TITLES: &[&str] = &[
    "thanh pho",
    "thi tran",
    "thi xa",
    "phuong",
    "quan",
    "huyen",
    "tinh",
    "xa",
    "tp",
    "tx",
    "tt",
    "p",
    "q",
    "h",
    "x",
];

/// Where a place lies today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Today {
    /// In this commune.
    In(UnitCode),
    /// In one of these: the old commune was split, or more than one bears the name. The likeliest comes first.
    Either(Vec<UnitCode>),
}

impl Today {
    fn of(mut codes: Vec<UnitCode>) -> Option<Self> {
        match codes.len() {
            0 => None,
            1 => Some(Self::In(codes.remove(0))),
            _ => Some(Self::Either(codes)),
        }
    }

    /// All of them.
    pub fn all(&self) -> &[UnitCode] {
        match self {
            Self::In(code) => std::slice::from_ref(code),
            Self::Either(codes) => codes,
        }
    }
}

/// Where an address lies today: `12 đường Thử Nghiệm, Phú Hòa, TP Huế, Thừa Thiên Huế`, in names of any time, with or without
/// titles and marks. Nothing when no commune is named, or none of that name is known.
pub fn today(address: &str) -> Option<Today> {
    let parts: Vec<String> = address
        .split(',')
        .map(bare)
        .filter(|part| !part.is_empty())
        .collect();
    let (province, before) = parts.split_last()?;
    let places = &*PLACES;
    let commune = before.last()?;
    // Three parts at the end are the old way. What is found neither so nor so is not guessed at.
    if let [.., ward, district] = before {
        let key = (province.clone(), district.clone(), ward.clone());
        if let Some(found) = places.old.get(&key) {
            return Today::of(found.clone());
        }
    }
    let said = address
        .split(',')
        .rev()
        .map(words)
        .filter(|part| !part.is_empty())
        .nth(1)?;
    if DISTRICTS.iter().any(|title| said.starts_with(title)) {
        return None;
    }
    let key = (province.clone(), commune.clone());
    let now = places.new.get(&key).cloned().unwrap_or_default();
    if let Some(found) = Today::of(now) {
        return Some(found);
    }
    let found = places.without_district.get(&key)?;
    Today::of(found.iter().cloned().collect())
}

struct Places {
    /// Province, district and commune of before, bare.
    old: HashMap<(String, String, String), Vec<UnitCode>>,
    /// The same without the district, which people leave out.
    without_district: HashMap<(String, String), BTreeSet<UnitCode>>,
    /// Province and commune of today, bare.
    new: HashMap<(String, String), Vec<UnitCode>>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let mut follows: BTreeMap<String, Vec<UnitCode>> = BTreeMap::new();
    for row in rows(MAP) {
        let (Some(old), Some(new)) = (row.get(0), row.get(4).and_then(UnitCode::parse)) else {
            continue;
        };
        let all = follows.entry(old.to_owned()).or_default();
        match row.get(9) {
            // What takes most of a commune that was split.
            Some("1") => all.insert(0, new),
            _ => all.push(new),
        }
    }
    let mut places = Places {
        old: HashMap::new(),
        without_district: HashMap::new(),
        new: HashMap::new(),
    };
    // Communes that ended between 2021 and 2025 are not in the map: nothing is said of them.
    for row in rows(OF_2024).chain(rows(OF_2021)) {
        let [province, district, code, commune] =
            [1, 3, 4, 5].map(|at| row.get(at).unwrap_or_default());
        let Some(now) = follows.get(code) else {
            continue;
        };
        let (province, district, commune) = (bare(province), bare(district), bare(commune));
        let loose = places
            .without_district
            .entry((province.clone(), commune.clone()));
        loose.or_default().extend(now.iter().cloned());
        places
            .old
            .entry((province, district, commune))
            .or_insert_with(|| now.clone());
    }
    for row in rows(COMMUNES) {
        let [commune, province] = [1, 4].map(|at| row.get(at).unwrap_or_default());
        if let Some(code) = row.get(0).and_then(UnitCode::parse) {
            places
                .new
                .entry((bare(province), bare(commune)))
                .or_default()
                .push(code);
        }
    }
    places
});

fn rows(csv: &'static str) -> impl Iterator<Item = csv::StringRecord> {
    csv::Reader::from_reader(csv.as_bytes())
        .into_records()
        .filter_map(Result::ok)
}

/// The words of a name, folded.
fn words(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A name as it is compared: folded, without its title; `P.01` is `1`.
fn bare(name: &str) -> String {
    let joined = words(name);
    let joined = match joined.as_str() {
        "hcm" | "tphcm" | "tp hcm" | "tp ho chi minh" => "ho chi minh".to_owned(),
        _ => joined,
    };
    let short = TITLES
        .iter()
        .find_map(|title| joined.strip_prefix(title)?.strip_prefix(' '));
    let name = short.unwrap_or(&joined);
    match name.parse::<u16>() {
        Ok(number) => number.to_string(),
        Err(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(address: &str) -> Option<String> {
        match today(address)? {
            Today::In(code) => Some(code.to_string()),
            Today::Either(_) => None,
        }
    }

    #[test]
    fn an_old_address_lies_in_a_commune_of_today() {
        // Phường Phúc Xá became part of Phường Hồng Hà.
        for address in [
            "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội",
            "12 đường Thử Nghiệm, Phúc Xá, Ba Đình, Hà Nội",
            "tổ 5, P. PHUC XA, Q. BA DINH, TP. HA NOI",
            "Số 1, Phúc Xá, Hà Nội",
        ] {
            assert_eq!(one(address).as_deref(), Some("00097"), "{address}");
        }
    }

    #[test]
    fn an_address_of_today_is_what_it_says() {
        assert_eq!(
            one("Phường Thuận Hóa, Thành phố Huế").as_deref(),
            Some("19789")
        );
        assert_eq!(
            one("1 đường Thử, phường Ba Đình, Hà Nội").as_deref(),
            Some("00004")
        );
    }

    #[test]
    fn what_was_split_is_asked_about() {
        let split = rows(MAP)
            .find(|row| row.get(8) == Some("split"))
            .expect("some were split");
        let name = format!("{}, {}, {}", &split[1], &split[2], &split[3]);
        let Some(Today::Either(codes)) = today(&name) else {
            panic!("{name}: {:?}", today(&name));
        };
        let mut expected: Vec<_> = rows(MAP).filter(|row| row[0] == split[0]).collect();
        expected.sort_by_key(|row| row[9] != *"1");
        assert_eq!(codes.len(), expected.len());
        assert_eq!(codes[0].as_str(), &expected[0][4]);
    }

    #[test]
    fn nothing_is_guessed() {
        for address in [
            "",
            "Huế",
            "Xã Không Có Thật, Huyện Ba Đình, Hà Nội",
            "12 đường Thử Nghiệm",
            ", , ,",
        ] {
            assert_eq!(today(address), None, "{address}");
        }
    }

    #[test]
    fn every_commune_of_2024_is_found_and_nearly_all_of_2021() {
        let codes: std::collections::HashSet<String> =
            rows(COMMUNES).map(|row| row[0].to_owned()).collect();
        let mut unknown = [0, 0];
        for (n, file) in [OF_2024, OF_2021].into_iter().enumerate() {
            for row in rows(file) {
                let address = format!("{}, {}, {}", &row[5], &row[3], &row[1]);
                match today(&address) {
                    Some(found) => assert!(
                        found.all().iter().all(|code| codes.contains(code.as_str())),
                        "{address}"
                    ),
                    None => unknown[n] += 1,
                }
            }
        }
        assert!(unknown[0] <= 5, "of 10,040: {unknown:?}");
        assert!(unknown[1] < 567, "those that ended in between: {unknown:?}");
    }
}
