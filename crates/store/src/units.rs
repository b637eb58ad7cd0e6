//! Units: the tree of administrative areas, kept as rows, used from memory.

use crate::dialect::{execute, pieces, rows, run};
use crate::{Error, Tx};
use domain::time::Day;
use domain::unit::{Unit, UnitCode, UnitPath};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::Arc;

/// The whole tree as it stands on one day. Some thousands of units: read once, shared.
#[derive(Clone, Debug, Default)]
pub struct Units {
    by_code: HashMap<UnitCode, Arc<Unit>>,
    children: HashMap<UnitCode, Vec<Arc<Unit>>>,
}

impl Units {
    fn new(all: Vec<Unit>, on: Day) -> Self {
        let mut units = Self::default();
        for unit in all {
            if unit.valid_from > on || unit.valid_until.is_some_and(|until| until <= on) {
                continue;
            }
            let unit = Arc::new(unit);
            if let Some(parent) = &unit.parent {
                units
                    .children
                    .entry(parent.clone())
                    .or_default()
                    .push(Arc::clone(&unit));
            }
            units.by_code.insert(unit.code.clone(), unit);
        }
        for children in units.children.values_mut() {
            children.sort_by_cached_key(|unit| domain::holder::fold(&unit.name));
        }
        units
    }

    /// The unit with a code.
    pub fn unit(&self, code: &UnitCode) -> Option<&Unit> {
        self.by_code.get(code).map(Arc::as_ref)
    }

    /// The units directly below, by name.
    pub fn children(&self, code: &UnitCode) -> &[Arc<Unit>] {
        self.children.get(code).map_or(&[], Vec::as_slice)
    }

    /// The path from the root down to a unit; nothing for an unknown code.
    pub fn path(&self, code: &UnitCode) -> Option<UnitPath> {
        let mut codes = vec![self.unit(code)?.code.clone()];
        while let Some(parent) = codes
            .last()
            .and_then(|code| self.unit(code))
            .and_then(|unit| unit.parent.clone())
        {
            codes.push(parent);
        }
        codes.reverse();
        Some(UnitPath(codes))
    }

    /// Names from the unit upwards, without the nation: `Phường Thuận Hóa, Thành phố Huế`.
    pub fn full_name(&self, code: &UnitCode) -> String {
        let path = self.path(code).unwrap_or(UnitPath(Vec::new()));
        let named = path
            .0
            .iter()
            .rev()
            .filter(|code| **code != UnitCode::nation());
        named
            .filter_map(|code| self.unit(code))
            .map(|unit| unit.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether the tree is empty: the installation has not been set up.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

/// A path as stored: codes joined by `/`, so that a prefix is everything below.
pub(crate) fn path_text(path: &UnitPath) -> String {
    path.0
        .iter()
        .map(UnitCode::as_str)
        .collect::<Vec<_>>()
        .join("/")
}

/// Reads [`path_text`].
pub(crate) fn parse_path(text: &str) -> UnitPath {
    UnitPath(text.split('/').filter_map(UnitCode::parse).collect())
}

/// The bounds of everything at or below a path, for `column >= $1 and column < $2`
/// (`0` is the character after `/`).
pub(crate) fn path_bounds(path: &UnitPath) -> (String, String) {
    let text = path_text(path);
    let after = format!("{text}0");
    (text, after)
}

impl Tx {
    /// Adds units that are not there yet.
    pub async fn add_units(&mut self, units: &[Unit]) -> Result<(), Error> {
        for piece in pieces(units) {
            let sql = format!(
                "insert into units (code, name, parent, valid_from, valid_until)
                 values {} on conflict do nothing",
                rows(1, piece.len(), 5)
            );
            execute!(self, {
                let mut query = sqlx::query(AssertSqlSafe(sql.as_str()));
                for unit in piece {
                    query = query
                        .bind(&unit.code)
                        .bind(&unit.name)
                        .bind(&unit.parent)
                        .bind(unit.valid_from)
                        .bind(unit.valid_until);
                }
                query
            })?;
        }
        Ok(())
    }

    /// The tree as it stands on a day.
    pub async fn units(&mut self, on: Day) -> Result<Units, Error> {
        type Row = (UnitCode, String, Option<UnitCode>, Day, Option<Day>);
        let sql = "select code, name, parent, valid_from, valid_until from units";
        let all: Vec<Row> = run!(self, |conn| sqlx::query_as(sql).fetch_all(conn))?;
        let unit = |(code, name, parent, valid_from, valid_until)| Unit {
            code,
            name,
            parent,
            valid_from,
            valid_until,
        };
        Ok(Units::new(all.into_iter().map(unit).collect(), on))
    }
}
