//! The administrative units of Việt Nam as they stand since 1 July 2025: 34 provinces and 3,321
//! communes, carried in the binary. Where they come from: `data/admin-units/README.md`.

use domain::time::{Day, Timestamp};
use domain::unit::{Unit, UnitCode};
use store::{Error, Store};

const PROVINCES: &str = include_str!("../data/admin-units/provinces_2025.csv");
const COMMUNES: &str = include_str!("../data/admin-units/communes_2025.csv");

/// The first day of the two-tier administration: 1 July 2025.
const VALID_FROM: Day = Day(20_270);

/// The nation, its provinces and their communes; parents come before children.
pub fn all() -> Vec<Unit> {
    let nation = UnitCode::nation();
    let mut units = vec![unit(nation.clone(), "Việt Nam", None)];
    for row in rows(PROVINCES) {
        if let (Some(code), Some(name)) = (code(&row, 0), row.get(1)) {
            units.push(unit(code, name, Some(nation.clone())));
        }
    }
    for row in rows(COMMUNES) {
        if let (Some(code), Some(name), Some(province)) = (code(&row, 0), row.get(1), code(&row, 3))
        {
            units.push(unit(code, name, Some(province)));
        }
    }
    units
}

/// Loads the units into a store that has none, in one transaction. Says whether it did.
pub async fn ensure(store: &Store, now: Timestamp) -> Result<bool, Error> {
    let day = store.zone().day(now);
    if !store.read().await?.units(day).await?.is_empty() {
        return Ok(false);
    }
    let mut tx = store.write().await?;
    tx.add_units(&all()).await?;
    tx.commit().await?;
    Ok(true)
}

fn rows(csv: &'static str) -> impl Iterator<Item = csv::StringRecord> {
    // A test counts the rows: none is lost here.
    csv::Reader::from_reader(csv.as_bytes())
        .into_records()
        .filter_map(Result::ok)
}

fn code(row: &csv::StringRecord, column: usize) -> Option<UnitCode> {
    row.get(column).and_then(UnitCode::parse)
}

fn unit(code: UnitCode, name: &str, parent: Option<UnitCode>) -> Unit {
    Unit {
        code,
        name: domain::holder::line(name),
        parent,
        valid_from: VALID_FROM,
        valid_until: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_unit_is_there_once() {
        let units = all();
        let below = |len: usize| units.iter().filter(move |u| u.code.as_str().len() == len);
        let provinces = below(2).filter(|unit| unit.parent.is_some());
        assert_eq!(
            (provinces.count(), below(5).count(), units.len()),
            (34, 3321, 3356)
        );
        let codes: HashSet<_> = units.iter().map(|unit| &unit.code).collect();
        assert_eq!(codes.len(), units.len());
        assert!(units.iter().all(|u| {
            u.parent
                .as_ref()
                .is_none_or(|parent| codes.contains(parent))
        }));
        assert!(
            units
                .iter()
                .all(|u| !u.name.is_empty() && u.valid_from == VALID_FROM)
        );
        assert_eq!(Day::parse("2025-07-01"), Some(VALID_FROM));
    }

    #[test]
    fn hue_has_its_forty_communes_and_leading_zeros_stay() {
        let units = all();
        let hue = UnitCode::parse("46");
        let name = |code: Option<UnitCode>| {
            units
                .iter()
                .find(|u| Some(&u.code) == code.as_ref())
                .map(|u| u.name.as_str())
        };
        assert_eq!(name(hue.clone()), Some("Thành phố Huế"));
        assert_eq!(units.iter().filter(|unit| unit.parent == hue).count(), 40);
        assert_eq!(name(UnitCode::parse("00004")), Some("Phường Ba Đình"));
        assert_eq!(name(UnitCode::parse("01")), Some("Thành phố Hà Nội"));
    }
}
